import { dumpFlows } from '../../ovs/dump-flows/index.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { type FlowFacts, flowFacts } from '../flows/facts.js'
import { judgeDump } from '../flows/read.js'
import { cookieOfUfid } from '../flows/rules-of-ovs.js'
import { Spool } from '../flows/spool.js'
import type { Session } from '../session.js'
import type { Step } from './way.js'

/** Open vSwitch's flows from and to one port. */
export interface PortFlows {
  steps: readonly Step[]
  facts: FlowFacts
}

/** @throws NicsteerError as dumpFlows does */
export async function readPortFlows(
  session: Session,
  file: LoadedSteering | undefined,
  port: string,
): Promise<PortFlows> {
  using spool = await Spool.of(dumpFlows())
  const facts = await flowFacts(session, file)
  const steps: Step[] = []
  for await (const { item, judged } of judgeDump(spool, facts)) {
    if (item.kind !== 'flow' || judged === undefined) continue
    const { inPort, outputs, ufid } = judged.flow
    if (inPort !== port && !outputs.includes(port)) continue
    const rule = ufid === undefined ? undefined : facts.rules?.get(cookieOfUfid(ufid))
    steps.push({ flow: item.flow, judged, ...(rule !== undefined && { rule }) })
  }
  return { steps, facts }
}
