import { NicsteerError } from '../base/errors.js'
import { parseVni } from '../base/types.js'
import type { ChassisVteps, Encapsulation, Finding, LocalEndpoint, Network, RemoteEndpoint } from '../steering/model.js'
import { chassisVteps, encapIps } from './chassis-vteps.js'
import { type Addresses, addressesOf, vtepOf } from './endpoints.js'
import type { LocalOvs, OvsInterface } from './local.js'
import { explicitVtep, ovnChoice } from './local-port.js'
import type { Datapath, PortBinding, Southbound, SouthboundChassis } from './southbound.js'
import { encapsulationOf, Pairs, remoteText, type Way, wayTo } from './way.js'

/** What OVN's databases say of this node, in the model's words. */
export interface Overlay {
  chassis: ChassisVteps
  encapsulation: Encapsulation
  networks: readonly Network[]
  /** The datapath of each network. */
  datapaths: readonly Datapath[]
  findings: readonly Finding[]
}

const PATH = ['spec', 'source']

/**
 * Pure: makes networks of what was read. Local endpoints are the logical ports on our representors; whoever else is in their networks is
 * remote, left to OVS and named, or not there.
 * @param representors interfaces of VFs
 * @throws NicsteerError NO_CHASSIS, NO_ENCAPSULATION, BAD_EXTERNAL_ID, PLANE_CONTRADICTION
 */
export function overlayOf(local: LocalOvs, southbound: Southbound, representors: ReadonlySet<string>): Overlay {
  const reader = new Reader(local, southbound)
  const ours = local.interfaces.filter(({ name, ifaceId }) => ifaceId !== undefined && representors.has(name))
  for (const { name, ifaceId } of ours) {
    if (!southbound.ports.some(({ logical_port }) => logical_port === ifaceId)) reader.notBound(name, ifaceId ?? '')
  }
  const byPort = new Map(ours.map((one) => [one.ifaceId ?? '', one]))
  const networks = southbound.datapaths.map((datapath) => reader.network(datapath, byPort))
  if (ours.length === 0) reader.noPorts()
  reader.otherZones()
  return {
    chassis: reader.vteps,
    encapsulation: reader.encapsulation,
    networks,
    datapaths: southbound.datapaths,
    findings: reader.findings,
  }
}

class Reader {
  readonly vteps: ChassisVteps
  readonly encapsulation: Encapsulation
  readonly findings: Finding[] = []
  readonly #southbound: Southbound
  readonly #here: SouthboundChassis
  readonly #order: readonly string[]
  readonly #ways = new Map<string, Way | string>()
  readonly #names = new Set<string>()

  constructor(local: LocalOvs, southbound: Southbound) {
    this.#southbound = southbound
    this.#here = hereOf(local, southbound)
    this.#order = encapIps(local)
    this.vteps = chassisVteps(local)
    this.encapsulation = encapsulationOf(this.#here, southbound.encaps)
  }

  network(datapath: Datapath, ours: ReadonlyMap<string, OvsInterface>): Network {
    const locals: LocalEndpoint[] = []
    const remotes: RemoteEndpoint[] = []
    const left = new Map<string, string[]>()
    const leave = (why: string, { logical_port }: PortBinding) =>
      left.set(why, [...(left.get(why) ?? []), logical_port])
    const name = this.#nameOf(datapath)
    const pairs = new Pairs()
    const ports = this.#southbound.ports.filter((port) => port.datapath === datapath.uuid)
    for (const port of [...ports].sort((a, b) => a.tunnel_key - b.tunnel_key)) {
      const chassis = port.chassis === undefined ? undefined : this.#southbound.chassis.get(port.chassis)
      const iface = ours.get(port.logical_port)
      const why = notAnEndpoint(port)
      if (why !== undefined) {
        leave(why, port)
      } else if (iface !== undefined && chassis?.uuid !== this.#here.uuid) {
        leave(`bound ${chassis === undefined ? 'nowhere yet' : `to chassis ${chassis.name}`}, not to this one`, port)
      } else if (iface !== undefined) {
        const addresses = this.#addresses(port, name)
        if (addresses !== undefined) locals.push(this.#localEndpoint(port, iface, addresses))
      } else if (chassis?.uuid === this.#here.uuid) {
        leave('on this node, but not on a VF', port)
      } else if (chassis !== undefined) {
        const remote = this.#remoteEndpoint(port, chassis, name, pairs)
        if (remote !== undefined) remotes.push(remote)
      }
    }
    for (const [why, names] of left) {
      this.#find(
        'PORTS_LEFT_TO_OVS',
        `network ${name}: ${names.join(', ')}: ${why}`,
        'no rule is made for these ports; Open vSwitch carries their traffic',
      )
    }
    for (const { ip, why } of new Map(
      locals.flatMap(({ ovn }) => (ovn ? [[ovn.choice.ip, ovn.choice] as const] : [])),
    ).values()) {
      pairs.findings(name, ip, why, this.findings)
    }
    const bum = 'ovs' as const
    return { name, vni: parseVni(datapath.tunnel_key), local: locals, remote: remotes, bum, intraNode: false }
  }

  notBound(device: string, ifaceId: string): void {
    this.#find(
      'NO_PORT_BINDING',
      `${device} has iface-id ${ifaceId}, which is no logical port of the southbound database`,
      "check that this is the right database, and the port's name: ovn-nbctl show",
    )
  }

