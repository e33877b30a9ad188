import { NicsteerError } from '../base/errors.js'
import type { Ifindex, IpAddress } from '../base/types.js'
import { type NetlinkSocket, rtnl } from '../kernel/index.js'
import type { Topology } from '../node/facts.js'
import { pfsOf } from '../node/topology.js'
import { showVf } from '../steering/model.js'
import type { Rule } from '../steering/rule.js'

/** How the kernel would send a tunnel's packets, as the driver finds it out (mlx5 en/tc_tun.c, mlx5e_route_lookup_ipv4_get). */
export interface TunnelPath {
  localIp: IpAddress
  remoteIp: IpAddress
  /** Undefined: no route, or not a unicast one. */
  oif?: Ifindex
  device?: string
  /** The VF's own PF has that device. */
  ownPf: boolean
  /** Next hop: the gateway, or the remote VTEP itself. */
  nextHop?: IpAddress
  neighbour: 'valid' | 'unresolved' | 'unknown'
  /** One line for people when the packets would not leave by the VF's own PF. */
  problem?: string
}

/** Path of an encap rule's tunnel; undefined for other rules. */
export function tunnelPath(route: NetlinkSocket, rule: Rule, topology: Topology): TunnelPath | undefined {
  if (rule.action.kind !== 'encap') return undefined
  const { localIp, remoteIp } = rule.action.tunnel
  const pf = pfsOf(topology).find((one) => one.pci === rule.vf.pf)
  const base = { localIp, remoteIp, ownPf: false, neighbour: 'unknown' } as const
  const found = lookUp(route, localIp, remoteIp)
  if (typeof found === 'string') return { ...base, problem: `no route from ${localIp} to ${remoteIp}: ${found}` }
  if (found.type !== 'unicast' || found.oif === undefined) {
    return {
      ...base,
      problem: `the route from ${localIp} to ${remoteIp} is ${found.type}: the packets would not reach a NIC`,
    }
  }
  const device = rtnl.getLink(route, found.oif)
  const nextHop = found.gateway ?? remoteIp
  const path = {
    ...base,
    oif: found.oif,
    ...(device !== undefined && { device: device.name }),
    nextHop,
    neighbour: rtnl.getNeighbour(route, found.oif, nextHop)?.valid ? 'valid' : 'unresolved',
  } as const
  if (belongsTo(route, device, pf?.uplink.ifindex)) return { ...path, ownPf: true }
  return {
    ...path,
    problem: `the route from ${localIp} to ${remoteIp} leaves by ${device?.name}, not by ${pf?.uplink.name} of ${showVf(rule.vf)}'s own PF`,
  }
}

/** The paths of all encap rules' tunnels, each once per PF. */
export function tunnelPaths(route: NetlinkSocket, rules: readonly Rule[], topology: Topology): TunnelPath[] {
  const seen = new Map<string, TunnelPath>()
  for (const rule of rules) {
    if (rule.action.kind !== 'encap') continue
    const { localIp, remoteIp } = rule.action.tunnel
    const key = `${rule.vf.pf} ${localIp} ${remoteIp}`
    if (seen.has(key)) continue
    const path = tunnelPath(route, rule, topology)
    if (path !== undefined) seen.set(key, path)
  }
  return [...seen.values()]
}

/** What to do about a tunnel whose packets would leave by another NIC, or by none. */
export function routeHint(localIp: IpAddress): string {
  return `give packets from ${localIp} a route of their own: ip rule add from ${localIp} lookup TABLE`
}

/** Asks the kernel to resolve the next hops of tunnels whose neighbour isn't valid yet. It may take its time. */
export function kickNeighbours(route: NetlinkSocket, paths: readonly TunnelPath[]): void {
  const asked = new Set<string>()
  for (const { oif, nextHop, neighbour } of paths) {
    if (oif === undefined || nextHop === undefined || neighbour === 'valid' || asked.has(`${oif} ${nextHop}`)) continue
    asked.add(`${oif} ${nextHop}`)
    rtnl.kickNeighbour(route, oif, nextHop)
  }
}

function lookUp(route: NetlinkSocket, src: IpAddress, dst: IpAddress): rtnl.RouteLookup | string {
  try {
    return rtnl.lookupRoute(route, { src, dst })
  } catch (error) {
    if (error instanceof NicsteerError) return error.message
    throw error
  }
}

/** The uplink itself, or a device on top of it: a VLAN. */
function belongsTo(route: NetlinkSocket, device: rtnl.Link | undefined, uplink: Ifindex | undefined): boolean {
  for (let at = device, depth = 0; at !== undefined && depth < 4; depth += 1) {
    if (at.ifindex === uplink) return true
    at = at.linkIfindex === undefined || at.linkNetnsid !== undefined ? undefined : rtnl.getLink(route, at.linkIfindex)
  }
  return false
}
