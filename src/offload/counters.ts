import type { tc } from '../kernel/index.js'

const NOTHING: tc.Counters = { packets: 0, bytes: 0 }

/**
 * A rule's packets are the most that one of its actions has seen: not every kind of action takes over hardware's counters (act_tunnel_key.c
 * has no stats_update), and software ends at the first action that takes the packet away.
 */
export function countersOf(rule: { readonly actions?: readonly tc.Action[] } | undefined): {
  hardware: tc.Counters
  software: tc.Counters
} {
  let hardware = NOTHING
  let software = NOTHING
  for (const { stats } of rule?.actions ?? []) {
    if (stats === undefined) continue
    if (stats.hardware.packets > hardware.packets) hardware = stats.hardware
    if (stats.software.packets > software.packets) software = stats.software
  }
  return { hardware, software }
}
