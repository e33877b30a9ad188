import type { IpAddress } from '../../base/types.js'
import type { conntrack } from '../../kernel/index.js'
import { showVf } from '../../steering/model.js'
import type { Reason } from '../reasons/index.js'
import { decideInHardware, type Evidence, type Verdict } from '../verdict.js'
import type { Chains } from './chains.js'
import type { FlowEvidence } from './evidence.js'
import type { PortOwner } from './expected.js'
import type { FlowTunnel, SeenFlow } from './seen-flow.js'
import { whySoftware } from './why-software.js'

export interface JudgedFlow extends Verdict {
  flow: SeenFlow
  owner?: PortOwner
  /** Of a flow into a tunnel; what is expected, of one from a VF. */
  expectedLocalIp?: IpAddress
  actualLocalIp?: IpAddress
  expectedRemoteIps?: readonly IpAddress[]
  actualRemoteIp?: IpAddress
  /** Of its rule in TC, where it has one. */
  evidence?: TcEvidence
}

export interface TcEvidence extends Omit<Evidence, 'present' | 'softwareOnly'> {
  connections?: FlowEvidence['connections']
}

export function isInHardware({ offloaded }: SeenFlow, rule: FlowEvidence['rule']): boolean {
  if (rule === undefined || rule === 'none') return offloaded === 'yes'
  return rule.inHw
}

/** DESIGN.md "Verdicts", of a flow of Open vSwitch. */
export function judgeFlow(flow: SeenFlow, chains: Chains, evidence: FlowEvidence): JudgedFlow {
  const { owner } = evidence
  const [tunnel] = flow.tunnels
  const known = tunnel === undefined ? {} : tunnelFacts(flow, tunnel, evidence)
  const seen = inTc(evidence)
  return {
    flow,
    ...(owner !== undefined && { owner }),
    ...known,
    ...(seen !== undefined && { evidence: seen }),
    ...decide(flow, chains, evidence, known),
  }
}

function inTc({ rule, moved, path, connections }: FlowEvidence): TcEvidence | undefined {
  if (rule === undefined || rule === 'none') return undefined
  const { inHw, inHwCount, hardware, software, holder, filter } = rule
  const cookie = filter.actions.find((action) => action.cookie !== undefined)?.cookie
  return {
    inHw,
    inHwCount,
    hardware,
    software,
    ...(holder !== undefined && { holder }),
    ...(cookie !== undefined && { cookie }),
    ...(moved !== undefined && { moved }),
    ...(path !== undefined && { path }),
    ...(connections !== undefined && { connections }),
  }
}

type TunnelFacts = Pick<JudgedFlow, 'expectedLocalIp' | 'actualLocalIp' | 'expectedRemoteIps' | 'actualRemoteIp'>

function tunnelFacts(flow: SeenFlow, tunnel: FlowTunnel, { owner, remoteVteps }: FlowEvidence): TunnelFacts {
  const receiver = owner === undefined || flow.multicast ? undefined : flow.dstMac
  // Of several tunnels one may be a mirror's, or the packet goes to more than one place.
  const alone = flow.tunnels.length === 1
  const expectedRemoteIps = receiver && alone ? remoteVteps(receiver, tunnel) : undefined
  return {
    ...(owner?.localIp !== undefined && { expectedLocalIp: owner.localIp }),
    ...(tunnel.localIp !== undefined && { actualLocalIp: tunnel.localIp }),
    ...(expectedRemoteIps !== undefined && { expectedRemoteIps }),
    actualRemoteIp: tunnel.remoteIp,
  }
}

