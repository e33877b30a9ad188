import { discover } from '../../node/topology.js'
import { Session } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { nicItem, topologySummary, topologyTable } from '../topology-report.js'

export function topology({ output }: { output: OutputFormat }): number {
  using session = new Session()
  const found = discover(session.route, session.generic)
  print({ kind: 'Topology', items: found.nics.map(nicItem), summary: topologySummary(found) }, output, () =>
    topologyTable(found),
  )
  return found.gaps.length === 0 ? EXIT.ok : EXIT.degraded
}
