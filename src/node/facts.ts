import type { Ifindex, IpAddress, MacAddress, PciAddress } from '../base/types.js'
import type { OvsPorts } from '../steering/model.js'

/** What is on this node, as discovered (topology.ts). */

export interface VfInfo {
  index: number
  pci: PciAddress
  /** Netdev on the host's side; missing in legacy mode. */
  representor?: { name: string; ifindex: Ifindex; up: boolean }
  /** The VF's own netdevs, where they are in this namespace. */
  netdevs: string[]
  driver?: string
  /** Port function: the MAC that the NIC has for the VF. */
  mac?: MacAddress
}

export interface PfInfo {
  pci: PciAddress
  driver: string
  /** A stand-in of the lab, not a NIC: everything said of it is said of an emulation. */
  emulated: boolean
  firmware?: string
  uplink: { name: string; ifindex: Ifindex; up: boolean; carrier: boolean; mtu: number }
  /** Hex; empty where the kernel gives none (legacy mode). */
  switchId: string
  eswitchMode: 'legacy' | 'switchdev' | 'switchdev_inactive' | 'unknown'
  hwTcOffload: 'on' | 'off' | 'unsupported'
  vteps: IpAddress[]
  totalVfs: number
  vfs: VfInfo[]
}

/** One card; its PFs show the same switch id. */
export interface NicInfo {
  switchId: string
  pfs: PfInfo[]
}

/** Something missing between the parts: why this PF can't carry tunnels in hardware yet. */
export interface Gap {
  pf: PciAddress
  code: string
  text: string
  hint: string
}

export interface Topology {
  /** Missing where Open vSwitch has none here. */
  ovsPorts?: OvsPorts
  nics: NicInfo[]
  addresses: { ip: IpAddress; device: string; ifindex: Ifindex }[]
  gaps: Gap[]
}
