import { complete } from '../../offload/complete.js'
import { probeJudged } from '../../offload/probe/judged.js'
import type { ProbeResult } from '../../offload/probe/probe.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { type JudgedRule, verify as verifySteering } from '../../offload/verify.js'
import { type OutputFormat, print } from '../output.js'
import { probeItem, probeLines } from '../probe-report.js'
import { readSteering } from '../steering-file.js'
import { verdictItem, verdictSummary, verdictTable } from '../verdict-report.js'

interface Options {
  file?: string
  output: OutputFormat
  observe?: number
  strict?: boolean
  probe?: boolean
}

export async function verify({ file, output, observe, strict = false, probe = false }: Options): Promise<number> {
  needRoot('verify')
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = loaded && (await complete(session, loaded))
  const verified = await verifySteering(session, steering, observe === undefined ? {} : { observeSeconds: observe })
  const probes = probe ? await probeJudged(session, verified.rules) : new Map<JudgedRule, ProbeResult>()
  const items = verified.rules.map((one) => {
    const result = probes.get(one)
    return { ...verdictItem(one), ...(result !== undefined && { probe: probeItem(result) }) }
  })
  print({ kind: 'Verify', items, summary: verdictSummary(verified) }, output, () =>
    verdictTable(verified, probeLines(probes)),
  )
  return exitStatus(verified.rules, strict)
}
