import { isIP } from 'node:net'
import { ask } from '../../base/transcript.js'
import { type IpAddress, parseIp } from '../../base/types.js'
import { devlink, rtnl, tc } from '../../kernel/index.js'
import type { Topology } from '../../node/facts.js'
import { discover, nodeFacts } from '../../node/topology.js'
import { bridgesOf } from '../../ovs/bridges.js'
import type { OvsFacts } from '../../ovs/facts.js'
import { LOCAL_OVS } from '../../ovs/local.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { TunnelPaths } from '../preflight.js'
import { hookFilters } from '../rules/list.js'
import type { Session } from '../session.js'
import { readBpf } from './read/bpf.js'
import { readKernel } from './read/kernel.js'
import { readPfs } from './read/nics.js'
import { readOvs } from './read/ovs.js'
import { readArpSettings, readNetworkd } from './read/settings.js'
import { readWanted } from './read/wanted.js'
import { known, type NodeState, type PathState, type VtepState } from './state.js'
import { neighbourOf, vtepsOf } from './vteps.js'

export interface GatherOptions {
  /** What the node is wanted for. */
  file?: LoadedSteering | undefined
  /** Address of Open vSwitch's database. */
  ovs?: string
}

/**
 * Reads everything that the checks look at; nothing is changed. Works on a node without NIC or Open vSwitch, and without root, where less
 * is known.
 */
export async function gatherState(
  session: Session,
  { file, ovs: address = LOCAL_OVS }: GatherOptions = {},
): Promise<NodeState> {
  const { route, generic } = session
  const links = rtnl.listLinks(route)
  const ovs = await readOvs(address, links)
  tellBridges(session, ovs)
  const topology = discover(route, generic)
  const filters = await hookFilters(session, {}, links)
  const wanted = file && (await readWanted(session, file, topology, filters))
  const root = ask('node', 'root', () => process.geteuid?.() === 0)
  const seen = {
    pfs: readPfs(generic, topology),
    links,
    addresses: rtnl.listAddresses(route),
    ...(ovs !== undefined && { ovs }),
    ...(wanted !== undefined && { wanted }),
  }
  const vteps = vtepsOf(seen, file?.steering.nics ?? [], nodeFacts(topology)).map((vtep) => ({
    ...vtep,
    paths: pathsOf(vtep, session, topology, { ...seen, filters }),
  }))
  return {
    ...seen,
    root,
    kernel: readKernel(),
    bpf: ask('node', 'BPF', () => readBpf(root)),
    ports: devlink.listDevlinkPorts(generic),
    rules: rtnl.listRules(route),
    qdiscs: tc.listQdiscs(route),
    filters,
    ovsPorts: topology.ovsPorts ?? { representors: [], tunnels: [] },
    vteps,
    sysctls: readArpSettings(new Set(vteps.flatMap(({ at }) => at?.device ?? []))),
    networkd: readNetworkd(),
  }
}

/** Routes are followed through Open vSwitch's internal ports. */
function tellBridges(session: Session, ovs: NodeState['ovs']): void {
  if (ovs === undefined) return
  if ('value' in ovs) session.bridges = bridgesOf(ovs.value)
  else session.bridgesUnknown = ovs.unknown
}

type SeenPeers = Pick<NodeState, 'wanted' | 'ovs' | 'filters' | 'addresses'>

/** How packets from the VTEP go to each peer that anybody names; where nobody names one, to a neighbour in its own network. */
function pathsOf(
  { ip, pf, at }: Omit<VtepState, 'paths'>,
  session: Session,
  topology: Topology,
  seen: SeenPeers,
): PathState[] {
  if (pf === undefined || at === undefined) return []
  const own = seen.addresses.map((address) => address.ip)
  const peers = peersOf(ip, seen).filter((peer) => !own.includes(peer))
  const sample = peers.length === 0
  const neighbour = sample ? neighbourOf(ip, at.prefix, own) : undefined
  const paths = new TunnelPaths(session, topology)
  return [...peers, ...(neighbour === undefined ? [] : [neighbour])].map((remoteIp) => ({
    ...paths.between({ localIp: ip, remoteIp }, pf),
    sample,
  }))
}

/** Other ends of tunnels from that VTEP: of the file's, of Open vSwitch's own, of rules that are installed. */
function peersOf(vtep: IpAddress, { wanted, ovs, filters }: SeenPeers): IpAddress[] {
  const ofFile = wanted?.tunnels.flatMap(({ tunnel }) => (tunnel.localIp === vtep ? tunnel.remoteIp : [])) ?? []
  const ofFilters = filters.flatMap((filter) => {
    const { actions = [] } = filter as { actions?: tc.Action[] }
    return actions.flatMap((one) =>
      one.kind === 'tunnel_key' && one.operation === 'set' && one.srcIp === vtep ? one.dstIp : [],
    )
  })
  return [...new Set([...ofFile, ...ovsPeers(vtep, known(ovs)), ...ofFilters])]
}

/** An interface of a tunnel may leave either end to flows (`flow`). */
function ovsPeers(vtep: IpAddress, ovs: OvsFacts | undefined): IpAddress[] {
  return (ovs?.interfaces ?? []).flatMap(({ options: { local_ip, remote_ip } }) =>
    local_ip === vtep && remote_ip !== undefined && isIP(remote_ip) !== 0 ? parseIp(remote_ip) : [],
  )
}
