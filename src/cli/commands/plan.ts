import { complete } from '../../offload/complete.js'
import { plan as planSteering } from '../../offload/plan.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { isEmpty, plannedItem, planSummary, planTable } from '../plan-report.js'
import { readSteering } from '../steering-file.js'

interface Options {
  file: string
  output: OutputFormat
}

export async function plan({ file, output }: Options): Promise<number> {
  needRoot('plan')
  const loaded = readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = await complete(session, loaded)
  const planned = planSteering(session, steering)
  print({ kind: 'Plan', items: planned.rules.map(plannedItem), summary: { ...planSummary(planned) } }, output, () =>
    planTable(planned),
  )
  if (planned.wrongPaths.length > 0) return EXIT.wrong
  return isEmpty(planned) ? EXIT.ok : EXIT.degraded
}
