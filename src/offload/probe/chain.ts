import type { Ifindex } from '../../base/types.js'
import { type NetlinkSocket, tc } from '../../kernel/index.js'

/** linux/pkt_cls.h TC_ACT_EXT_VAL_MASK: there are no more chains, and no goto leads further. */
const HIGHEST = 0x0fff_ffff
/** The highest of mlx5 without ignore_flow_level (fs_core.h FDB_TC_MAX_CHAIN). */
const HIGHEST_OF_FEW = 3
/** Open vSwitch's, bytes: chains there are its recirculation ids, and come at any moment. */
const UFID_SIZE = 16

/** Chains of a device's ingress that no packet comes to: nothing is in them, and no goto leads there. */
export interface UnusedChains {
  high: number
  /** One that a NIC with few chains has, where nobody on the device uses chains at all. */
  low?: number
}

export function unusedChains(socket: NetlinkSocket, ifindex: Ifindex): UnusedChains {
  const place = { ifindex, parent: 'ingress' } as const
  return unusedOf(
    tc.listChains(socket, place).map(({ chain }) => chain),
    tc.dumpFilters(socket, place),
  )
}

/** @param chains that exist; those that only gotos name don't */
export function unusedOf(chains: readonly number[], filters: readonly tc.Filter[]): UnusedChains {
  const used = new Set([...chains, ...filters.map(({ chain }) => chain), ...filters.flatMap(gotosOf)])
  let high = HIGHEST
  while (used.has(high)) high -= 1
  used.delete(0)
  return used.size === 0 && filters.every(staysInItsChain) ? { high, low: HIGHEST_OF_FEW } : { high }
}

/** Chains that a filter's actions go on to. */
export function gotosOf(filter: tc.Filter): number[] {
  return actionsOf(filter)
    .flatMap(controlsOf)
    .flatMap((control) => (typeof control === 'object' && 'gotoChain' in control ? [control.gotoChain] : []))
}

/** Its actions are known, and it isn't one of a program that will use chains sooner or later. */
function staysInItsChain(filter: tc.Filter): boolean {
  return (
    (filter.kind === 'flower' || filter.kind === 'matchall') &&
    actionsOf(filter).every(({ kind, cookie = '' }) => kind !== 'raw' && cookie.length < 2 * UFID_SIZE)
  )
}

function actionsOf(filter: tc.Filter): readonly tc.Action[] {
  return ('actions' in filter ? filter.actions : undefined) ?? []
}

/** What may come of a packet after an action: gact has a second control, police two others. */
function controlsOf(action: tc.Action): (tc.Control | undefined)[] {
  const { control, exceed, conform, random } = action as {
    control?: tc.Control
    exceed?: tc.Control
    conform?: tc.Control
    random?: { control: tc.Control }
  }
  return [control, exceed, conform, random?.control]
}
