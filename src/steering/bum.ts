import { type IpAddress, type PciAddress, parseMac } from '../base/types.js'
import { decapOptions, encapOptions, floodKey, tunnelVni } from './layout.js'
import { type Finding, showVf } from './model.js'
import type { Resolved, ResolvedLocal, ResolvedNetwork } from './resolve.js'
import { type CopyOutput, PRIORITY, type Rule, type RuleDevice } from './rule.js'
import type { LocalVtep } from './select.js'

/**
 * Broadcast, unknown multicast and ARP: what goes to all endpoints of a network. A VF's rule copies it to the other VFs of its PF and once to
 * each VTEP with members; the tunnel device's rule copies what comes in to the VFs of the PF it came in by, and never into a tunnel again.
 */

/** The bit of a destination MAC that makes it a group's (IEEE 802-2014 section 8.2.2). */
const GROUP_BIT = parseMac('01:00:00:00:00:00')

/** linux/pkt_cls.h TCA_ACT_MAX_PRIO: no filter has more actions; mlx5 has as many outputs (MLX5_MAX_FLOW_FWD_VPORTS). */
const MAX_ACTIONS = 32

/** Where one local endpoint's copies go to. */
export interface Reach {
  local: ResolvedLocal
  vtep: LocalVtep
  /** Other VFs of the same PF in the network. */
  beside: readonly ResolvedLocal[]
  /** VTEPs of other nodes, and of other NICs of this one. */
  remoteVteps: ReadonlySet<IpAddress>
}

export function bumRules(
  wanted: Resolved,
  network: ResolvedNetwork,
  reaches: readonly Reach[],
): { rules: Rule[]; findings: Finding[] } {
  if (network.bum === 'ovs') return { rules: [], findings: [] }
  const rules: Rule[] = []
  const findings: Finding[] = []
  const keep = (rule: Rule, actions: number, path: Finding['path'], who: string) => {
    if (actions <= MAX_ACTIONS) rules.push(rule)
    else findings.push(tooMany(network, who, actions, path))
  }
  for (const reach of reaches) {
    const outputs = outputsOf(wanted, network, reach)
    if (outputs.length === 0) continue
    const actions = reach.beside.length + 2 * reach.remoteVteps.size
    keep(outRule(network, reach, outputs), actions, reach.local.path, showVf(reach.local.id))
  }
  for (const arrival of arrivals(wanted, reaches)) {
    for (const remoteIp of arrival.remoteVteps) {
      const rule = inRule(wanted, network, arrival, remoteIp)
      keep(rule, 1 + arrival.members.length, network.path, `what comes to ${arrival.localIp}`)
    }
  }
  return { rules, findings }
}

/** A VTEP of this node, and who gets what comes to it. */
interface Arrival {
  localIp: IpAddress
  pf: PciAddress
  members: ResolvedLocal[]
  remoteVteps: Set<IpAddress>
}

function arrivals({ nics }: Resolved, reaches: readonly Reach[]): Iterable<Arrival> {
  const found = new Map<IpAddress, Arrival>()
  for (const { local, vtep, remoteVteps } of reaches) {
    // Endpoints of other PFs may name the VTEP too: the rule is for the PF that has it, whoever comes first.
    const pf = nics.find((nic) => nic.vtep === vtep.ip)?.facts.pci ?? local.id.pf
    const arrival = found.get(vtep.ip) ?? { localIp: vtep.ip, pf, members: [], remoteVteps: new Set() }
    found.set(vtep.ip, arrival)
    arrival.members.push(local)
    for (const remoteIp of remoteVteps) arrival.remoteVteps.add(remoteIp)
  }
  return found.values()
}

function outputsOf(wanted: Resolved, network: ResolvedNetwork, { local, vtep, beside, remoteVteps }: Reach) {
  const { type, port, ttl, options } = wanted.encapsulation
  const egress = floodKey(type)
  // The plain copies first: what tunnel_key sets stays with the packet.
  const outputs: CopyOutput[] = beside.map(({ representor: name }) => ({ to: { role: 'representor', name } }))
  for (const remoteIp of remoteVteps) {
    outputs.push({
      to: tunnelDevice(wanted),
      tunnel: {
        localIp: vtep.ip,
        remoteIp,
        vni: tunnelVni(type, options, network.vni, egress),
        port,
        ttl,
        options: encapOptions(type, options, { ingress: local.key ?? 0, egress }),
      },
    })
  }
  return outputs
}

function outRule(network: ResolvedNetwork, { local, vtep }: Reach, outputs: readonly CopyOutput[]): Rule {
  return {
    kind: 'bum',
    device: { role: 'representor', name: local.representor },
    chain: 0,
    priority: PRIORITY.bum,
    softwareOnly: false,
    pf: local.id.pf,
    vf: local.id,
    network: network.name,
    match: { srcMac: local.mac, dstMac: GROUP_BIT, dstMask: GROUP_BIT },
    action: { kind: 'copies', decap: false, outputs },
    why: `a copy to each VF beside it and to each VTEP with members of ${network.name}; local_ip ${vtep.ip}: ${vtep.why}`,
  }
}

function inRule(
  wanted: Resolved,
  network: ResolvedNetwork,
  { localIp, pf, members }: Arrival,
  remoteIp: IpAddress,
): Rule {
  const { type, port, options } = wanted.encapsulation
  const egress = floodKey(type)
  return {
    kind: 'bum-decap',
    device: tunnelDevice(wanted),
    chain: 0,
    priority: PRIORITY['bum-decap'],
    softwareOnly: false,
    pf,
    network: network.name,
    match: {
      dstMac: GROUP_BIT,
      dstMask: GROUP_BIT,
      tunnel: {
        remoteIp,
        localIp,
        vni: tunnelVni(type, options, network.vni, egress),
        port,
        options: decapOptions(type, options, egress),
      },
    },
    action: {
      kind: 'copies',
      decap: true,
      outputs: members.map(({ representor: name }) => ({ to: { role: 'representor', name } })),
    },
    ...(wanted.nics.some(({ vtep }) => vtep === remoteIp) && { intraNode: remoteIp }),
    why: `what ${remoteIp} sends to all of ${network.name} arrives at ${localIp}`,
  }
}

function tunnelDevice({ encapsulation: { type, port } }: Resolved): RuleDevice {
  return { role: 'tunnel', type, port }
}

function tooMany({ name }: ResolvedNetwork, who: string, actions: number, path: Finding['path']): Finding {
  return {
    code: 'BUM_TOO_WIDE',
    text: `broadcast and ARP of network ${name}, ${who}: ${actions} actions, a rule has at most ${MAX_ACTIONS}`,
    hint: 'no rule is made for it: give the endpoints static neighbours',
    path,
  }
}
