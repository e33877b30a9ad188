import { endianness } from 'node:os'
import { rtnl, tc } from '../../kernel/index.js'
import type { Topology } from '../../node/facts.js'
import { countersOf } from '../counters.js'
import { Holders, isMultiport } from '../holder.js'
import { allIngressFilters, type Session } from '../session.js'
import type { FlowRule } from './evidence.js'

/**
 * Open vSwitch's rules in TC, by the action cookie that it finds them by: the flow's ufid.
 * @param topology without it, whose hardware has a rule isn't found out
 */
export function rulesOfOvs(session: Session, topology?: Topology): Map<string, FlowRule> {
  const links = rtnl.listLinks(session.route)
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]))
  const holders = topology && new Holders(topology, links, isMultiport(session))
  const rules = new Map<string, FlowRule>()
  for (const filter of allIngressFilters(session)) {
    const cookie = tc.isFlower(filter) ? cookieOfOvs(filter) : undefined
    if (cookie === undefined || !tc.isFlower(filter)) continue
    const holder = holders?.of(filter)
    rules.set(cookie, {
      filter,
      device: names.get(filter.ifindex) ?? String(filter.ifindex),
      chain: filter.chain,
      priority: filter.priority,
      ...(filter.handle !== undefined && { handle: filter.handle }),
      inHw: filter.flags?.inHw ?? false,
      inHwCount: filter.inHwCount ?? 0,
      ...countersOf(filter),
      ...(holder !== undefined && { holder }),
    })
  }
  return rules
}

/** 16 bytes. */
const COOKIE_DIGITS = 32

function cookieOfOvs({ actions }: tc.FlowerFilter): string | undefined {
  return actions.find(({ cookie }) => cookie?.length === COOKIE_DIGITS)?.cookie
}

export function isFlowOfOvs(filter: tc.Filter): boolean {
  return tc.isFlower(filter) && cookieOfOvs(filter) !== undefined
}

/** As TC has it: four 32-bit numbers in the host's byte order (Open vSwitch, include/openvswitch/types.h ovs_u128; lib/uuid.h UUID_FMT). */
export function cookieOfUfid(ufid: string): string {
  const digits = ufid.replaceAll('-', '')
  if (endianness() === 'BE') return digits
  return (digits.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join('')).join('')
}
