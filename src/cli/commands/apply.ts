import { apply as applySteering } from '../../offload/apply.js'
import { complete } from '../../offload/complete.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { type OutputFormat, print } from '../output.js'
import { readSteering } from '../steering-file.js'
import { verdictItem, verdictSummary, verdictTable } from '../verdict-report.js'

interface Options {
  file: string
  output: OutputFormat
  keep?: boolean
  strict?: boolean
  lockWait: number
}

export async function apply({ file, output, keep = false, strict = false, lockWait }: Options): Promise<number> {
  needRoot('apply')
  const loaded = readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = await complete(session, loaded)
  const applied = await applySteering(session, steering, { keep, lockSeconds: lockWait })
  const { added, changed, removed, unchanged } = applied
  const changes = { added, changed, removed, unchanged }
  print(
    { kind: 'Apply', items: applied.rules.map(verdictItem), summary: { ...changes, ...verdictSummary(applied) } },
    output,
    () => `${added} added, ${changed} changed, ${removed} removed, ${unchanged} unchanged\n${verdictTable(applied)}`,
  )
  return exitStatus(applied.rules, strict)
}
