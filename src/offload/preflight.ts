import { setTimeout as pause } from 'node:timers/promises'
import { NicsteerError } from '../base/errors.js'
import type { Ifindex, IpAddress, PciAddress } from '../base/types.js'
import { type NetlinkSocket, rtnl } from '../kernel/index.js'
import type { NicInfo, PfInfo, Topology } from '../node/facts.js'
import { pfsOf } from '../node/topology.js'
import type { Bridges } from '../ovs/bridges.js'
import { type Rule, type Tunnel, tunnelsOf } from '../steering/rule.js'
import { type SecondStage, secondStageOf } from './second-stage.js'
import { isInternalPort, type Session } from './session.js'
import { uplinksUnder } from './uplinks-under.js'

type Uplink = PfInfo['uplink']

/**
 * `own-pf`: by the VF's own PF. `sibling-pf`: by the uplink of the other PF of the same card. `elsewhere`: by any other device. `host`: the
 * node delivers them to itself. `none`: no route. `no-source`: the local VTEP is no address of this namespace.
 */
export type Exit = 'own-pf' | 'sibling-pf' | 'elsewhere' | 'host' | 'none' | 'no-source'

/** How the kernel would send a tunnel's packets, as the driver finds it out (mlx5 en/tc_tun.c, mlx5e_route_lookup_ipv4_get). */
export interface TunnelPath {
  localIp: IpAddress
  remoteIp: IpAddress
  /** Where the packets leave. */
  exit: Exit
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
  /** Where the VTEP is on an internal port of Open vSwitch. */
  second?: SecondStage
  /** One line for people when the packets would not leave by the VF's own PF. */
  problem?: string
}

/** The paths of rules' tunnels; the kernel is asked once for each tunnel of a PF. */
export class TunnelPaths {
  readonly #route: NetlinkSocket
  readonly #uplinks: ReadonlyMap<PciAddress, Uplink>
  /** By device: the card that has that uplink. */
  readonly #cards: ReadonlyMap<Ifindex, NicInfo>
  readonly #bridges: Bridges
  readonly #bridgesUnknown: string | undefined
  readonly #known = new Map<string, TunnelPath>()
  readonly #secondStages = new Map<Ifindex, SecondStage>()

  constructor(
    { route, bridges, bridgesUnknown }: Pick<Session, 'route' | 'bridges' | 'bridgesUnknown'>,
    topology: Topology,
  ) {
    this.#route = route
    this.#bridges = bridges
    this.#bridgesUnknown = bridgesUnknown
    this.#uplinks = new Map(pfsOf(topology).map(({ pci, uplink }) => [pci, uplink]))
    this.#cards = new Map(topology.nics.flatMap((nic) => nic.pfs.map(({ uplink }) => [uplink.ifindex, nic] as const)))
  }

  /** One for each tunnel that the rule writes. */
  of(rule: Rule): TunnelPath[] {
    return tunnelsOf(rule).map((tunnel) => this.between(tunnel, rule.pf))
  }

  /** Of a tunnel that packets of a PF's VF are put into. */
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
    if (typeof found === 'string') {
      const exit = rtnl.listAddresses(route).some(({ ip }) => ip === localIp) ? 'none' : 'no-source'
      return { ...base, exit, problem: `no route from ${localIp} to ${remoteIp}: ${found}` }
    }
    if (found.type !== 'unicast' || found.oif === undefined) {
      return {
        ...base,
        exit: found.type === 'local' ? 'host' : 'none',
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
      ...(device !== undefined && isInternalPort(device) && { second: this.#secondStage(device) }),
    } as const
    const uplink = this.#uplinks.get(pf)
    const uplinks = [...this.#uplinks.values()]
    const [leaving, ...others] = uplinksUnder(device, uplinks, this.#bridges, (ifindex) => rtnl.getLink(route, ifindex))
    if (leaving !== undefined && others.length === 0 && leaving === uplink) {
      return { ...path, exit: 'own-pf', ownPf: true }
    }
    const names = [leaving, ...others].flatMap((one) => one?.name ?? []).filter((name) => name !== device?.name)
    const on = names.length > 0 ? ` on ${names.join(' and ')}` : this.#silence(device)
    const card = uplink && this.#cards.get(uplink.ifindex)
    return {
      ...path,
      exit: card !== undefined && this.#cards.get(found.oif) === card ? 'sibling-pf' : 'elsewhere',
      problem: `the route from ${localIp} to ${remoteIp} leaves by ${device?.name}${on}, not by ${uplink?.name}, the uplink of the VF's own PF ${pf}`,
    }
  }

  /** The same for all tunnels of a VTEP. */
  #secondStage(port: rtnl.Link): SecondStage {
    const known = this.#secondStages.get(port.ifindex) ?? secondStageOf(this.#route, port)
    this.#secondStages.set(port.ifindex, known)
    return known
  }

  /** Open vSwitch's silence is no proof that another NIC is behind its port. */
  #silence(device: rtnl.Link | undefined): string {
    if (this.#bridgesUnknown === undefined || device === undefined || !isInternalPort(device)) return ''
    return ` (what is behind it Open vSwitch does not say: ${this.#bridgesUnknown})`
  }
}

/** A rule is as good as the worst of its tunnels' paths. */
export function worstOf(paths: readonly TunnelPath[]): { path?: TunnelPath } {
  const path =
    paths.find(({ problem }) => problem !== undefined) ??
    paths.find(({ neighbour }) => neighbour === 'unresolved') ??
    paths[0]
  return path === undefined ? {} : { path }
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
    // What a bundle does not say is no refusal of the kernel's.
    if (error instanceof NicsteerError && error.code !== 'NOT_IN_BUNDLE') return error.message
    throw error
  }
}
