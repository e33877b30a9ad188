import type { IpAddress, MacAddress } from '../../base/types.js'

/** An OVS data path flow, as far as a verdict depends on it; made of a line of `dpctl/dump-flows -m`. */
export interface SeenFlow {
  /** With `-m` only. */
  ufid?: string
  /** Name of the port, or its number where names were not asked for. */
  inPort?: string
  recircId: number
  srcMac?: MacAddress
  /** That packets have when they leave: also one that an action sets. Missing where it isn't one address. */
  dstMac?: MacAddress
  /** Broadcast or multicast. */
  multicast: boolean
  /** Outer addresses that it matches: what comes out of a tunnel. */
  from?: { localIp?: IpAddress; remoteIp?: IpAddress }
  /** Outer headers that it writes. */
  tunnels: readonly FlowTunnel[]
  /** Ports that packets go out of. */
  outputs: readonly string[]
  /** Chains that packets go on in. */
  recirculates: readonly number[]
  conntrack: boolean
  /** Of its connection tracking. */
  ctZones?: readonly number[]
  /** Some of the packets go to ovs-vswitchd. */
  slowPath: boolean
  /** `yes`, `partial`; nothing is printed for no. */
  offloaded?: string
  /** `ovs`, `tc`, `dpdk` … */
  layer?: string
  packets: number
  bytes: number
  /** Of builds that print why a flow is not offloaded. */
  told?: string
}

export interface FlowTunnel {
  /** Missing: the kernel's route chooses it. */
  localIp?: IpAddress
  remoteIp: IpAddress
  vni: number
  /** Tunnel device. */
  device?: string
}
