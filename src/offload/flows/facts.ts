import { orElse } from '../../base/errors.js'
import type { IpAddress, MacAddress } from '../../base/types.js'
import { type conntrack, rtnl } from '../../kernel/index.js'
import type { Topology } from '../../node/facts.js'
import { discover, nodeFacts, pfsOf } from '../../node/topology.js'
import { LOCAL_OVS, readLocalOvs } from '../../ovs/local.js'
import { type RemoteVteps, readRemoteVteps } from '../../ovs/remote-vteps.js'
import { readRefusalLog } from '../../ovs/vlog/index.js'
import { resolve } from '../../steering/resolve.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { TunnelPaths } from '../preflight.js'
import type { Session } from '../session.js'
import type { TraceEvent } from '../trace/event.js'
import { matchTrace, matchTraceByCookie } from '../trace/match.js'
import { reasonOf } from '../trace/refusal.js'
import { Connections } from './connections.js'
import type { FlowEvidence, FlowRule } from './evidence.js'
import { ownersOf, type PortOwner } from './expected.js'
import { LoggedReasons } from './logged.js'
import { type EarlierRules, movedOf } from './moved.js'
import { cookieOfUfid, rulesOfOvs } from './rules-of-ovs.js'
import type { FlowTunnel, SeenFlow } from './seen-flow.js'

/** What a node knows of Open vSwitch's flows. Of a dump that comes from elsewhere, nothing is known but what it says. */
export interface FlowFacts {
  owners: ReadonlyMap<string, PortOwner>
  localVteps: ReadonlySet<IpAddress>
  remoteVteps: FlowEvidence['remoteVteps']
  pathOf(tunnel: { localIp: IpAddress; remoteIp: IpAddress }, owner: PortOwner): FlowEvidence['path']
  /** By cookie; undefined: TC wasn't asked. */
  rules: ReadonlyMap<string, FlowRule> | undefined
  /** Of a zone of connection tracking. */
  connections(zone: number): conntrack.OffloadedConnections | undefined
  /** Why hardware refused it, where it was heard. @param rule that was made of it */
  refusalOf(flow: SeenFlow, rule: FlowRule | 'none'): FlowEvidence['refusal']
  /** Open vSwitch's log is at level debug; undefined where there is no Open vSwitch to ask. */
  logged: boolean | undefined
  /** What its counters did while we looked; undefined where we looked once. */
  movedOf(cookie: string, rule: FlowRule): FlowEvidence['moved']
  /** A port of a NIC that is the lab's stand-in; undefined where the NICs are not known. */
  isEmulated(ports: readonly string[]): boolean | undefined
}

export const NO_FACTS: FlowFacts = {
  owners: new Map(),
  localVteps: new Set(),
  remoteVteps: () => undefined,
  pathOf: () => undefined,
  rules: undefined,
  refusalOf: () => undefined,
  connections: () => undefined,
  logged: undefined,
  movedOf: () => undefined,
  isEmulated: () => undefined,
}

export interface FlowOptions {
  /** What the kernel said while Open vSwitch offered its flows. */
  heard?: readonly TraceEvent[]
  /** Its rules some time ago. */
  earlier?: EarlierRules
}

/**
 * Asks this node.
 * @param file what it says of VTEPs and endpoints goes before what Open vSwitch says
 */
export async function flowFacts(
  session: Session,
  file: LoadedSteering | undefined,
  { heard = [], earlier }: FlowOptions = {},
): Promise<FlowFacts> {
  const topology = discover(session.route, session.generic)
  const resolved = file && resolve(file.steering, nodeFacts(topology), file.refuse)
  const ovs = await orElse(
    () => readLocalOvs(LOCAL_OVS),
    () => undefined,
  )
  const paths = new TunnelPaths(session, topology)
  const connections = new Connections(session)
  const remotes = new Map(
    (resolved?.networks ?? []).flatMap(({ remote }) => remote.map(({ mac, vtep }) => [mac, [vtep]] as const)),
  )
  const owners = ownersOf(topology, ovs, resolved)
  const ovn = ovs && (await readRemoteVteps(ovs, new Set(owners.keys())))
  const log = new LoggedReasons(await readRefusalLog(), rtnl.listLinks(session.route), ovs?.tcPolicy)
  return {
    owners,
    localVteps: new Set([...topology.addresses.map(({ ip }) => ip)]),
    remoteVteps: (mac, tunnel) => remotes.get(mac) ?? (ovn && byOvn(ovn, mac, tunnel)),
    pathOf: (tunnel, { pf }) => paths.between(tunnel, pf),
    rules: rulesOfOvs(session, topology),
    connections: (zone) => connections.inZone(zone),
    refusalOf: (flow, rule) => {
      const event = rule === 'none' ? heardOf(flow, heard) : matchTrace(heard, rule.filter)
      const traced = event && reasonOf(event)
      // What is in TC was not refused when Open vSwitch asked: its log can't be about that.
      return rule !== 'none' || traced?.text !== undefined ? traced : (log.reasonOf(flow) ?? traced)
    },
    logged: log.switchedOn,
    movedOf: (cookie, rule) => earlier && movedOf(cookie, rule, earlier),
    isEmulated: emulatedPorts(topology),
  }
}

/** OVN's tunnels come out of devices that Open vSwitch makes: `genev_sys_6081`, `vxlan_sys_4789` (its lib/dpif-netlink-rtnl.c). */
function byOvn(ovn: RemoteVteps, mac: MacAddress, { vni, device = '' }: FlowTunnel): readonly IpAddress[] | undefined {
  const [, name] = /^(genev|vxlan)_sys_/.exec(device) ?? []
  return name === undefined ? undefined : ovn(mac, { type: name === 'vxlan' ? 'vxlan' : 'geneve', vni })
}

function heardOf({ ufid }: SeenFlow, heard: readonly TraceEvent[]) {
  return ufid === undefined ? undefined : matchTraceByCookie(heard, cookieOfUfid(ufid))
}

function emulatedPorts(topology: Topology): FlowFacts['isEmulated'] {
  const pfs = pfsOf(topology)
  const names = new Set(
    pfs
      .filter(({ emulated }) => emulated)
      .flatMap(({ uplink, vfs }) => [uplink.name, ...vfs.flatMap(({ representor }) => representor?.name ?? [])]),
  )
  const all = pfs.length > 0 && pfs.every(({ emulated }) => emulated)
  return (ports) => all || ports.some((port) => names.has(port))
}
