import { setTimeout as pause } from 'node:timers/promises'
import { NicsteerError } from '../base/errors.js'
import type { Ifindex, IpAddress, PciAddress } from '../base/types.js'
import { type NetlinkSocket, rtnl } from '../kernel/index.js'
import type { PfInfo, Topology } from '../node/facts.js'
import { pfsOf } from '../node/topology.js'
import type { Bridges } from '../ovs/bridges.js'
import { type Rule, type Tunnel, tunnelsOf } from '../steering/rule.js'
import { isInternalPort, type Session } from './session.js'
import { uplinksUnder } from './uplinks-under.js'

type Uplink = PfInfo['uplink']

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
  /** The longest outer packet that goes this way (bytes). */
  mtu?: number
  neighbour: 'valid' | 'unresolved' | 'unknown'
  /** One line for people when the packets would not leave by the VF's own PF. */
  problem?: string
}

/** The paths of rules' tunnels; the kernel is asked once for each tunnel of a PF. */
export class TunnelPaths {
  readonly #route: NetlinkSocket
  readonly #uplinks: ReadonlyMap<PciAddress, Uplink>
  readonly #bridges: Bridges
  readonly #bridgesUnknown: string | undefined
  readonly #known = new Map<string, TunnelPath>()

  constructor(
    { route, bridges, bridgesUnknown }: Pick<Session, 'route' | 'bridges' | 'bridgesUnknown'>,
    topology: Topology,
  ) {
    this.#route = route
    this.#bridges = bridges
    this.#bridgesUnknown = bridgesUnknown
    this.#uplinks = new Map(pfsOf(topology).map(({ pci, uplink }) => [pci, uplink]))
  }

  /** One for each tunnel that the rule writes. */
  of(rule: Rule): TunnelPath[] {
    return tunnelsOf(rule).map((tunnel) => this.between(tunnel, rule.pf))
  }

  /** Of packets from VFs of that PF. */
  between({ localIp, remoteIp }: Pick<Tunnel, 'localIp' | 'remoteIp'>, pf: PciAddress): TunnelPath {
    const key = `${pf} ${localIp} ${remoteIp}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const path = this.#look({ localIp, remoteIp }, pf)
    this.#known.set(key, path)
    return path
  }

  /** Each once. */
  ofAll(rules: readonly Rule[]): TunnelPath[] {
    return [...new Set(rules.flatMap((rule) => this.of(rule)))]
  }

  #look({ localIp, remoteIp }: Pick<Tunnel, 'localIp' | 'remoteIp'>, pf: PciAddress): TunnelPath {
    const route = this.#route
    const base = { localIp, remoteIp, ownPf: false, neighbour: 'unknown' } as const
    const found = lookUp(route, { src: localIp, dst: remoteIp })
    if (typeof found === 'string') return { ...base, problem: `no route from ${localIp} to ${remoteIp}: ${found}` }
    if (found.type !== 'unicast' || found.oif === undefined) {
      return {
        ...base,
        problem: `the route from ${localIp} to ${remoteIp} is ${found.type}: the packets would not reach a NIC`,
      }
    }
    const device = rtnl.getLink(route, found.oif)
    const nextHop = found.gateway ?? remoteIp
    const mtu = found.mtu ?? device?.mtu
    const path = {
      ...base,
      oif: found.oif,
      ...(device !== undefined && { device: device.name }),
      ...(mtu !== undefined && { mtu }),
      nextHop,
      neighbour: isResolved(route, found.oif, nextHop) ? 'valid' : 'unresolved',
    } as const
    const uplink = this.#uplinks.get(pf)
    const uplinks = [...this.#uplinks.values()]
    const [leaving, ...others] = uplinksUnder(device, uplinks, this.#bridges, (ifindex) => rtnl.getLink(route, ifindex))
    if (leaving !== undefined && others.length === 0 && leaving === uplink) return { ...path, ownPf: true }
    const names = [leaving, ...others].flatMap((one) => one?.name ?? []).filter((name) => name !== device?.name)
    const on = names.length > 0 ? ` on ${names.join(' and ')}` : this.#silence(device)
    return {
      ...path,
      problem: `the route from ${localIp} to ${remoteIp} leaves by ${device?.name}${on}, not by ${uplink?.name}, the uplink of the VF's own PF ${pf}`,
    }
  }

  /** Open vSwitch's silence is no proof that another NIC is behind its port. */
  #silence(device: rtnl.Link | undefined): string {
    if (this.#bridgesUnknown === undefined || device === undefined || !isInternalPort(device)) return ''
    return ` (what is behind it Open vSwitch does not say: ${this.#bridgesUnknown})`
  }
}

/** What to do about a tunnel whose packets would leave by another NIC, or by none. */
export function routeHint(localIp: IpAddress): string {
  return `give packets from ${localIp} a route of their own: ip rule add from ${localIp} lookup TABLE`
}

/**
 * Asks the kernel to resolve the next hops of tunnels whose neighbour isn't valid yet: hardware takes no packet before. It may take its time.
 * @param seconds how long to wait for answers; what doesn't answer until then is no error here, the verdict tells
 */
export async function resolveNeighbours(
  route: NetlinkSocket,
  paths: readonly TunnelPath[],
  seconds: number,
): Promise<void> {
  const asked = new Map<string, { oif: Ifindex; nextHop: IpAddress }>()
  for (const { oif, nextHop, neighbour } of paths) {
    if (oif === undefined || nextHop === undefined || neighbour === 'valid') continue
    asked.set(`${oif} ${nextHop}`, { oif, nextHop })
  }
  for (const { oif, nextHop } of asked.values()) rtnl.kickNeighbour(route, oif, nextHop)
  const end = Date.now() + seconds * 1000
  while (asked.size > 0 && Date.now() < end) {
    await pause(LOOK_AGAIN_MS)
    for (const [key, { oif, nextHop }] of asked) if (isSettled(route, oif, nextHop)) asked.delete(key)
  }
}

const LOOK_AGAIN_MS = 20

function isResolved(route: NetlinkSocket, oif: Ifindex, nextHop: IpAddress): boolean {
  return rtnl.getNeighbour(route, oif, nextHop)?.valid ?? false
}

/** It answered, or the kernel has given up on it. */
function isSettled(route: NetlinkSocket, oif: Ifindex, nextHop: IpAddress): boolean {
  const neighbour = rtnl.getNeighbour(route, oif, nextHop)
  return neighbour !== undefined && (neighbour.valid || neighbour.state === 'failed')
}

/** The kernel's answer, or its refusal in words. */
export function lookUp(route: NetlinkSocket, packet: rtnl.RouteQuery): rtnl.RouteLookup | string {
  try {
    return rtnl.lookupRoute(route, packet)
  } catch (error) {
    if (error instanceof NicsteerError) return error.message
    throw error
  }
}
