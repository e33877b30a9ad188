import type { Plan, PlannedRule } from '../offload/plan.js'
import type { Finding } from '../steering/model.js'
import { type Rule, showRule } from '../steering/rule.js'
import type { PlannedItem, PlanSummary } from './report-schema.js'
import { findingLines } from './verdict-report.js'

/** How `plan` shows what apply would do: + added, ~ changed, - removed, each with its reason. */

const SIGN = { add: '+', change: '~', remove: '-' } as const
const STRANGE = 'a rule with our cookie that nicsteer does not make'

const LEFTOVER = 'what a probe left behind'

const words = (rule: Rule | undefined) => (rule === undefined ? STRANGE : showRule(rule))
const titleOf = ({ rule, leftover }: PlannedRule) => (leftover ? LEFTOVER : words(rule))
const whyOf = ({ change, rule, before }: PlannedRule): string => {
  if (change === 'remove') return 'not wanted any more'
  const why = rule?.why ?? ''
  return change === 'add' ? why : `is: ${words(before)}; ${why}`
}

export function planTable(plan: Plan): string {
  const { rules, tunnel, qdiscs } = plan
  const lines = [
    ...(tunnel === undefined ? [] : [`+ tunnel device ${tunnel.name}: ${tunnel.type}, UDP port ${tunnel.port}`]),
    ...(qdiscs.length === 0 ? [] : [`+ clsact qdisc on ${qdiscs.join(', ')}`]),
    ...rules.flatMap((one) => [
      `${SIGN[one.change]} ${titleOf(one)}`,
      `    ${one.device} chain ${one.chain} prio ${one.priority}: ${whyOf(one)}`,
    ]),
    ...findingLines([...plan.wrongPaths, ...plan.findings]),
  ]
  return [...lines, truth(plan)].join('\n')
}

export function plannedItem(one: PlannedRule): PlannedItem {
  const { change, rule, before, device, chain, priority, handle } = one
  return {
    change,
    rule: titleOf(one),
    kind: rule?.kind ?? null,
    pf: rule?.pf ?? null,
    vf: rule?.vf ?? null,
    device,
    chain,
    priority,
    handle: handle ?? null,
    match: rule?.match ?? null,
    action: rule?.action ?? null,
    before: change === 'change' ? (before?.action ?? null) : null,
    why: whyOf(one),
  }
}

export function planSummary(plan: Plan): PlanSummary {
  const { rules, unchanged, foreign, tunnel, qdiscs, wrongPaths, findings } = plan
  const count = (change: PlannedRule['change']) => rules.filter((one) => one.change === change).length
  const plain = ({ code, text, hint }: Finding) => ({ code, text, hint })
  return {
    truth: truth(plan),
    add: count('add'),
    change: count('change'),
    remove: count('remove'),
    unchanged,
    foreign,
    tunnelDevice: tunnel?.name ?? null,
    qdiscs,
    wrongRoutes: wrongPaths.map(plain),
    findings: findings.map(plain),
  }
}

/** True when apply would change nothing. */
export function isEmpty({ rules, tunnel, qdiscs }: Plan): boolean {
  return rules.length === 0 && tunnel === undefined && qdiscs.length === 0
}

function truth(plan: Plan): string {
  const { rules, unchanged, wrongPaths } = plan
  const count = (change: PlannedRule['change']) => rules.filter((one) => one.change === change).length
  const [tunnels, their] = wrongPaths.length === 1 ? ['tunnel', 'its'] : ['tunnels', 'their']
  const wrong =
    wrongPaths.length === 0
      ? ''
      : `; ${wrongPaths.length} ${tunnels} would not leave by ${their} VF's own NIC: apply refuses`
  if (isEmpty(plan)) return `nothing to do: ${unchanged} rules are as wanted${wrong}`
  return `${count('add')} to add, ${count('change')} to change, ${count('remove')} to remove, ${unchanged} unchanged${wrong}`
}
