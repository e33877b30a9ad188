import type { IpAddress, MacAddress, PciAddress, Vni } from '../base/types.js'

/** Plain data that the decisions are made of: what is wanted (Steering), and what is there (NodeFacts). */

export type TunnelType = 'geneve' | 'vxlan'

/** One GENEVE option (RFC 8926 section 3.5). */
export interface TunnelOption {
  class: number
  type: number
  /** Hex, a multiple of 4 bytes. */
  data: string
}

/** What a tunnel carries besides the VNI: nothing, OVN's keys, or options of the user's. */
export type OptionsLayout = 'none' | 'ovn' | readonly TunnelOption[]

export interface Encapsulation {
  type: TunnelType
  /** UDP destination port. */
  port: number
  options: OptionsLayout
  /** Outer TTL or hop limit. */
  ttl: number
}

/** Where in the user's file something stands, as keys and indices from the top. */
export type Path = readonly (string | number)[]

export interface NicSpec {
  /** As written: PCI address or name of the uplink netdev. */
  pf: string
  vtep: IpAddress
  /** Netdev that has the VTEP's address, where it isn't the uplink. */
  device?: string | undefined
  plane: string
  /** Which source of truth says so, and what that overrides, in words; the file alone where missing. */
  chosenBy?: string
}

/** A VF as a user names it: its PF and number, or its PCI address, representor or own netdev, or what OVS calls its interface. */
export type VfName = { pf: string; index: number } | { ifaceId: string } | string

export interface LocalEndpoint {
  vf: VfName
  mac: MacAddress
  ips: readonly IpAddress[]
  /** OVN's tunnel key of the port. */
  key?: number | undefined
  /** Instead of the VTEP of the VF's own PF. */
  vtep?: IpAddress | undefined
  /** Plane of that VTEP, where it is written with it. */
  plane?: string | undefined
  /** Of networks that come from OVN. */
  ovn?: OvnPort
}

/** What OVN has to say about a local endpoint. */
export interface OvnPort {
  /** Logical port. */
  port: string
  /** Where `vtep` is written: only with that. It is one of the node's `ovn-encap-ip`. */
  vtepBy?: string
  /** The VTEP that OVN itself sends by. */
  choice: { ip: IpAddress; why: string }
}

export interface RemoteEndpoint {
  mac: MacAddress
  ips: readonly IpAddress[]
  vtep: IpAddress
  plane: string
  key?: number | undefined
  node?: string | undefined
}

export interface Network {
  name: string
  /** OVN: the datapath's tunnel key. */
  vni: Vni
  local: readonly LocalEndpoint[]
  remote: readonly RemoteEndpoint[]
  /** Who copies broadcast, multicast and what else goes to all: rules of ours where missing, or OVS. */
  bum?: 'ovs'
  /** False: no tunnels between two NICs of this node, because OVN's pipeline would be skipped. */
  intraNode?: boolean
}

/** Where networks are read from instead of the file: OVN's southbound database, and the node's own Open vSwitch. */
export interface OvnSource {
  /** OVSDB addresses; the usual places where missing. */
  southbound?: string | undefined
  ovs?: string | undefined
  /** Names of networks whose VFs may reach each other around OVN's pipeline. */
  stateless: readonly string[]
  /** What the file says; OVN must agree. */
  encapsulation?: Encapsulation | undefined
}

/** The VTEPs of a node in the words of its Open vSwitch (external_ids of the table Open_vSwitch). */
export interface ChassisVteps {
  /** `ovn-pf-encap-ip-mapping`. */
  mapping: readonly Vtep[]
  /** `ovn-encap-ip-default`. */
  default?: Vtep
  /** `ovn-encap-ip`, sorted as text, as OVN does. */
  all: readonly Vtep[]
}
export interface Vtep {
  /** PF that it is of; only in the mapping. */
  pf?: string
  ip: IpAddress
  plane: string
}

/** Who carries what hardware refuses: TC's software alone, or the BPF data path. */
export type Fallback = 'never' | 'refused'

export interface Steering {
  encapsulation: Encapsulation
  fallback: Fallback
  /** Pairs of planes between which NICs of one node may tunnel. */
  crossPlane: readonly (readonly [string, string])[]
  nics: readonly NicSpec[]
  networks: readonly Network[]
  /** Still to be read: ovs/source.ts makes networks of it. */
  source?: OvnSource
  chassis?: ChassisVteps
}

export interface VfFacts {
  index: number
  pci: PciAddress
  /** The VF's own netdevs, where they are in this namespace. */
  netdevs: readonly string[]
  representor?: string
}

export interface PfFacts {
  pci: PciAddress
  uplink: string
  /** Hex; both ports of one card have the same. */
  switchId: string
  vfs: readonly VfFacts[]
}

/** What Open vSwitch has as ports of its own: the ingress qdisc there, and the first priorities in it, are OVS's. */
export interface OvsPorts {
  /** Netdevs. */
  representors: readonly string[]
  tunnels: readonly { type: TunnelType; port: number }[]
}

export interface NodeFacts {
  pfs: readonly PfFacts[]
  /** Missing: none. */
  ovsPorts?: OvsPorts
  addresses: readonly { ip: IpAddress; device: string }[]
}

/** A VF, by what doesn't change with names. */
export interface VfId {
  pf: PciAddress
  index: number
}

/** Something about one pair or endpoint that no rule can be made for. */
export interface Finding {
  code: string
  text: string
  hint: string
  path: Path
}

export const showVf = ({ pf, index }: VfId): string => `${pf} VF ${index}`
