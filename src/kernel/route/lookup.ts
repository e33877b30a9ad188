import { type Ifindex, type IpAddress, ipFamily } from '../../base/types.js'
import { type Request, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { query } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { routeMessage } from './message.js'
import { ADDRESS_BITS, FAMILY_NUMBERS } from './numbers.js'
import { NO_ROUTE, type Route, type RouteType, readRoute } from './route.js'

/** A packet, as far as routing looks at it. */
export interface RouteQuery {
  dst: IpAddress
  src?: IpAddress | undefined
  /** As if it came in there; `lo` is what `iif lo` rules of policy routing mean by "our own packets". */
  iif?: Ifindex | undefined
  oif?: Ifindex | undefined
  tos?: number
  mark?: number
  /** IPPROTO_*; with ports for TCP, UDP: what rules with ports, and the choice among next hops, look at. */
  ipProto?: number
  sport?: number
  dport?: number
}

/** What the kernel would do with it. */
export interface RouteLookup {
  type: RouteType
  oif?: Ifindex
  /** Absent: the destination is on the link. */
  gateway?: IpAddress
  prefsrc?: IpAddress
  table: number
  /** Of the route, where it has one, or learnt (bytes); else the device's counts. */
  mtu?: number
}

/**
 * Asks the kernel what it would do with a packet, policy routing included.
 * @throws KernelRefusal ENETUNREACH, EHOSTUNREACH (unreachable), EACCES (prohibit), EINVAL (blackhole, or a source
 * that isn't ours without `iif`)
 */
export function lookupRoute(socket: NetlinkSocket, packet: RouteQuery): RouteLookup {
  const { type, table, oif, gateway, prefsrc, metrics } = query(socket, lookup(packet), readRoute)
  return {
    type,
    table,
    ...(oif !== undefined && { oif }),
    ...(gateway !== undefined && { gateway }),
    ...(prefsrc !== undefined && { prefsrc }),
    ...(metrics?.mtu !== undefined && { mtu: metrics.mtu }),
  }
}

/** The route that a packet would take, as it stands in its table. @throws KernelRefusal as {@link lookupRoute} */
export function matchRoute(socket: NetlinkSocket, packet: RouteQuery): Route {
  return query(socket, lookup(packet, uapi.RTM_F_FIB_MATCH), readRoute)
}

function lookup({ dst, src, iif, oif, tos = 0, mark, ipProto, sport, dport }: RouteQuery, flags = 0): Request {
  const family = ipFamily(dst)
  // IPv6 always answers with the table it found, and refuses the flag (net/ipv6/route.c inet6_rtm_valid_getroute_req).
  const tellTable = family === 4 ? uapi.RTM_F_LOOKUP_TABLE : 0
  const header = {
    ...NO_ROUTE,
    family: FAMILY_NUMBERS[family],
    dstLen: ADDRESS_BITS[family],
    srcLen: src === undefined ? 0 : ADDRESS_BITS[family],
    tos,
    flags: flags | tellTable,
  }
  const attributes = { dst, src, iif, oif, mark, ipProto, sport, dport }
  return request(routeMessage, { what: `route to ${dst}`, type: uapi.RTM_GETROUTE }, header, attributes)
}
