import { complete } from '../../offload/complete.js'
import { explain as explainPair } from '../../offload/explain/explain.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { EXIT } from '../errors.js'
import { explanationSummary, explanationText, hopItem } from '../explain-report.js'
import { type OutputFormat, print } from '../output.js'
import { readSteering } from '../steering-file.js'

interface Options {
  from: string
  to: string
  file?: string
  output: OutputFormat
  strict?: boolean
}

export async function explain({ from, to, file, output, strict = false }: Options): Promise<number> {
  needRoot('explain')
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = loaded && (await complete(session, loaded))
  const explanation = await explainPair(session, steering, { from, to })
  const { hops, verdict, by } = explanation
  print({ kind: 'Explain', items: hops.map(hopItem), summary: { ...explanationSummary(explanation) } }, output, () =>
    explanationText(explanation),
  )
  if (by === undefined) return EXIT.wrong
  if (verdict === undefined) return EXIT.degraded
  const status = exitStatus([verdict], strict)
  return status === EXIT.ok && hops.some(({ problem }) => problem !== undefined) ? EXIT.degraded : status
}
