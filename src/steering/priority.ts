import type { OvsPorts } from './model.js'
import { type Rule, type RuleDevice, showDevice } from './rule.js'

/**
 * What OVS puts on its ports has priority 1 to 4, and from 5 on one per kind of match (lib/tc.h, TC_RESERVED_PRIORITY_*; lib/netdev-offload-tc.c,
 * get_prio_for_tc_flower), 65535 for its probes. From here on we are behind, and far from either end.
 */
const BEHIND_OVS = 49152

/**
 * The rules as they live beside Open vSwitch: on its ports they come behind its own; nothing is dropped, and what goes to all is not copied,
 * since both are for its data path. Elsewhere they stay as they are.
 */
export function besideOvs(rules: readonly Rule[], { representors, tunnels }: OvsPorts): Rule[] {
  const ports = new Set(
    [
      ...representors.map((name): RuleDevice => ({ role: 'representor', name })),
      ...tunnels.map((tunnel): RuleDevice => ({ role: 'tunnel', ...tunnel })),
    ].map(showDevice),
  )
  return rules.flatMap((rule) => {
    if (!ports.has(showDevice(rule.device))) return rule
    return rule.action.kind === 'drop' || rule.action.kind === 'copies'
      ? []
      : { ...rule, priority: BEHIND_OVS + rule.priority }
  })
}
