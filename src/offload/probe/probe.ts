import type { Ifindex } from '../../base/types.js'
import { type NetlinkSocket, rtnl, tc } from '../../kernel/index.js'
import { takeLock } from '../lock.js'
import { type Reason, reasonFor } from '../reasons/index.js'
import type { Session } from '../session.js'
import { gotosOf, type UnusedChains, unusedChains } from './chain.js'
import { removeLeftovers } from './leftover.js'
import { twinOf } from './twin.js'

/** What hardware says to a twin of a rule. */
export interface Probed {
  /** The twin is in another chain than the rule: drivers treat chains differently, so what holds for it need not hold for the rule. */
  label: 'approximate'
  /** Where the twin was offered. */
  chain: number
  /** Hardware took the twin. */
  taken: boolean
  /** Positive, where it didn't. */
  errno?: number
  errnoName?: string
  /** Why it didn't. */
  reason?: Reason
}

/** Asking is not possible, or makes no sense. */
export interface NotProbed {
  impossible: string
}

export type ProbeResult = Probed | NotProbed

export interface ProbeOptions {
  /** How long to wait for another nicsteer. */
  lockSeconds?: number
}

/**
 * Offers hardware a twin of each rule, to hear its errno and text: for rules of others, which can't be offered again themselves. No packet
 * meets a twin, and none is left behind, even if the process is killed: its installation and its deletion are one system call.
 * @throws NicsteerError LOCKED; KernelRefusal
 */
export async function probe(
  session: Session,
  filters: readonly tc.FlowerFilter[],
  { lockSeconds = 10 }: ProbeOptions = {},
): Promise<ProbeResult[]> {
  await using _lock = await takeLock(lockSeconds)
  removeLeftovers(session)
  const { route } = session
  const links = new Map(rtnl.listLinks(route).map((link) => [link.ifindex, link]))
  const chains = new Map<Ifindex, UnusedChains>()
  return filters.map((filter) => {
    const { ifindex } = filter
    const impossible = obstacle(filter, links.get(ifindex))
    if (impossible !== undefined) return { impossible }
    const unused = chains.get(ifindex) ?? unusedChains(route, ifindex)
    chains.set(ifindex, unused)
    return ask(route, filter, unused)
  })
}

/** One line about why a twin would tell nothing. */
export function obstacle(
  filter: tc.FlowerFilter,
  link: Pick<rtnl.Link, 'name' | 'kind'> | undefined,
): string | undefined {
  const { flags, block, parent } = filter
  if (link === undefined) return 'its device is gone'
  if (flags?.inHw) return 'hardware has it'
  if (flags?.skipHw) return 'it is for software alone (skip_hw)'
  if (block !== undefined) return `it is in block ${block}, which several devices may share`
  // The core refuses skip_sw there by itself (cls_api.c tc_setup_cb_add). Without skip_sw a twin would be heard, but in another chain than 0
  // mlx5 doesn't read a tunnel's match as it does for the rule (en_tc.c parse_tunnel_attr): what it says would mislead.
  if (link.kind !== undefined) return `${link.name} is a ${link.kind} device: no twin can be offered there`
  if (filter.actions.length === 0) return 'it has no action, on which a mark could say whose the twin is'
  if (parent === 'egress') return 'NICs are offered ingress rules'
  // goto.c validate_goto_chain
  if (gotosOf(filter).length > 0) return 'it goes on to another chain, and drivers refuse to go back to a lower one'
  return undefined
}

function ask(route: NetlinkSocket, filter: tc.FlowerFilter, { high, low }: UnusedChains): Probed {
  const answer = askIn(route, filter, high)
  // That is about the chain: a NIC that has few is asked in one that it has.
  const again = answer.reason?.code === 'CHAIN_RANGE' ? low : undefined
  return again === undefined ? answer : askIn(route, filter, again)
}

function askIn(route: NetlinkSocket, filter: tc.FlowerFilter, chain: number): Probed {
  const refusal = tc.offerFilter(route, twinOf(filter, chain))
  if (refusal === undefined) return { label: 'approximate', chain, taken: true }
  const { errno, errnoName, extack } = refusal
  return {
    label: 'approximate',
    chain,
    taken: false,
    ...(errno !== undefined && { errno }),
    errnoName,
    // Also where it said nothing: what is deduced then is of the twin's errno.
    reason: { ...reasonFor(extack, 'probe', { errno: errnoName }), source: 'probe', approximate: true },
  }
}
