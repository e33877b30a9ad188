import { constants } from 'node:os'
import { type Ifindex, type IpFamily, ipFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { KernelRefusal } from '../netlink/extack.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { query } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { ADDRESS_BITS, FAMILY_NUMBERS, routeMessage, type WireNexthop } from './message.js'
import { type Nexthop, ROUTE_TYPES, type Route, type RouteLookup, type RouteQuery } from './types.js'

const NO_ROUTE = { family: 0, dstLen: 0, srcLen: 0, tos: 0, table: 0, protocol: 0, scope: 0, type: 0, flags: 0 }

/**
 * Asks the kernel what it would do with a packet, policy routing included.
 * @throws KernelRefusal ENETUNREACH, EHOSTUNREACH (unreachable), EACCES (prohibit), EINVAL (blackhole, or a source
 * that isn't ours without `iif`)
 */
export function lookupRoute(socket: NetlinkSocket, { dst, src, iif, oif, tos = 0, mark }: RouteQuery): RouteLookup {
  const family = ipFamily(dst)
  const header = {
    ...NO_ROUTE,
    family: FAMILY_NUMBERS[family],
    dstLen: ADDRESS_BITS[family],
    srcLen: src === undefined ? 0 : ADDRESS_BITS[family],
    tos,
    // IPv6 always answers with the table it found, and refuses the flag (net/ipv6/route.c inet6_rtm_valid_getroute_req).
    flags: family === 4 ? uapi.RTM_F_LOOKUP_TABLE : 0,
  }
  const attributes = { dst, src, iif, oif, mark }
  return query(
    socket,
    request(routeMessage, { what: `route to ${dst}`, type: uapi.RTM_GETROUTE }, header, attributes),
    (reply) => {
      const { type, table, oif: out, gateway, prefsrc } = readRoute(reply)
      return {
        type,
        table,
        ...(out !== undefined && { oif: out }),
        ...(gateway !== undefined && { gateway }),
        ...(prefsrc !== undefined && { prefsrc }),
      }
    },
  )
}

/** Routes of one table or of all, without the cached ones. */
export function listRoutes(socket: NetlinkSocket, filter: { family?: IpFamily; table?: number } = {}): Route[] {
  const families: IpFamily[] = filter.family === undefined ? [4, 6] : [filter.family]
  return families.flatMap((family) => listFamily(socket, family, filter.table))
}

function listFamily(socket: NetlinkSocket, family: IpFamily, table: number | undefined): Route[] {
  const header = { ...NO_ROUTE, family: FAMILY_NUMBERS[family] }
  try {
    return dump(
      socket,
      request(routeMessage, { what: 'list routes', type: uapi.RTM_GETROUTE }, header, { table }),
      (reply) => {
        const route = readRoute(reply)
        // Without IPv6 in the kernel its dump is answered with all families (net/core/rtnetlink.c rtnl_dump_all).
        return route.family === family ? route : undefined
      },
    )
  } catch (error) {
    // A table that has no routes of a family doesn't exist for it.
    if (table !== undefined && error instanceof KernelRefusal && error.errno === constants.errno.ENOENT) return []
    throw error
  }
}

function readRoute(message: Message): Route {
  const { header, attributes } = readBody(routeMessage, message)
  const { dst, oif, prefsrc, priority, multipath } = attributes
  const gateway = attributes.gateway ?? attributes.via
  const route: Route = {
    family: header.family === FAMILY_NUMBERS[6] ? 6 : 4,
    type: ROUTE_TYPES[header.type] ?? 'unspec',
    dstPrefix: header.dstLen,
    table: attributes.table ?? header.table,
    protocol: header.protocol,
    scope: header.scope,
  }
  if (dst !== undefined) route.dst = dst
  if (oif !== undefined) route.oif = oif as Ifindex
  if (gateway !== undefined) route.gateway = gateway
  if (prefsrc !== undefined) route.prefsrc = prefsrc
  if (priority !== undefined) route.priority = priority
  if (multipath !== undefined) route.nexthops = multipath.map(nexthopOf)
  return route
}

function nexthopOf({ ifindex, hops, gateway, via }: WireNexthop): Nexthop {
  const next = gateway ?? via
  return {
    ...(ifindex > 0 && { oif: ifindex as Ifindex }),
    ...(next !== undefined && { gateway: next }),
    // rtnh_hops is the weight less one (net/ipv4/fib_semantics.c fib_get_nhs).
    weight: hops + 1,
  }
}
