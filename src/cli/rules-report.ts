import type { ListedRule, ListedRules } from '../offload/rules/list.js'
import type { Loaded, LoadedRule } from '../offload/rules/load.js'
import type { PortableFilter } from '../offload/rules/portable.js'
import { columns } from './output.js'
import type { LoadedItem, LoadedSummary, RuleState, RulesSummary } from './report-schema.js'
import { showActions, showMatch } from './rule-words.js'

/** How `rules` and `rules load` show rules. */

export function ruleItem(listed: ListedRule, emulated: boolean): PortableFilter & { state: RuleState } {
  const { rule, ours, inHw, inHwCount, hardware, software } = listed
  const label = inHw ? (emulated ? 'emulated' : 'hw-observed') : null
  return { ...rule, state: { ours, inHw, inHwCount, label, hardware, software } }
}

export function rulesSummary({ rules, emulated }: ListedRules): RulesSummary {
  return {
    rules: rules.length,
    flower: rules.filter(({ rule }) => rule.kind === 'flower').length,
    inHw: rules.filter(({ inHw }) => inHw).length,
    ours: rules.filter(({ ours }) => ours).length,
    devices: new Set(rules.map(({ rule }) => rule.device)).size,
    emulated,
  }
}

export function rulesTable(listed: ListedRules): string {
  const { rules, emulated } = listed
  const { inHw, ours, devices } = rulesSummary(listed)
  if (rules.length === 0) return 'no rules'
  const table = columns(
    ['DEVICE', 'CHAIN', 'PRIO', 'IN HW', 'HW PKTS', 'SW PKTS', 'OWNER', 'MATCH', 'ACTIONS'],
    rules.map((one) => [
      showWhere(one.rule),
      String(one.rule.chain),
      String(one.rule.priority),
      showInHw(one, emulated),
      String(one.hardware.packets),
      String(one.software.packets),
      one.ours ? 'nicsteer' : 'other',
      showMatch(one.rule),
      showActions(one.rule),
    ]),
  )
  const where = emulated && inHw > 0 ? 'in hardware (emulated)' : 'in hardware'
  return `${table}\n${some(rules.length, 'rule')} on ${some(devices, 'device')}: ${inHw} ${where}, ${ours} of nicsteer`
}

function some(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function showWhere({ device, parent, block }: PortableFilter): string {
  const where = block === undefined ? (device ?? '(gone)') : `block ${block} (${device})`
  return parent === 'ingress' ? where : `${where} egress`
}

/** `yes (1)`, with how many drivers' blocks took it; why not, where the rule itself says so. */
function showInHw({ inHw, inHwCount, rule }: ListedRule, emulated: boolean): string {
  const { flags } = rule as { flags?: { skipHw?: boolean; skipSw?: boolean } }
  const only = flags?.skipHw ? ', skip_hw' : flags?.skipSw ? ', skip_sw' : ''
  return inHw ? `yes (${inHwCount}${emulated ? ', emulated' : ''}${only})` : `no${only}`
}

export function loadedItem({ rule, change, warning }: LoadedRule): LoadedItem {
  const { device, parent, chain, priority } = rule
  return { change, device: device ?? '', parent, chain, priority, rule: showRule(rule), warning: warning ?? null }
}

export function loadedSummary({ rules, qdiscs }: Loaded, dryRun: boolean): LoadedSummary {
  const count = (change: LoadedRule['change']) => rules.filter((one) => one.change === change).length
  return { added: count('add'), replaced: count('replace'), unchanged: count('same'), qdiscs, dryRun }
}

const SIGNS = { add: '+', replace: '~', same: ' ' } as const

/** A line per rule that is (or would be) added or replaced, and one with the sums. */
export function loadedText(loaded: Loaded, dryRun: boolean): string {
  const { added, replaced, unchanged } = loadedSummary(loaded, dryRun)
  const lines = loaded.rules
    .filter(({ change }) => change !== 'same')
    .map(({ rule, change, warning }) => {
      const said = warning === undefined ? '' : ` ("${warning}")`
      return `${SIGNS[change]} ${showWhere(rule)} chain ${rule.chain} prio ${rule.priority}: ${showRule(rule)}${said}`
    })
  const qdiscs = loaded.qdiscs.map((device) => `+ clsact qdisc on ${device}`)
  const would = dryRun ? '; nothing was changed (--dry-run)' : ''
  return [...qdiscs, ...lines, `${added} added, ${replaced} replaced, ${unchanged} unchanged${would}`].join('\n')
}

function showRule(rule: PortableFilter): string {
  return `${showMatch(rule)}: ${showActions(rule)}`
}
