import type { Ifindex, IpAddress, IpFamily, MacAddress } from '../../base/types.js'

/** linux/rtnetlink.h RTN_*, in order */
export const ROUTE_TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
] as const
export type RouteType = (typeof ROUTE_TYPES)[number]

/** A packet, as far as routing looks at it. */
export interface RouteQuery {
  dst: IpAddress
  src?: IpAddress | undefined
  /** As if it came in there; `lo` is what `iif lo` rules of policy routing mean by "our own packets". */
  iif?: Ifindex | undefined
  oif?: Ifindex | undefined
  tos?: number
  mark?: number
}

/** What the kernel would do with it. */
export interface RouteLookup {
  type: RouteType
  oif?: Ifindex
  /** Absent: the destination is on the link. */
  gateway?: IpAddress
  prefsrc?: IpAddress
  table: number
}

export interface Nexthop {
  oif?: Ifindex
  gateway?: IpAddress
  /** From 1. */
  weight: number
}

export interface Route {
  family: IpFamily
  type: RouteType
  /** Absent: default route. */
  dst?: IpAddress
  dstPrefix: number
  table: number
  oif?: Ifindex
  gateway?: IpAddress
  prefsrc?: IpAddress
  /** Metric. */
  priority?: number
  /** linux/rtnetlink.h RTPROT_*: 2 kernel, 3 boot, 4 static … */
  protocol: number
  /** linux/rtnetlink.h RT_SCOPE_*: 0 global, 253 link, 254 host */
  scope: number
  /** Of a multipath route. */
  nexthops?: Nexthop[]
}

/** A rule of policy routing. */
export interface Rule {
  family: IpFamily
  /** Preference; lower comes first. */
  priority: number
  action: RuleAction
  table: number
  src?: IpAddress
  srcPrefix: number
  dst?: IpAddress
  dstPrefix: number
  iifName?: string
  oifName?: string
  fwmark?: number
  fwmask?: number
  /** linux/rtnetlink.h RTPROT_*, who made it. */
  protocol?: number
  /** Of a VRF: look-up in the table of the packet's L3 master device. */
  l3mdev?: boolean
  invert?: boolean
}

/** linux/fib_rules.h FR_ACT_*, in order */
export const RULE_ACTIONS = [
  'unspec',
  'lookup',
  'goto',
  'nop',
  'reserved3',
  'reserved4',
  'blackhole',
  'unreachable',
  'prohibit',
] as const
export type RuleAction = (typeof RULE_ACTIONS)[number]

export interface Address {
  ifindex: Ifindex
  ip: IpAddress
  prefix: number
  /** linux/rtnetlink.h RT_SCOPE_*: 0 global, 253 link, 254 host */
  scope: number
  label?: string
  /** linux/if_addr.h IFA_F_*: 0x40 tentative, 0x08 duplicate found … */
  flags: number
}

/** linux/neighbour.h NUD_*; `none` is no bit at all. */
export type NeighbourState =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent'

export interface Neighbour {
  ifindex: Ifindex
  ip: IpAddress
  mac?: MacAddress
  state: NeighbourState
  /** Packets can be sent with it: NUD_VALID of include/net/neighbour.h. */
  valid: boolean
}