  noPorts(): void {
    this.#find(
      'NO_VF_IN_OVN',
      'no representor is an interface of the local Open vSwitch with an iface-id: there is nothing to steer',
      'ovs-vsctl add-port br-int REPRESENTOR -- set Interface REPRESENTOR external_ids:iface-id=PORT',
    )
  }

  /** Interconnection: behind transit switches that no VF of ours is in, pods of other zones are reached by routing. */
  otherZones(): void {
    const here = new Set(this.#southbound.datapaths.map(({ uuid }) => uuid))
    const names = this.#southbound.remotePorts
      .filter(({ datapath }) => !here.has(datapath))
      .map((one) => one.logical_port)
      .sort()
    if (names.length === 0) return
    this.#find(
      'INTERCONNECT_NOT_COVERED',
      `${names.length} ports of other zones (${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}) are in transit switches without a VF of this node`,
      'what is behind them is reached by routing, which is left to Open vSwitch',
    )
  }

  #localEndpoint(port: PortBinding, iface: OvsInterface, { mac, ips }: Addresses): LocalEndpoint {
    const bound = port.encap === undefined ? undefined : this.#southbound.encaps.get(port.encap)
    const choice = ovnChoice(port, iface, bound, this.#here, this.#order)
    const ovn = { port: port.logical_port, choice }
    const endpoint = { vf: iface.name, mac, ips, key: port.tunnel_key }
    const explicit = explicitVtep(port, iface, this.vteps.all)
    if (explicit === undefined) return { ...endpoint, ovn }
    if ('code' in explicit) {
      this.findings.push(explicit)
      return { ...endpoint, ovn }
    }
    const { vtep, plane, vtepBy } = explicit
    return { ...endpoint, vtep, plane, ovn: { ...ovn, vtepBy } }
  }

  #remoteEndpoint(
    port: PortBinding,
    chassis: SouthboundChassis,
    network: string,
    pairs: Pairs,
  ): RemoteEndpoint | undefined {
    const way = this.#wayTo(chassis)
    const addresses = way && this.#addresses(port, network)
    if (way === undefined || addresses === undefined) return undefined
    const tied = port.encap === undefined ? undefined : this.#southbound.encaps.get(port.encap)
    const vtep = vtepOf(remoteText(tied, way))
    if (vtep === undefined) {
      this.#find(
        'BAD_ENCAP',
        `port ${port.logical_port}: the VTEP of chassis ${chassis.name} is no address`,
        'ovn-sbctl list Encap',
      )
      return undefined
    }
    pairs.add(way, tied?.ip, port.logical_port)
    return {
      ...addresses,
      vtep: vtep.ip,
      plane: vtep.plane,
      key: port.tunnel_key,
      node: chassis.hostname || chassis.name,
    }
  }

  /** Undefined, and named once, where OVN has no tunnel to a chassis: there is never "any tunnel" instead. */
  #wayTo(chassis: SouthboundChassis): Way | undefined {
    const before = this.#ways.get(chassis.uuid)
    const way = before ?? wayTo(this.#here, chassis, this.encapsulation, this.#southbound.encaps)
    this.#ways.set(chassis.uuid, way)
    if (typeof way !== 'string') return way
    if (before === undefined)
      this.#find('NO_TUNNEL_TO_CHASSIS', `chassis ${chassis.name}: ${way}`, 'its ports are left out')
    return undefined
  }

  #addresses(port: PortBinding, network: string): Addresses | undefined {
    const { addresses, words } = addressesOf(port)
    const [first, second] = addresses
    const what = `network ${network}, port ${port.logical_port}`
    if (first === undefined) {
      this.#find(
        'NO_ADDRESS',
        `${what} has no MAC address${words.length > 0 ? ` (${words.join(', ')})` : ''}`,
        'it is left out; ovn-nbctl lsp-set-addresses PORT "MAC IP"',
      )
    } else if (second !== undefined || words.length > 0) {
      this.#find(
        'MORE_ADDRESSES',
        `${what} has more addresses than ${first.mac}: ${[...addresses.slice(1).map(({ mac }) => mac), ...words].join(', ')}`,
        'the first is steered, the others are left to Open vSwitch',
      )
    }
    return first
  }

  #nameOf({ external_ids, tunnel_key }: Datapath): string {
    const name = external_ids.get('name') ?? `datapath ${tunnel_key}`
    const own = this.#names.has(name) ? `${name} (${tunnel_key})` : name
    this.#names.add(own)
    return own
  }

  #find(code: string, text: string, hint: string): void {
    this.findings.push({ code, text, hint, path: PATH })
  }
}

/** Why a port is nobody that a tunnel could lead to or come from. */
function notAnEndpoint({ type, parent_port }: PortBinding): string | undefined {
  if (parent_port !== undefined) return `nested in ${parent_port}, behind a VLAN tag`
  return type === '' || type === 'remote' ? undefined : `of type ${type}`
}

/** The chassis of this node. @throws NicsteerError NO_CHASSIS */
function hereOf({ systemId }: LocalOvs, { chassis }: Southbound): SouthboundChassis {
  const found = [...chassis.values()].find(({ name }) => name === systemId)
  if (found !== undefined) return found
  const what =
    systemId === undefined
      ? 'the local Open vSwitch has no system-id'
      : `the southbound database has no chassis ${systemId}`
  throw new NicsteerError('NO_CHASSIS', what, { hint: 'check that ovn-controller runs here and is connected' })
}
