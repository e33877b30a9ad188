import type { IpAddress, PciAddress } from '../../base/types.js'
import type { devlink, ethtool, rtnl, tc } from '../../kernel/index.js'
import type { PfInfo } from '../../node/facts.js'
import type { OvsFacts } from '../../ovs/facts.js'
import type { Encapsulation, Fallback, Finding, OvsPorts } from '../../steering/model.js'
import type { Tunnel } from '../../steering/rule.js'
import type { TunnelPath } from '../preflight.js'
import type { KernelPart } from './kernel-parts.js'

/** What the checks look at: plain data, read once (gather.ts). Checks ask nothing themselves. */
export interface NodeState {
  root: boolean
  kernel: KernelState
  bpf: BpfState
  pfs: readonly PfState[]
  /** Of all devlink devices here: uplinks, VFs, scalable functions, other hosts' functions. */
  ports: readonly devlink.DevlinkPort[]
  links: readonly rtnl.Link[]
  addresses: readonly rtnl.Address[]
  /** Policy routing. */
  rules: readonly rtnl.Rule[]
  qdiscs: readonly tc.Qdisc[]
  filters: readonly tc.Filter[]
  /** Missing: there is none here. */
  ovs?: Read<OvsFacts>
  ovsPorts: OvsPorts
  vteps: readonly VtepState[]
  /** `all`, and devices that have VTEPs. */
  sysctls: Readonly<Record<string, ArpSettings>>
  networkd: { runs: boolean; keepsForeignRules: boolean }
  /** What the file wants; missing without one. */
  wanted?: WantedState
}

/** A fact, or why it isn't known. */
export type Read<T> = { value: T } | { unknown: string; errno?: number }

export function known<T>(read: Read<T> | undefined): T | undefined {
  return read !== undefined && 'value' in read ? read.value : undefined
}

export interface KernelState {
  /** `uname -r` */
  release: string
  /** File that has its configuration; missing where none can be read. */
  configSource?: string
  parts: Readonly<Record<KernelPart, PartState>>
  /** No module can be loaded any more (kernel.modules_disabled). */
  modulesFrozen: boolean
}

export interface PartState {
  /** As in the configuration; missing: not known. */
  config?: 'y' | 'm' | 'n'
  /** As in /proc/modules and /lib/modules; missing: not known. */
  module?: 'loaded' | 'built in' | 'loadable' | 'absent'
}

/** What the kernel and libbpf let programs do, or why that could not be tried. */
export interface BpfState {
  /** Why libbpf can't be used. */
  noLibrary?: string
  ringBuffer: Read<boolean>
  tcx: Read<boolean>
  tunnelLocalIp: Read<boolean>
  /** A program can be at the entry and exit of tc_setup_cb_add. */
  fentry: Read<boolean>
}

export interface PfState extends PfInfo {
  /** IDs as in sysfs: `15b3`, `a2d6`. */
  vendor: string
  device: string
  eswitch: Read<devlink.EswitchInfo>
  versions: Read<Pick<devlink.DevInfo, 'running' | 'stored'>>
  /** The driver did not come up again after a reload. */
  reloadFailed: boolean
  reporters: readonly devlink.HealthReporter[]
  /** UDP ports that the NIC parses as tunnels. */
  udpPorts: Read<readonly ethtool.UdpPortTable[]>
  /** hw-tc-offload of its VFs' representors, by name. */
  representorOffload: Readonly<Record<string, PfInfo['hwTcOffload']>>
}

/** A tunnel endpoint that this node is said to have. */
export interface VtepState {
  ip: IpAddress
  /** Who says so. */
  by: string
  /** The PF whose VFs' packets are to leave by it; missing where that can't be told. */
  pf?: PciAddress
  /** Device that is said to have it. */
  wantedDevice?: string
  /** Where it is: device, bits of the network, and what the kernel says of it. */
  at?: { device: string; prefix: number; flags: readonly rtnl.AddressFlag[] }
  paths: readonly PathState[]
}

export interface PathState extends TunnelPath {
  /** Nobody names a peer: an address of the VTEP's own network stands for all of them. */
  sample: boolean
}

/** linux/inetdevice.h IPV4_DEVCONF_*; Documentation/networking/ip-sysctl.rst */
export interface ArpSettings {
  rpFilter?: number
  arpIgnore?: number
  arpAnnounce?: number
}

export interface WantedState {
  /** Missing where the file leaves it to OVN, and OVN could not be asked. */
  encapsulation?: Encapsulation
  /** PFs that the file names; empty where it names none. */
  pfs: readonly PciAddress[]
  /** Rules as filters. */
  filters: readonly tc.FlowerFilter[]
  representors: readonly string[]
  tunnels: readonly { pf: PciAddress; tunnel: Tunnel }[]
  findings: readonly Finding[]
  /** Who is to carry what hardware refuses. */
  fallback: Fallback
  /** Why its rules can't be made. */
  refusal?: { code: string; text: string; hint: string }
}
