import { createRequire } from 'node:module'
import type { JudgedFlow } from '../offload/flows/judge.js'
import type { JudgedItem } from '../offload/flows/read.js'
import type { VerdictWord } from '../offload/verdict.js'
import { printItem } from '../ovs/dump-flows/index.js'
import { showVf } from '../steering/model.js'
import type { FlowFormat } from './commands/flows.js'
import { flowEvidenceItem } from './evidence-report.js'
import { FORMAT_VERSION } from './output.js'
import { reasonLine, refusalItem } from './reason-words.js'
import type { FlowItem, FlowsSummary } from './report-schema.js'

const JSON_BEGIN = `{\n  "apiVersion": "${FORMAT_VERSION}",\n  "kind": "Flows",\n  "items": [`

/** Prints flows as they come: a dump may have very many. */
export class FlowReport {
  readonly #format: FlowFormat
  readonly #tally = new Tally()
  readonly #items: FlowItem[] = []

  constructor(format: FlowFormat) {
    this.#format = format
  }

  add(one: JudgedItem): void {
    const { item, judged, emulated = false } = one
    if (this.#format === 'dump') console.log(printItem(item))
    if (judged === undefined) {
      if (this.#format === 'table') console.log(printItem(item))
      return
    }
    if (this.#format === 'table') console.log(`${printItem(item)}\n  ${flowLine(judged, emulated)}`)
    const first = this.#tally.flows === 0
    this.#tally.add(judged, emulated)
    if (this.#format === 'json')
      process.stdout.write(`${first ? JSON_BEGIN : ','}\n    ${JSON.stringify(flowItem(one))}`)
    if (this.#format === 'yaml') this.#items.push(flowItem(one))
  }

  end(): void {
    const summary = this.#tally.summary()
    if (this.#format === 'table') console.log(summary.truth)
    if (this.#format === 'json') {
      process.stdout.write(
        `${this.#tally.flows === 0 ? JSON_BEGIN : ''}\n  ],\n  "summary": ${JSON.stringify(summary, null, 2).replaceAll('\n', '\n  ')}\n}\n`,
      )
    }
    if (this.#format === 'yaml') {
      const { stringify } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
      const whole = { apiVersion: FORMAT_VERSION, kind: 'Flows', items: this.#items, summary }
      console.log(stringify(whole, { aliasDuplicateObjects: false }).trimEnd())
    }
  }
}

/** Counts verdicts while flows go by. */
class Tally {
  readonly #verdicts: Partial<Record<VerdictWord, number>> = {}
  #emulated = false
  #wrong: JudgedFlow | undefined
  flows = 0

  add(judged: JudgedFlow, emulated: boolean): void {
    this.flows += 1
    this.#emulated ||= emulated
    if (!judged.intended) this.#verdicts[judged.verdict] = (this.#verdicts[judged.verdict] ?? 0) + 1
    if (judged.verdict === 'wrong') this.#wrong ??= judged
  }

  summary(): FlowsSummary {
    const counts = Object.entries(this.#verdicts).map(([verdict, count]) => `${count} ${word(verdict, this.#emulated)}`)
    const worst = this.#wrong?.reason?.text
    const judged = counts.join(', ') || 'none that hardware is meant for'
    const truth =
      this.flows === 0 ? 'no flows' : `${this.flows} flows: ${judged}${worst === undefined ? '' : `: ${worst}`}`
    return { truth, flows: this.flows, verdicts: this.#verdicts, emulated: this.#emulated }
  }
}

export function flowsSummary(flows: readonly JudgedItem[]): FlowsSummary {
  const tally = new Tally()
  for (const { judged, emulated = false } of flows) if (judged !== undefined) tally.add(judged, emulated)
  return tally.summary()
}

/** Each line with the truth about it, and last that about all. */
export function flowLines(flows: readonly JudgedItem[]): string[] {
  const lines = flows.flatMap(({ item, judged, emulated = false }) =>
    judged === undefined ? [] : [printItem(item), `  ${flowLine(judged, emulated)}`],
  )
  return [...lines, flowsSummary(flows).truth]
}

const word = (verdict: string, emulated: boolean) =>
  emulated && (verdict === 'hardware' || verdict === 'suspect') ? `${verdict} (emulated)` : verdict

/** The truth about one flow in one line. */
export function flowLine(
  { verdict, carrying, by, intended, owner, expectedLocalIp, actualLocalIp, actualRemoteIp, reason }: JudgedFlow,
  emulated: boolean,
): string {
  const local =
    actualRemoteIp === undefined
      ? ''
      : `local_ip ${actualLocalIp ?? 'by the route'}, expected ${expectedLocalIp ?? 'not known'}`
  const why = reason === undefined ? '' : reasonLine(reason)
  return [
    `-> ${word(verdict, emulated)}${carrying ? `, carrying: ${carrying}` : ''}${by ? `, by: ${by}` : ''}${intended ? ', intended' : ''}`,
    owner && showVf(owner.vf),
    local,
    why,
  ]
    .filter((part) => part)
    .join('; ')
}

export function flowItem({ item, judged, emulated }: JudgedItem): FlowItem {
  const {
    flow,
    owner,
    verdict,
    carrying,
    by,
    intended,
    reason,
    expectedLocalIp,
    actualLocalIp,
    expectedRemoteIps,
    actualRemoteIp,
    evidence,
  } = judged as JudgedFlow
  return {
    flow: printItem(item),
    ufid: flow.ufid ?? null,
    inPort: flow.inPort ?? null,
    outputs: flow.outputs,
    recircId: flow.recircId,
    vf: owner?.vf ?? null,
    expectedLocalIp: expectedLocalIp ?? null,
    actualLocalIp: actualLocalIp ?? null,
    expectedRemoteIps: expectedRemoteIps ?? null,
    actualRemoteIp: actualRemoteIp ?? null,
    verdict,
    carrying: carrying ?? null,
    by: by ?? null,
    intended: intended ?? false,
    label: emulated === undefined ? null : emulated ? 'emulated' : 'hw-observed',
    reason: reason ? refusalItem(reason) : null,
    packets: flow.packets,
    bytes: flow.bytes,
    evidence: evidence === undefined ? null : flowEvidenceItem(evidence),
  }
}
