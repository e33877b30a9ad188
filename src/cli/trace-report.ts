import { errnoName } from '../kernel/index.js'
import { isRefused, type TraceEvent } from '../offload/trace/event.js'
import { reasonOf } from '../offload/trace/refusal.js'
import type { ExtackTrace } from '../offload/trace/trace.js'
import { refusalItem } from './reason-words.js'
import type { TraceItem, TraceSummary } from './report-schema.js'

/** How `trace extack` shows what the kernel said. */

export function traceItem(event: TraceEvent): TraceItem {
  const { kind, time, pid, tid, comm, texts, moreTexts } = event
  const reason = reasonOf(event)
  return {
    kind,
    time: time.toISOString(),
    refused: kind === 'offer' && isRefused(event),
    process: { pid, tid, comm },
    rule: kind === 'text' ? null : ruleOf(event),
    texts,
    moreTexts,
    reason: reason === undefined ? null : refusalItem(reason),
  }
}

function ruleOf(event: Extract<TraceEvent, { kind: 'offer' }>): NonNullable<TraceItem['rule']> {
  const { netns, device, block, parent, chain, priority, protocol, classifier, handle, cookie } = event
  const { asked, took, before, after, errno } = event
  return {
    netns,
    device: device ?? null,
    block: block ?? null,
    parent: parent ?? null,
    chain,
    priority,
    protocol,
    classifier,
    handle: handle ?? null,
    cookie: cookie ?? null,
    asked,
    took,
    before,
    after,
    errno: errno === undefined ? null : errnoName(errno),
  }
}

/** What was seen, counted as it comes. */
export class TraceCount {
  #refusals = 0
  #taken = 0
  #texts = 0

  add(event: TraceEvent): void {
    if (event.kind === 'text') this.#texts += 1
    else if (isRefused(event)) this.#refusals += 1
    else this.#taken += 1
  }

  summary({ source, why, lost }: Pick<ExtackTrace, 'source' | 'why' | 'lost'>): TraceSummary {
    return {
      source,
      why: why ?? null,
      refusals: this.#refusals,
      texts: this.#texts,
      takenWithTexts: this.#taken,
      lost,
    }
  }
}

/** TEXT has no end, the others are padded; longer values push the rest to the right. */
const COLUMNS = [
  ['TIME', 12],
  ['PROCESS', 22],
  ['DEVICE', 15],
  ['CHAIN', 9],
  ['PRIO', 5],
  ['REASON', 20],
  ['TEXT', 0],
] as const

export const traceHeading = line(COLUMNS.map(([title]) => title))

/** One line for a refusal, or a text outside of any offer; undefined for a rule that hardware has, whatever was said of it. */
export function traceLine(event: TraceEvent): string | undefined {
  if (event.kind === 'offer' && !isRefused(event)) return undefined
  const { time, comm, pid, texts, moreTexts } = event
  const said = [...texts.map((text) => `"${text}"`), ...(moreTexts > 0 ? [`and ${moreTexts} more`] : [])].join(', ')
  const clock = `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`
  const code = reasonOf(event)?.code ?? '-'
  if (event.kind === 'text') return line([clock, `${comm}/${pid}`, '-', '-', '-', code, said])
  const { device, block, parent, chain, priority, errno } = event
  const where = block === undefined ? (device ?? '(gone)') : `block ${block}`
  return line([
    clock,
    `${comm}/${pid}`,
    parent === 'egress' ? `${where} egress` : where,
    String(chain),
    String(priority),
    code,
    [...(errno === undefined ? [] : [errnoName(errno)]), said || 'no text'].join(': '),
  ])
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) => cell.padEnd(COLUMNS[at]?.[1] ?? 0))
    .join('  ')
    .trimEnd()
}

/** The truth in one line. */
export function traceTruth({ source, refusals, texts, takenWithTexts, lost }: TraceSummary): string {
  const heard =
    source === 'tracepoint' ? [`${texts} texts, of whatever rule`] : [`${refusals} refused`, `${texts} other texts`]
  return [
    ...heard,
    ...(takenWithTexts > 0 ? [`${takenWithTexts} rules with texts that hardware has all the same`] : []),
    lost === 0 ? 'nothing lost' : `${lost} events LOST: more came than could be read`,
  ].join('; ')
}
