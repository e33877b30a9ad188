import { NicsteerError } from '../base/errors.js'
import { parseVni } from '../base/types.js'
import type { ChassisVteps, Encapsulation, Finding, LocalEndpoint, Network, RemoteEndpoint } from '../steering/model.js'
import { chassisVteps, encapIps } from './chassis-vteps.js'
import { type Addresses, addressesOf, vtepOf } from './endpoints.js'
import { few } from './few.js'
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
    const byDefault = local.setting('ovn-encap-ip-default')
    if (byDefault !== undefined && this.vteps.default === undefined) {
      const text = `ovn-encap-ip-default is ${byDefault}, which is none of ovn-encap-ip`
      this.#find('UNKNOWN_ENCAP_IP', text, `OVN ignores it, and so does nicsteer; one of: ${this.#order.join(', ')}`)
    }
  }

  network(datapath: Datapath, ours: ReadonlyMap<string, OvsInterface>): Network {
    const local: LocalEndpoint[] = []
    const remote: RemoteEndpoint[] = []
    const left = new Map<string, string[]>()
    const macs = new Set<string>()
    const pairs = new Pairs()
    const name = this.#nameOf(datapath)
    const ports = this.#southbound.ports.filter((port) => port.datapath === datapath.uuid)
    for (const port of ports.sort((a, b) => a.tunnel_key - b.tunnel_key)) {
      const place = this.#placeOf(port, ours.get(port.logical_port))
      if (typeof place === 'string') left.set(place, [...(left.get(place) ?? []), port.logical_port])
      const addresses = typeof place === 'object' ? this.#addresses(port, name, macs) : undefined
      if (typeof place !== 'object' || addresses === undefined) continue
      if ('iface' in place) local.push(this.#localEndpoint(port, place.iface, addresses))
      else remote.push(...this.#remoteEndpoint(port, place.way, addresses, pairs))
    }
    for (const [why, names] of left) {
      const hint = 'no rule is made for these ports; Open vSwitch carries their traffic'
      this.#find('PORTS_LEFT_TO_OVS', `network ${name}: ${few(names)}: ${why}`, hint)
    }
    const choices = new Map(local.flatMap(({ ovn }) => (ovn ? [[ovn.choice.ip, ovn.choice.why] as const] : [])))
    for (const [ip, why] of choices) pairs.findings(name, ip, why, this.findings)
    return { name, vni: parseVni(datapath.tunnel_key), local, remote, bum: 'ovs', intraNode: false }
  }

  /** Where a port is: on a VF of ours, behind a tunnel, left to OVS for the reason given, or nowhere that rules could lead to. */
  #placeOf(
    port: PortBinding,
    iface: OvsInterface | undefined,
  ): { iface: OvsInterface } | { way: Way } | string | undefined {
    const chassis = port.chassis === undefined ? undefined : this.#southbound.chassis.get(port.chassis)
    const isHere = chassis?.uuid === this.#here.uuid
    const why = notAnEndpoint(port)
    if (why !== undefined) return why
    if (iface !== undefined && isHere) return { iface }
    if (iface !== undefined)
      return `bound ${chassis === undefined ? 'nowhere yet' : `to chassis ${chassis.name}`}, not to this one`
    if (isHere) return 'on this node, but not on a VF'
    const way = chassis && this.#wayTo(chassis)
    return way && { way }
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
      `ports of other zones (${few(names)}) are in transit switches without a VF of this node`,
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

  #remoteEndpoint(port: PortBinding, way: Way, addresses: Addresses, pairs: Pairs): RemoteEndpoint[] {
    const tied = port.encap === undefined ? undefined : this.#southbound.encaps.get(port.encap)
    const vtep = vtepOf(remoteText(tied, way))
    const { name, hostname } = way.chassis
    if (vtep === undefined) {
      this.#find(
        'BAD_ENCAP',
        `port ${port.logical_port}: the VTEP of chassis ${name} is no address`,
        'ovn-sbctl list Encap',
      )
      return []
    }
    pairs.add(way, tied?.ip, port.logical_port)
    return [{ ...addresses, vtep: vtep.ip, plane: vtep.plane, key: port.tunnel_key, node: hostname || name }]
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

  /** @param taken MACs of the network's other ports */
  #addresses(port: PortBinding, network: string, taken: Set<string>): Addresses | undefined {
    const { addresses, words } = addressesOf(port)
    const [first, ...others] = addresses
    const what = `network ${network}, port ${port.logical_port}`
    if (first === undefined) {
      const has = words.length > 0 ? ` (${words.join(', ')})` : ''
      this.#find(
        'NO_ADDRESS',
        `${what} has no MAC address${has}`,
        'it is left out; ovn-nbctl lsp-set-addresses PORT "MAC IP"',
      )
      return undefined
    }
    if (taken.has(first.mac)) {
      this.#find(
        'SAME_MAC_TWICE',
        `${what} has the MAC ${first.mac} of another port`,
        'it is left out; each needs its own',
      )
      return undefined
    }
    taken.add(first.mac)
    const more = [...others.map(({ mac }) => mac), ...words]
    if (more.length > 0) {
      const hint = 'the first is steered, the others are left to Open vSwitch'
      this.#find('MORE_ADDRESSES', `${what} has more addresses than ${first.mac}: ${more.join(', ')}`, hint)
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
