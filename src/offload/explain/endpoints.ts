import { isIP } from 'node:net'
import { NicsteerError } from '../../base/errors.js'
import { type IpAddress, type MacAddress, parseIp } from '../../base/types.js'
import type { PfInfo, Topology, VfInfo } from '../../node/facts.js'
import { pfsOf } from '../../node/topology.js'
import type { LogicalPort } from '../../ovs/logical-ports.js'
import { showVf, type VfId } from '../../steering/model.js'
import type { Rule } from '../../steering/rule.js'
import type { LoadedSteering } from '../../steering/spec/load.js'

interface Addressed {
  /** All that are known. */
  ips: readonly IpAddress[]
  /** The one that somebody asked for. */
  askedIp?: IpAddress
  /** Who says which MAC it has, where that is not the file and not our rules. */
  by?: string
}

/** A VF of this node. */
export interface LocalParty extends Addressed {
  kind: 'local'
  id: VfId
  pf: PfInfo
  vf: VfInfo
  mac?: MacAddress
}

/** Somebody behind a tunnel. */
export interface RemoteParty extends Addressed {
  kind: 'remote'
  mac: MacAddress
  node?: string
}

export type Party = LocalParty | RemoteParty

/** What is known of who is who, besides the node. */
export interface Known {
  topology: Topology
  file?: LoadedSteering['steering'] | undefined
  /** Installed, or wanted. */
  rules: readonly Rule[]
  /** Open vSwitch's interfaces by iface-id: what a pod's interface is called there. */
  interfaces: ReadonlyMap<string, string>
  /** Of OVN: all in networks of this node, or in that of the sender. */
  ports: readonly LogicalPort[]
  /** Which IP has which MAC, by flows of the sender. */
  neighbours: ReadonlyMap<IpAddress, MacAddress>
  /** Why OVN was not asked. */
  portsUnknown?: string | undefined
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
const HOW =
  'give a MAC, an IP of spec.networks or of OVN, a pod by its iface-id, or a VF: PF/NUMBER, its PCI address, representor or netdev'

/**
 * @param text as a person writes it
 * @throws NicsteerError UNKNOWN_ENDPOINT, NOT_A_VF
 */
export function findParty(text: string, known: Known): Party {
  const name = text.trim().toLowerCase()
  if (MAC.test(name)) return partyOfMac(name as MacAddress, known)
  if (isIP(name) !== 0) return partyOfIp(parseIp(name), known)
  const device = known.interfaces.get(text.trim())
  const local = findVf(device ?? text.trim(), known)
  if (local !== undefined) return local
  const port = known.ports.find((one) => one.name === text.trim())
  const [address] = port?.addresses ?? []
  if (port !== undefined && address !== undefined && device === undefined) {
    const { mac, ips } = address
    return { kind: 'remote', mac, ips, by: byPort(port), ...(port.node !== undefined && { node: port.node }) }
  }
  if (device !== undefined) {
    throw new NicsteerError('NOT_A_VF', `pod ${text} has interface ${device}, which is no representor of a VF`, {
      hint: 'its packets are not in any NIC; give a pod that has a VF',
    })
  }
  throw unknown(text, known)
}

function unknown(text: string, { portsUnknown }: Known): NicsteerError {
  const hint = portsUnknown === undefined ? HOW : `${HOW}; OVN does not say: ${portsUnknown}`
  return new NicsteerError('UNKNOWN_ENDPOINT', `nobody here is called ${text}`, { hint })
}

const byPort = ({ name }: LogicalPort) => `OVN's logical port ${name}`

/** @throws NicsteerError UNKNOWN_ENDPOINT, NOT_OF_THIS_NODE */
export function findSender(text: string, known: Known): LocalParty {
  const party = findParty(text, known)
  if (party.kind === 'local') return party
  throw new NicsteerError('NOT_OF_THIS_NODE', `${text} is no VF of this node`, {
    hint: 'ask on the node that it is on; what is sent to it from here: --to',
  })
}

export function showParty(party: Party): string {
  if (party.kind === 'remote') return party.node === undefined ? party.mac : `${party.mac} on ${party.node}`
  return party.mac === undefined ? showVf(party.id) : `${showVf(party.id)} (${party.mac})`
}

function findVf(name: string, known: Known): LocalParty | undefined {
  const lower = name.toLowerCase()
  for (const pf of pfsOf(known.topology)) {
    for (const vf of pf.vfs) {
      const numbered = [`${pf.pci}/${vf.index}`, `${pf.uplink.name}/${vf.index}`]
      const names = [...numbered, vf.pci, vf.representor?.name, ...vf.netdevs]
      if (names.includes(name) || names.includes(lower)) return asLocal(pf, vf, known)
    }
  }
  return undefined
}

function asLocal(pf: PfInfo, vf: VfInfo, known: Known): LocalParty {
  const id = { pf: pf.pci, index: vf.index }
  const port = portOf(vf, known)
  const [address] = port?.addresses ?? []
  const mac = macOfRules(id, known) ?? address?.mac ?? vf.mac
  const ips = known.file?.networks.flatMap(({ local }) => local).find((one) => one.mac === mac)?.ips
  return { kind: 'local', id, pf, vf, ips: ips ?? address?.ips ?? [], ...(mac !== undefined && { mac }) }
}

/** What OVN knows of the interface of a VF. */
function portOf({ representor }: VfInfo, { interfaces, ports }: Known): LogicalPort | undefined {
  return ports.find(({ name }) => representor !== undefined && interfaces.get(name) === representor.name)
}

/** Of the sender's network alone: elsewhere the same addresses may be somebody else's. */
export function networkOf({ vf }: LocalParty, known: Known): LogicalPort[] {
  const own = portOf(vf, known)
  return known.ports.filter(({ network }) => network === own?.network)
}

const isSame = (one: VfId | undefined, other: VfId) => one?.pf === other.pf && one.index === other.index

/** Rules know it best: they match it. Of the NIC's own MACs a guest may use others. */
function macOfRules(id: VfId, { rules }: Known): MacAddress | undefined {
  return rules.find((rule) => isSame(rule.vf, id) && rule.match.srcMac !== undefined)?.match.srcMac
}

function partyOfMac(mac: MacAddress, known: Known): Party {
  const vf = known.rules.find((rule) => rule.match.srcMac === mac)?.vf
  const port = known.ports.find(({ addresses }) => addresses.some((one) => one.mac === mac))
  const device = port && known.interfaces.get(port.name)
  for (const pf of pfsOf(known.topology)) {
    for (const one of pf.vfs) {
      const isHere = isSame(vf, { pf: pf.pci, index: one.index }) || one.mac === mac
      const isPort = device !== undefined && device === one.representor?.name
      if (isHere || isPort) return { ...asLocal(pf, one, known), mac }
    }
  }
  const inFile = known.file?.networks.flatMap(({ remote }) => remote).find((one) => one.mac === mac)
  const ips = inFile?.ips ?? port?.addresses.find((one) => one.mac === mac)?.ips ?? []
  const node = inFile?.node ?? port?.node
  return { kind: 'remote', mac, ips, ...(node !== undefined && { node }), ...(port && { by: byPort(port) }) }
}

/** @throws NicsteerError UNKNOWN_ENDPOINT */
function partyOfIp(ip: IpAddress, known: Known): Party {
  const { file, ports, neighbours } = known
  const endpoints = file?.networks.flatMap(({ local, remote }) => [...local, ...remote]) ?? []
  const addresses = ports.flatMap((port) => port.addresses)
  const mac = [...endpoints, ...addresses].find(({ ips }) => ips.includes(ip))?.mac
  const seen = mac ?? neighbours.get(ip)
  if (seen === undefined) throw unknown(ip, known)
  const party = { ...partyOfMac(seen, known), askedIp: ip }
  return mac === undefined ? { ...party, by: 'flows of the sender, which match both' } : party
}
