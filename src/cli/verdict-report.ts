import type { VerdictWord } from '../offload/verdict.js'
import type { JudgedRule, Verification } from '../offload/verify.js'
import type { Transition } from '../offload/watch.js'
import type { Finding } from '../steering/model.js'
import { showRule } from '../steering/rule.js'
import { ruleEvidenceItem } from './evidence-report.js'
import { columns } from './output.js'
import { reasonLine, refusalItem, showSource } from './reason-words.js'
import type { JudgedRuleItem, VerdictSummary } from './report-schema.js'

/** How `apply` and `verify` show verdicts: the same words everywhere. */

/** `hardware (emulated), carrying: yes`; a stand-in for a NIC is called one in every output. */
export function showVerdict({ verdict, emulated, carrying, by, intended }: JudgedRule): string {
  const word = emulated && (verdict === 'hardware' || verdict === 'suspect') ? `${verdict} (emulated)` : verdict
  const detail = carrying ? `, carrying: ${carrying}` : by ? `, by: ${by}` : ''
  return `${word}${detail}${intended ? ', intended' : ''}`
}

export function verdictItem(judged: JudgedRule): JudgedRuleItem {
  const {
    rule,
    device,
    handle,
    verdict,
    carrying,
    by,
    intended,
    reason,
    inHw,
    inHwCount,
    hardware,
    software,
    emulated,
    evidence,
  } = judged
  return {
    rule: showRule(rule),
    kind: rule.kind,
    network: rule.network ?? null,
    pf: rule.pf,
    vf: rule.vf ?? null,
    peer: rule.peer ?? null,
    device,
    chain: rule.chain,
    priority: rule.priority,
    handle: handle ?? null,
    match: rule.match,
    action: rule.action,
    why: rule.why,
    verdict,
    carrying: carrying ?? null,
    by: by ?? null,
    intended: intended ?? false,
    label: emulated ? 'emulated' : 'hw-observed',
    reason: reason ? refusalItem(reason) : null,
    inHw,
    inHwCount,
    hardware,
    software,
    evidence: ruleEvidenceItem(evidence),
  }
}

export function verdictSummary({ rules, findings, foreign }: Verification): VerdictSummary {
  const counts: Partial<Record<VerdictWord, number>> = {}
  for (const { verdict, intended } of rules) if (!intended) counts[verdict] = (counts[verdict] ?? 0) + 1
  return {
    truth: truth(rules),
    rules: rules.length,
    verdicts: counts,
    carrying: rules.filter((one) => one.carrying === 'yes').length,
    emulated: rules.some((one) => one.emulated),
    foreign,
    findings: findings.map(({ code, text, hint }) => ({ code, text, hint })),
  }
}

/** @param more lines before the last, which is the truth in one line */
export function verdictTable(verification: Verification, more: readonly string[] = []): string {
  const { rules, findings } = verification
  const table = columns(
    ['RULE', 'DEVICE', 'HW PKTS', 'SW PKTS', 'VERDICT'],
    rules.map((one) => [
      showRule(one.rule),
      one.device,
      packets(one.hardware.packets, one.evidence.moved?.hardware),
      packets(one.software.packets, one.evidence.moved?.software),
      showVerdict(one),
    ]),
  )
  return [table, ...reasonLines(rules), ...findingLines(findings), ...more, truth(rules)].join('\n')
}

/** `1200 (+34)`: the second of them while we looked. */
const packets = (all: number, moved: number | undefined) => (moved === undefined ? String(all) : `${all} (+${moved})`)

/** `TIME DEVICE RULE: BEFORE -> NOW: REASON` */
export function transitionLine({ at, rule, device, before, now }: Transition): string {
  const [was, is] = [before, now].map((one) => (one === undefined ? 'not wanted' : showVerdict(one)))
  const reason = now?.reason === undefined ? '' : `: ${reasonLine(now.reason)}`
  return `${at.toISOString()} ${device} ${rule}: ${was} -> ${is}${reason}`
}

/** A line per kind of finding: the first of them, and how many more. */
export function findingLines(findings: readonly Finding[]): string[] {
  const first = new Map<string, { finding: Finding; count: number }>()
  for (const finding of findings) {
    const entry = first.get(finding.code)
    if (entry === undefined) first.set(finding.code, { finding, count: 1 })
    else entry.count += 1
  }
  return [...first.values()].map(({ finding: { code, text, hint }, count }) => {
    const more = count === 1 ? '' : ` (and ${count - 1} more such pairs)`
    return `${code}: ${text}${more} — ${hint}`
  })
}

/** Rules with the same reason share its line. */
function reasonLines(rules: readonly JudgedRule[]): string[] {
  const lines = new Map<string, number>()
  for (const { reason, verdict } of rules) {
    if (reason === undefined) continue
    const line = `${verdict}: ${reason.code}: ${reason.text === undefined ? '' : `"${reason.text}"${showSource(reason)} — `}${reason.hint}`
    lines.set(line, (lines.get(line) ?? 0) + 1)
  }
  return [...lines].map(([line, count]) => (count === 1 ? line : `${line} (${count} rules)`))
}

/** The truth in one line. */
function truth(rules: readonly JudgedRule[]): string {
  const judged = rules.filter(({ intended }) => !intended)
  const words = new Map<string, number>()
  for (const one of judged) {
    const word = one.emulated && one.verdict === 'hardware' ? 'hardware (emulated)' : one.verdict
    words.set(word, (words.get(word) ?? 0) + 1)
  }
  const carrying = judged.filter((one) => one.carrying === 'yes').length
  const guards = rules.length - judged.length
  return [
    `${judged.length} rules: ${[...words].map(([word, count]) => `${count} ${word}`).join(', ') || 'none'}`,
    `${carrying} carrying`,
    ...(guards > 0 ? [`${guards} drop rules in software, as intended`] : []),
  ].join('; ')
}
