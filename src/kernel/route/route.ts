import { constants } from 'node:os'
import { type Ifindex, type IpAddress, type IpFamily, ipFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { KernelRefusal } from '../netlink/extack.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { UnknownAttribute } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { type RouteAttributes, type RouteHeader, type RouteMetrics, routeMessage } from './message.js'
import { gatewayAttributes, type Nexthop, readNexthop, readNexthopFlags, wireNexthop } from './nexthop.js'
import { ADDRESS_BITS, FAMILY_NUMBERS, familyOf, PROTOCOL, prefixText, SCOPE, TABLE } from './numbers.js'

/** linux/rtnetlink.h RTN_*, in order */
const TYPES = [
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
export type RouteType = (typeof TYPES)[number]

/** linux/icmpv6.h ICMPV6_ROUTER_PREF_*, by number (RFC 4191 section 2.1) */
const PREFERENCES = ['medium', 'high', 'invalid', 'low'] as const
export type RoutePreference = (typeof PREFERENCES)[number]

export interface Route {
  family: IpFamily
  type: RouteType
  /** Absent: default route. */
  dst?: IpAddress
  dstPrefix: number
  /** IPv6: only packets from there. */
  src?: IpAddress
  srcPrefix?: number
  tos?: number
  table: number
  oif?: Ifindex
  /** Of either family. */
  gateway?: IpAddress
  /** The gateway is taken to be on the link, whatever its address. */
  onlink?: boolean
  /** Only read: the device is down, or has no carrier (RTNH_F_DEAD, RTNH_F_LINKDOWN). */
  dead?: boolean
  linkDown?: boolean
  prefsrc?: IpAddress
  /** Metric; the lowest wins. In IPv6 only the kernel itself makes routes of metric 0: it writes 1024 instead. */
  priority?: number
  /** PROTOCOL */
  protocol: number
  /** SCOPE; always global in IPv6. */
  scope: number
  metrics?: RouteMetrics
  /** IPv6 */
  preference?: RoutePreference
  /** IPv6: seconds that are left. */
  expires?: number
  /** Of a multipath route. */
  nexthops?: Nexthop[]
  /** A next hop object's; gateway, device and next hops are that object's. */
  nexthopId?: number
  /** Encapsulation and what else has no field, as it came. */
  unknown?: UnknownAttribute[]
}

/**
 * A route to be written. Where missing: `type` unicast, `table` main, `protocol` kernel (systemd-networkd deletes routes of
 * others), `scope` what ip-route(8) takes, `dstPrefix` the whole address, `family` that of the addresses, else IPv4.
 */
export type NewRoute = { [K in keyof Route]?: Route[K] | undefined }

/** @throws KernelRefusal EEXIST, or what else the kernel objects to */
export function addRoute(socket: NetlinkSocket, route: NewRoute): void {
  write(socket, 'add', uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, route)
}

/**
 * One more route of the same destination and metric, behind those that there are; in IPv6 with a gateway that is one more
 * next hop. @throws KernelRefusal
 */
export function appendRoute(socket: NetlinkSocket, route: NewRoute): void {
  write(socket, 'append', uapi.NLM_F_CREATE | uapi.NLM_F_APPEND, route)
}

/** Adds it, or takes the place of the first route of the same destination, TOS, metric and table. @throws KernelRefusal */
export function replaceRoute(socket: NetlinkSocket, route: NewRoute): void {
  write(socket, 'replace', uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, route)
}

/** The first route that has all that is given. @throws KernelRefusal ESRCH when there is none */
export function deleteRoute(socket: NetlinkSocket, route: NewRoute): void {
  const { dead, linkDown, ...given } = route
  // What is missing matches any (net/ipv4/fib_trie.c fib_table_delete, net/ipv6/route.c ip6_route_del).
  const any = { type: 'unspec', protocol: PROTOCOL.unspec, scope: SCOPE.nowhere } as const
  const { header, attributes } = bodyOf({ ...any, ...given })
  const what = `delete route ${routeText(route)}`
  execute(socket, request(routeMessage, { what, type: uapi.RTM_DELROUTE }, header, attributes))
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

/** RTM_NEWROUTE, RTM_DELROUTE. @throws MalformedMessage */
export function readRoute(message: Message): Route {
  const { header, attributes } = readBody(routeMessage, message)
  const { dst, src, oif, prefsrc, priority, metrics, preference, cacheinfo, multipath, nexthopId, unknown } = attributes
  const gateway = attributes.gateway ?? attributes.via
  const route: Route = {
    family: familyOf(header.family),
    type: TYPES[header.type] ?? 'unspec',
    dstPrefix: header.dstLen,
    table: attributes.table ?? header.table,
    protocol: header.protocol,
    scope: header.scope,
    ...readNexthopFlags(header.flags),
  }
  if (dst !== undefined) route.dst = dst
  if (src !== undefined && header.srcLen > 0) Object.assign(route, { src, srcPrefix: header.srcLen })
  if (header.tos !== 0) route.tos = header.tos
  if (oif !== undefined) route.oif = oif as Ifindex
  if (gateway !== undefined) route.gateway = gateway
  if (prefsrc !== undefined) route.prefsrc = prefsrc
  if (priority !== undefined) route.priority = priority
  if (metrics !== undefined) route.metrics = metrics
  if (preference !== undefined) route.preference = PREFERENCES[preference] ?? 'medium'
  if (cacheinfo !== undefined && cacheinfo.expires > 0) route.expires = Math.round(cacheinfo.expires / USER_HZ)
  if (multipath !== undefined) route.nexthops = multipath.map(readNexthop)
  if (nexthopId !== undefined) route.nexthopId = nexthopId
  if (unknown !== undefined) route.unknown = unknown
  return route
}

export const NO_ROUTE: RouteHeader = {
  family: 0,
  dstLen: 0,
  srcLen: 0,
  tos: 0,
  table: 0,
  protocol: 0,
  scope: 0,
  type: 0,
  flags: 0,
}

/** The same on every architecture that Linux has today (include/asm-generic/param.h). */
const USER_HZ = 100

function write(socket: NetlinkSocket, verb: string, flags: number, route: NewRoute): void {
  const { header, attributes } = bodyOf(route)
  const options = { what: `${verb} route ${routeText(route)}`, type: uapi.RTM_NEWROUTE, flags }
  execute(socket, request(routeMessage, options, header, attributes))
}

function bodyOf(route: NewRoute): { header: RouteHeader; attributes: RouteAttributes } {
  const { dst, src, gateway, prefsrc, nexthops, type = 'unicast', preference, nexthopId } = route
  const family = route.family ?? familyOfAny(dst, src, gateway ?? nexthops?.[0]?.gateway, prefsrc)
  const header: RouteHeader = {
    family: FAMILY_NUMBERS[family],
    dstLen: dst === undefined ? 0 : (route.dstPrefix ?? ADDRESS_BITS[family]),
    srcLen: src === undefined ? 0 : (route.srcPrefix ?? ADDRESS_BITS[family]),
    tos: route.tos ?? 0,
    table: 0,
    protocol: route.protocol ?? PROTOCOL.kernel,
    scope: route.scope ?? defaultScope(family, type, gateway !== undefined || nexthops !== undefined),
    type: TYPES.indexOf(type),
    flags: route.onlink ? uapi.RTNH_F_ONLINK : 0,
  }
  const { oif, priority, metrics, expires, unknown, table = TABLE.main } = route
  const shared = { dst, src, table, prefsrc, priority, metrics, expires, unknown }
  const attributes: RouteAttributes = { ...shared, preference: preference && PREFERENCES.indexOf(preference) }
  // With a next hop object the kernel takes nothing of its own beside it, though it shows it (net/ipv4/fib_frontend.c).
  if (nexthopId !== undefined) return { header, attributes: { ...attributes, nexthopId } }
  const multipath = nexthops?.map((nexthop) => wireNexthop(nexthop, family))
  return { header, attributes: { ...attributes, oif, ...gatewayAttributes(gateway, family), multipath } }
}

function familyOfAny(...addresses: (IpAddress | undefined)[]): IpFamily {
  const known = addresses.find((address) => address !== undefined)
  return known === undefined ? 4 : ipFamily(known)
}

/** As ip-route(8) chooses; IPv6 has no scopes. */
function defaultScope(family: IpFamily, type: RouteType, viaGateway: boolean): number {
  if (family === 6) return SCOPE.global
  if (type === 'local') return SCOPE.host
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return SCOPE.link
  return type === 'unicast' && !viaGateway ? SCOPE.link : SCOPE.global
}

function routeText({ dst, dstPrefix, table }: NewRoute): string {
  const where = table === undefined || table === TABLE.main ? '' : ` table ${table}`
  return `${prefixText(dst, dstPrefix)}${where}`
}
