import { NicsteerError } from '../../../base/errors.js'
import { type Ifindex, parseIfindex } from '../../../base/types.js'
import type { tc } from '../../../kernel/index.js'
import type { Topology } from '../../../node/facts.js'
import { nodeFacts } from '../../../node/topology.js'
import { findPf } from '../../../steering/resolve.js'
import { tunnelsOf } from '../../../steering/rule.js'
import type { LoadedSteering } from '../../../steering/spec/load.js'
import { complete } from '../../complete.js'
import { desired, wantedFilters } from '../../desired.js'
import type { Session } from '../../session.js'
import type { WantedState } from '../state.js'

/** Stands for a tunnel device that isn't there yet. */
const TO_COME: Ifindex = parseIfindex(0x7fffffff)

/** What the file wants of this node, as far as that can be worked out. */
export async function readWanted(
  session: Session,
  file: LoadedSteering,
  topology: Topology,
  present: readonly tc.Filter[],
): Promise<WantedState> {
  const facts = nodeFacts(topology)
  const { steering } = file
  const base = {
    ...(steering.source === undefined && { encapsulation: steering.encapsulation }),
    pfs: steering.nics.flatMap(({ pf }) => findPf(facts, pf)?.pci ?? []),
    filters: [],
    representors: [],
    tunnels: [],
    findings: [],
    fallback: steering.fallback,
  }
  try {
    const completed = await complete(session, file)
    const wanted = desired(session, completed)
    return {
      ...base,
      encapsulation: wanted.encapsulation,
      filters: wantedFilters(wanted, wanted.tunnel?.ifindex ?? TO_COME, present),
      representors: [
        ...new Set(wanted.rules.flatMap(({ device }) => (device.role === 'representor' ? device.name : []))),
      ],
      tunnels: wanted.rules.flatMap((rule) => tunnelsOf(rule).map((tunnel) => ({ pf: rule.pf, tunnel }))),
      findings: wanted.findings,
    }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    const { code, message, hint = '', line } = error
    const text = line === undefined ? message : `line ${line}: ${message}`
    return { ...base, refusal: { code, text, hint } }
  }
}
