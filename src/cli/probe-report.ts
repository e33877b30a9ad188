import type { ProbeResult } from '../offload/probe/probe.js'
import type { JudgedRule } from '../offload/verify.js'
import { showRule } from '../steering/rule.js'
import { refusalItem } from './reason-words.js'
import type { ProbeItem } from './report-schema.js'

/** How `verify --probe` shows what hardware said to twins of rules. */

export function probeItem(result: ProbeResult): ProbeItem {
  if ('impossible' in result) return { label: 'approximate', impossible: result.impossible }
  const { label, chain, taken, errnoName, reason } = result
  return {
    label,
    impossible: null,
    chain,
    taken,
    errno: errnoName ?? null,
    reason: reason === undefined ? null : refusalItem(reason),
  }
}

/** A line per rule that was probed, or could not be. */
export function probeLines(probes: ReadonlyMap<JudgedRule, ProbeResult>): string[] {
  return [...probes].map(
    ([{ rule, device }, result]) => `probe (approximate): ${showRule(rule)} on ${device}: ${words(result)}`,
  )
}

function words(result: ProbeResult): string {
  if ('impossible' in result) return `not possible: ${result.impossible}`
  const { taken, chain, errnoName, reason } = result
  if (taken) return `a twin in chain ${chain} was taken`
  const text = reason?.text === undefined ? 'no text' : `"${reason.text}"`
  return `a twin in chain ${chain} was refused: ${errnoName}: ${text} (${reason?.code}: ${reason?.hint})`
}