function decide(flow: SeenFlow, chains: Chains, evidence: FlowEvidence, facts: TunnelFacts): Verdict {
  const wrong = wrongTunnel(flow, evidence, facts)
  if (wrong !== undefined) return { verdict: 'wrong', reason: wrong }
  const { rule, path, moved } = evidence
  if (isUntold(flow) && rule === undefined) {
    const hint = 'the dump was made without -m, which prints what is offloaded: ovs-appctl dpctl/dump-flows -m'
    return { verdict: 'suspect', reason: { code: 'NOT_PRINTED', hint, source: 'evidence' } }
  }
  if (!isInHardware(flow, rule)) return inSoftware(flow, evidence)
  const broken = chains.brokenBehind(flow)
  if (broken !== undefined) {
    const hint = `packets go on in recirc_id 0x${broken.toString(16)}, of which not every flow is in hardware: nicsteer flows --type non-offloaded`
    return { verdict: 'suspect', reason: { code: 'NEXT_CHAIN_NOT_OFFLOADED', hint, source: 'evidence' } }
  }
  if (chains.brokenBefore(flow)) {
    const hint = `no flow that leads to recirc_id 0x${flow.recircId.toString(16)} is in hardware, so no packet gets here there`
    return { verdict: 'suspect', reason: { code: 'CHAIN_BEFORE_NOT_OFFLOADED', hint, source: 'evidence' } }
  }
  const lost = evidence.connections?.find(isInNoHardware)
  if (lost !== undefined) {
    const hint = `of ${lost.offloaded} connections of zone ${lost.zone} that TC has in its flow table none is in hardware: their packets go on in software`
    return { verdict: 'suspect', reason: { code: 'CONNECTION_NOT_OFFLOADED', hint, source: 'evidence' } }
  }
  // Of a dump alone the flow's own count, which is of both.
  const nothing = { packets: 0, bytes: 0 }
  const counters =
    rule === undefined || rule === 'none'
      ? { hardware: { packets: flow.packets, bytes: flow.bytes }, software: nothing }
      : rule
  return decideInHardware({
    hardware: counters.hardware,
    software: counters.software,
    ...(path !== undefined && { path }),
    ...(moved !== undefined && { moved }),
  })
}

/** Quiet connections leave the flow table. In zone 0 are those of the host itself, too, which may have flow tables of its own. */
const isInNoHardware = ({ zone, offloaded, inHardware }: conntrack.OffloadedConnections) =>
  zone !== 0 && offloaded > 0 && inHardware === 0

/** Without `-m` a line says neither where the flow is nor whether it is offloaded (lib/dpctl.c, format_dpif_flow). */
const isUntold = ({ ufid, layer, offloaded }: SeenFlow) =>
  ufid === undefined && layer === undefined && offloaded === undefined

/** By another NIC than the VF's own, or to somebody else. What goes to all may be sent by any VTEP of the node. */
function wrongTunnel(
  { multicast }: SeenFlow,
  { owner, path, localVteps }: FlowEvidence,
  { expectedLocalIp, actualLocalIp, expectedRemoteIps, actualRemoteIp }: TunnelFacts,
): Reason | undefined {
  if (actualRemoteIp === undefined || owner === undefined) return undefined
  const allowed = multicast && actualLocalIp !== undefined && localVteps.has(actualLocalIp)
  if (actualLocalIp !== undefined && expectedLocalIp !== undefined && actualLocalIp !== expectedLocalIp && !allowed) {
    return {
      code: 'WRONG_LOCAL_IP',
      text: `the tunnel's source is ${actualLocalIp}, not ${expectedLocalIp} of ${showVf(owner.vf)} (${owner.why})`,
      hint: "OVN: external_ids:encap-ip of the VF's Interface; Open vSwitch alone: options:local_ip of the tunnel's Interface",
      source: 'evidence',
    }
  }
  if (expectedRemoteIps !== undefined && !expectedRemoteIps.includes(actualRemoteIp)) {
    return {
      code: 'WRONG_REMOTE_IP',
      text: `the tunnel goes to ${actualRemoteIp}, the destination is behind ${expectedRemoteIps.join(' or ')}`,
      hint: 'the exact tunnel is missing, so another of that chassis was taken: see its ovn-encap-ip, and ovn-sbctl list Encap',
      source: 'evidence',
    }
  }
  if (path?.problem === undefined || allowed) return undefined
  return {
    code: 'WRONG_ROUTE',
    text: path.problem,
    hint: `ip route get ${path.remoteIp} from ${path.localIp}`,
    source: 'evidence',
  }
}

function inSoftware(flow: SeenFlow, { rule, refusal, logged }: FlowEvidence): Verdict {
  const by = flow.layer === 'tc' || (rule !== undefined && rule !== 'none') ? 'tc' : 'ovs'
  const reason = refusal ?? whySoftware(flow, by, logged)
  return { verdict: 'software', by, reason, ...(reason.code === 'SLOW_PATH' && { intended: true }) }
}
