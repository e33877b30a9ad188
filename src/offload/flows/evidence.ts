import type { IpAddress, MacAddress } from '../../base/types.js'
import type { conntrack, tc } from '../../kernel/index.js'
import type { Holder } from '../holder.js'
import type { TunnelPath } from '../preflight.js'
import type { Reason } from '../reasons/index.js'
import type { PortOwner } from './expected.js'
import type { FlowTunnel } from './seen-flow.js'

/** The rule that Open vSwitch made of a flow, as TC has it. */
export interface FlowRule {
  filter: tc.FlowerFilter
  device: string
  chain: number
  priority: number
  handle?: number
  inHw: boolean
  inHwCount: number
  hardware: tc.Counters
  software: tc.Counters
  holder?: Holder
}

/** What a node knows of a flow, besides what the flow says itself. Of a saved dump alone, all of it is missing. */
export interface FlowEvidence {
  /** The VF that it comes from. */
  owner?: PortOwner
  /** All VTEPs of this node. */
  localVteps: ReadonlySet<IpAddress>
  /** Where a MAC is: any of these will do. */
  remoteVteps: (mac: MacAddress, tunnel: FlowTunnel) => readonly IpAddress[] | undefined
  /** How the kernel sends the packets of its tunnel. */
  path?: TunnelPath
  /** Undefined: TC wasn't asked. */
  rule?: FlowRule | 'none'
  moved?: { hardware: number; software: number }
  /** In the zones of its connection tracking, where TC has it in hardware. */
  connections?: readonly conntrack.OffloadedConnections[]
  /** Why it was refused, where somebody heard it. */
  refusal?: Reason
  /** Open vSwitch's log is at level debug; undefined where there is no Open vSwitch to ask. */
  logged?: boolean
}
