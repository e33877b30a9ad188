import { NicsteerError } from '../../base/errors.js'
import { complete } from '../../offload/complete.js'
import { type Heard, listen } from '../../offload/flows/listen.js'
import { judgeFlows } from '../../offload/flows/live.js'
import { type EarlierRules, readEarlier } from '../../offload/flows/moved.js'
import type { JudgedItem } from '../../offload/flows/read.js'
import { probeJudged } from '../../offload/probe/judged.js'
import type { ProbeResult } from '../../offload/probe/probe.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { exitStatus } from '../../offload/verdict.js'
import { type JudgedRule, type Verification, verify as verifySteering } from '../../offload/verify.js'
import { watch } from '../../offload/watch.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { flowItem, flowLines, flowsSummary } from '../flows-report.js'
import { type OutputFormat, print } from '../output.js'
import { probeItem, probeLines } from '../probe-report.js'
import { readSteering } from '../steering-file.js'
import { transitionLine, verdictItem, verdictSummary, verdictTable } from '../verdict-report.js'

interface Options {
  file?: string
  output: OutputFormat
  observe?: number
  strict?: boolean
  ovs?: boolean
  /** Seconds between two readings. */
  watch?: number
  probe?: boolean
  /** Seconds. */
  trace?: number
  provoke?: boolean
}

export async function verify({
  file,
  output,
  observe,
  strict = false,
  ovs = false,
  watch: every,
  probe = false,
  trace,
  provoke = false,
}: Options): Promise<number> {
  needRoot('verify')
  if (trace !== undefined && !ovs) throw usage('--trace listens for the flows of --ovs')
  if (provoke && trace === undefined) throw usage('--provoke makes something to hear for --trace')
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  await knowBridges(session)
  const steering = loaded && (await complete(session, loaded))
  if (every !== undefined) return await watchRules(session, steering, every, strict)
  // First: provoked, Open vSwitch makes its rules anew.
  const heard = ovs && trace !== undefined ? await listen(trace, provoke) : undefined
  const earlier = ovs && observe !== undefined ? readEarlier(session, observe) : undefined
  const verified = await verifySteering(session, steering, observe === undefined ? {} : { observeSeconds: observe })
  const probes = probe ? await probeJudged(session, verified.rules) : new Map<JudgedRule, ProbeResult>()
  const flows = ovs ? await flowsOfOvs(session, steering, heard, earlier) : []
  const rules = verified.rules.map((one) => {
    const result = probes.get(one)
    return { ...verdictItem(one), ...(result !== undefined && { probe: probeItem(result) }) }
  })
  const items = [...rules, ...flows.map(flowItem)]
  const summary = { ...verdictSummary(verified), ...(ovs && { ovs: flowsSummary(flows) }) }
  print({ kind: 'Verify', items, summary }, output, () =>
    [verdictTable(verified, probeLines(probes)), ...(ovs ? flowLines(flows) : [])].join('\n'),
  )
  return exitStatus([...verified.rules, ...flows.flatMap(({ judged }) => judged ?? [])], strict)
}

const usage = (what: string) => new NicsteerError('USAGE', what, { hint: 'nicsteer verify --help' })

/** Prints transitions until it is interrupted; the exit status is that of the last reading. */
async function watchRules(
  session: Session,
  steering: LoadedSteering | undefined,
  seconds: number,
  strict: boolean,
): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  let last: Verification | undefined
  const seen = (verification: Verification) => {
    if (last === undefined) console.log(`${new Date().toISOString()} ${verdictSummary(verification).truth}`)
    last = verification
  }
  for await (const one of watch(session, steering, { seconds, signal: stop.signal, seen })) {
    console.log(transitionLine(one))
  }
  return exitStatus(last?.rules ?? [], strict)
}

/** @throws NicsteerError of a line that is no flow: then nothing is sure */
async function flowsOfOvs(
  session: Session,
  steering: LoadedSteering | undefined,
  heard: Heard | undefined,
  earlier: EarlierRules | undefined,
): Promise<JudgedItem[]> {
  if (heard?.why !== undefined) console.error(`trace: texts without their rules: ${heard.why}`)
  if (heard !== undefined && heard.lost > 0) console.error(`trace: ${heard.lost} events were lost`)
  const options = { ...(heard !== undefined && { heard: heard.events }), ...(earlier !== undefined && { earlier }) }
  const flows: JudgedItem[] = []
  for await (const one of judgeFlows(session, steering, options)) {
    if (one.item.kind === 'error') throw one.item.error
    if (one.judged !== undefined) flows.push(one)
  }
  return flows
}
