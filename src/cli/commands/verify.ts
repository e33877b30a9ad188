import { complete } from '../../offload/complete.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { verify as verifySteering } from '../../offload/verify.js'
import { type OutputFormat, print } from '../output.js'
import { readSteering } from '../steering-file.js'
import { verdictItem, verdictSummary, verdictTable } from '../verdict-report.js'

interface Options {
  file?: string
  output: OutputFormat
  observe?: number
  strict?: boolean
}

export async function verify({ file, output, observe, strict = false }: Options): Promise<number> {
  needRoot('verify')
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = loaded && (await complete(session, loaded))
  const verified = await verifySteering(session, steering, observe === undefined ? {} : { observeSeconds: observe })
  print({ kind: 'Verify', items: verified.rules.map(verdictItem), summary: verdictSummary(verified) }, output, () =>
    verdictTable(verified),
  )
  return exitStatus(verified.rules, strict)
}
