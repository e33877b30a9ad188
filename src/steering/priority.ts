import type { OvsPorts } from './model.js'
import { type Rule, type RuleDevice, showDevice } from './rule.js'

/**
 * What OVS puts on its ports has priority 1 to 4, and from 5 on one per kind of match (lib/tc.h, TC_RESERVED_PRIORITY_*; lib/netdev-offload-tc.c,
 * get_prio_for_tc_flower), 65535 for its probes. From here on we are behind, and far from either end.
 */
const BEHIND_OVS = 49152

/**
 * The rules as they live beside Open vSwitch: on its ports they come behind its own; nothing is dropped, and what goes to all is not copied,
 * since both are for its data path. Between two of the node's NICs OVS hands packets over in software, which no hardware takes: there our rule is
 * for hardware alone, and software stays OVS's. Elsewhere they stay as they are.
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
    if (rule.action.kind === 'drop' || rule.action.kind === 'copies') return []
    const behind = { ...rule, priority: BEHIND_OVS + rule.priority }
    // On a tunnel device the core refuses skip_sw (net/sched/cls_api.c, tc_setup_cb_add).
    return rule.action.kind === 'encap' && rule.intraNode !== undefined
      ? { ...behind, hardwareOnly: true as const }
      : behind
  })
}
