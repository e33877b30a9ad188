import { complete } from '../../offload/complete.js'
import { flowFacts, type JudgedItem, judgeDump } from '../../offload/flows/read.js'
import { Spool } from '../../offload/flows/spool.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { verify as verifySteering } from '../../offload/verify.js'
import { dumpFlows } from '../../ovs/dump-flows/index.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { flowItem, flowLines, flowsSummary } from '../flows-report.js'
import { type OutputFormat, print } from '../output.js'
import { readSteering } from '../steering-file.js'
import { verdictItem, verdictSummary, verdictTable } from '../verdict-report.js'

interface Options {
  file?: string
  output: OutputFormat
  observe?: number
  strict?: boolean
  ovs?: boolean
}

export async function verify({ file, output, observe, strict = false, ovs = false }: Options): Promise<number> {
  needRoot('verify')
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = loaded && (await complete(session, loaded))
  const verified = await verifySteering(session, steering, observe === undefined ? {} : { observeSeconds: observe })
  const flows = ovs ? await flowsOfOvs(session, steering) : []
  const items = [...verified.rules.map(verdictItem), ...flows.map(flowItem)]
  const summary = { ...verdictSummary(verified), ...(ovs && { ovs: flowsSummary(flows) }) }
  print({ kind: 'Verify', items, summary }, output, () =>
    [verdictTable(verified), ...(ovs ? flowLines(flows) : [])].join('\n'),
  )
  return exitStatus([...verified.rules, ...flows.flatMap(({ judged }) => judged ?? [])], strict)
}

/** @throws NicsteerError of a line that is no flow: then nothing is sure */
async function flowsOfOvs(session: Session, steering: LoadedSteering | undefined): Promise<JudgedItem[]> {
  using spool = await Spool.of(dumpFlows())
  const flows: JudgedItem[] = []
  for await (const one of judgeDump(spool, await flowFacts(session, steering))) {
    if (one.item.kind === 'error') throw one.item.error
    if (one.judged !== undefined) flows.push(one)
  }
  return flows
}
