import { NicsteerError } from '../../base/errors.js'
import type { MacAddress } from '../../base/types.js'
import type { PfInfo, Topology, VfInfo } from '../../node/facts.js'
import { pfsOf } from '../../node/topology.js'
import { showVf, type VfId } from '../../steering/model.js'
import type { Rule } from '../../steering/rule.js'
import type { LoadedSteering } from '../../steering/spec/load.js'

/** A VF of this node. */
export interface LocalParty {
  kind: 'local'
  id: VfId
  pf: PfInfo
  vf: VfInfo
  mac?: MacAddress
}

/** Somebody behind a tunnel. */
export interface RemoteParty {
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
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
const HOW =
  'give a MAC, an IP of spec.networks, a pod by its iface-id, or a VF: PF/NUMBER, its PCI address, representor or netdev'

/**
 * @param text as a person writes it
 * @throws NicsteerError UNKNOWN_ENDPOINT
 */
export function findParty(text: string, known: Known): Party {
  const name = text.trim().toLowerCase()
  const mac = MAC.test(name) ? (name as MacAddress) : macOfIp(name, known)
  if (mac !== undefined) return partyOfMac(mac, known)
  const local = findVf(known.interfaces.get(text) ?? text, known)
  if (local !== undefined) return local
  throw new NicsteerError('UNKNOWN_ENDPOINT', `nobody here is called ${text}`, { hint: HOW })
}

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
  const mac = macOfVf(id, vf, known)
  return { kind: 'local', id, pf, vf, ...(mac !== undefined && { mac }) }
}

const isSame = (one: VfId | undefined, other: VfId) => one?.pf === other.pf && one.index === other.index

/** Rules know it best: they match it. Of the NIC's own MACs a guest may use others. */
function macOfVf(id: VfId, vf: VfInfo, { rules }: Known): MacAddress | undefined {
  return rules.find((rule) => isSame(rule.vf, id) && rule.match.srcMac !== undefined)?.match.srcMac ?? vf.mac
}

function partyOfMac(mac: MacAddress, known: Known): Party {
  const vf = known.rules.find((rule) => rule.match.srcMac === mac)?.vf
  for (const pf of pfsOf(known.topology)) {
    for (const one of pf.vfs) {
      if (isSame(vf, { pf: pf.pci, index: one.index }) || one.mac === mac) return { ...asLocal(pf, one, known), mac }
    }
  }
  const node = known.file?.networks.flatMap(({ remote }) => remote).find((one) => one.mac === mac)?.node
  return { kind: 'remote', mac, ...(node !== undefined && { node }) }
}

function macOfIp(ip: string, { file }: Known): MacAddress | undefined {
  const endpoints = file?.networks.flatMap(({ local, remote }) => [...local, ...remote]) ?? []
  return endpoints.find(({ ips }) => ips.some((one) => one === ip))?.mac
}
