import { uapi } from '../uapi.js'

/** linux/rtnetlink.h RTNLGRP_*, of both families where there are two; `tc` is qdiscs, chains and filters. */
const GROUPS = {
  link: [uapi.RTNLGRP_LINK],
  address: [uapi.RTNLGRP_IPV4_IFADDR, uapi.RTNLGRP_IPV6_IFADDR],
  neigh: [uapi.RTNLGRP_NEIGH],
  route: [uapi.RTNLGRP_IPV4_ROUTE, uapi.RTNLGRP_IPV6_ROUTE],
  rule: [uapi.RTNLGRP_IPV4_RULE, uapi.RTNLGRP_IPV6_RULE],
  tc: [uapi.RTNLGRP_TC],
} as const
export type MonitorGroup = keyof typeof GROUPS

export function groupNumbers(groups: readonly MonitorGroup[]): number[] {
  return groups.flatMap((group) => GROUPS[group])
}
