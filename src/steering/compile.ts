import { type IpAddress, type MacAddress, parseMac } from '../base/types.js'
import { bumRules, type Reach } from './bum.js'
import { decapOptions, encapOptions, tunnelVni } from './layout.js'
import { type Finding, type RemoteEndpoint, showVf } from './model.js'
import { besideOvs } from './priority.js'
import { type Refuse, type Resolved, type ResolvedLocal, type ResolvedNetwork, refuseWithoutPlace } from './resolve.js'
import { PRIORITY, type Rule, type RuleDevice } from './rule.js'
import { type LocalVtep, localVtep, noPair, noPairInside } from './select.js'

export interface Compiled {
  /** In the order in which they are to be installed: a packet never meets half a pair on its way out. */
  rules: readonly Rule[]
  findings: readonly Finding[]
}

const CHAIN = 0

const NO_FALLBACK: Finding = {
  code: 'FALLBACK_NOT_COVERED',
  text: 'the BPF fallback is not in this version',
  hint: 'rules that hardware refuses stay in TC software',
  path: ['spec', 'fallback'],
}

/**
 * Rules for every pair of a local VF and an endpoint that can reach each other, on another node, the same PF, or another NIC of this node. Deterministic: the same input gives the same rules in
 * the same order.
 * @throws NicsteerError UNKNOWN_VTEP
 */
export function compile(wanted: Resolved, refuse: Refuse = refuseWithoutPlace): Compiled {
  const rules: Rule[] = []
  const findings: Finding[] = wanted.fallback === 'refused' ? [NO_FALLBACK] : []
  for (const network of wanted.networks) {
    const reaches: Reach[] = []
    for (const local of network.local) {
      const vtep = localVtep(local, wanted.nics, refuse)
      const peers = new Set<IpAddress>()
      const beside: ResolvedLocal[] = []
      for (const remote of network.remote) {
        const finding = noPair(local, vtep, remote)
        if (finding !== undefined) {
          findings.push(finding)
          continue
        }
        if (!peers.has(remote.vtep)) rules.push(decapRule(wanted, network, local, vtep, remote))
        peers.add(remote.vtep)
        rules.push(encapRule(wanted, network, local, vtep, remote))
      }
      for (const other of network.local) {
        if (other === local) continue
        if (other.nic === local.nic) {
          rules.push(localRule(network, local, other))
          beside.push(other)
          continue
        }
        const there = localVtep(other, wanted.nics, refuse)
        const finding = noPairInside(local, vtep, other, there, wanted.crossPlane)
        if (finding !== undefined) {
          if (network.local.indexOf(other) > network.local.indexOf(local)) findings.push(finding)
          continue
        }
        const end = farEnd(other, there)
        const inside = { intraNode: there.ip }
        if (!peers.has(there.ip)) rules.push({ ...decapRule(wanted, network, local, vtep, end), ...inside })
        peers.add(there.ip)
        rules.push({ ...encapRule(wanted, network, local, vtep, end), ...inside })
      }
      reaches.push({ local, vtep, beside, remoteVteps: peers })
      rules.push(controlRule(local), dropRule(local))
    }
    const bum = bumRules(wanted, network, reaches)
    rules.push(...bum.rules)
    findings.push(...bum.findings)
  }
  return { rules: besideOvs(rules, wanted.ovsPorts).sort((a, b) => ORDER[a.kind] - ORDER[b.kind]), findings }
}

const ORDER: Readonly<Record<Rule['kind'], number>> = {
  decap: 0,
  'bum-decap': 1,
  local: 2,
  encap: 3,
  control: 4,
  bum: 5,
  drop: 6,
}

const tunnelDevice = ({ encapsulation: { type, port } }: Resolved): RuleDevice => ({ role: 'tunnel', type, port })
const representorOf = ({ representor }: ResolvedLocal): RuleDevice => ({ role: 'representor', name: representor })

function encapRule(
  wanted: Resolved,
  network: ResolvedNetwork,
  local: ResolvedLocal,
  vtep: LocalVtep,
  remote: RemoteEndpoint,
): Rule {
  const { type, port, ttl, options } = wanted.encapsulation
  const egress = remote.key ?? 0
  return {
    ...onRepresentor('encap', local, remote.mac),
    network: network.name,
    peer: remote.mac,
    action: {
      kind: 'encap',
      to: tunnelDevice(wanted),
      tunnel: {
        localIp: vtep.ip,
        remoteIp: remote.vtep,
        vni: tunnelVni(type, options, network.vni, egress),
        port,
        ttl,
        options: encapOptions(type, options, { ingress: local.key ?? 0, egress }),
      },
    },
    why: `local_ip ${vtep.ip}: ${vtep.why}; remote_ip ${remote.vtep}: VTEP of ${remote.mac}${remote.node ? ` on ${remote.node}` : ''}`,
  }
}

function decapRule(
  wanted: Resolved,
  network: ResolvedNetwork,
  local: ResolvedLocal,
  vtep: LocalVtep,
  remote: RemoteEndpoint,
): Rule {
  const { type, port, options } = wanted.encapsulation
  const egress = local.key ?? 0
  return {
    kind: 'decap',
    device: tunnelDevice(wanted),
    chain: CHAIN,
    priority: PRIORITY.decap,
    softwareOnly: false,
    pf: local.id.pf,
    vf: local.id,
    network: network.name,
    match: {
      dstMac: local.mac,
      tunnel: {
        remoteIp: remote.vtep,
        localIp: vtep.ip,
        vni: tunnelVni(type, options, network.vni, egress),
        port,
        options: decapOptions(type, options, egress),
      },
    },
    action: { kind: 'decap', to: representorOf(local) },
    why: `what ${remote.vtep} sends to ${local.mac} arrives at ${vtep.ip}: ${vtep.why}`,
  }
}

function localRule(network: ResolvedNetwork, local: ResolvedLocal, other: ResolvedLocal): Rule {
  return {
    ...onRepresentor('local', local, other.mac),
    network: network.name,
    peer: other.mac,
    action: { kind: 'redirect', to: representorOf(other) },
    why: `${showVf(other.id)} is on the same PF: no tunnel`,
  }
}

/** Frames of bridges and link partners, which no bridge forwards (IEEE 802.1Q table 8-1): 01:80:c2:00:00:00 to :0f. */
function controlRule(local: ResolvedLocal): Rule {
  const rule = onRepresentor('control', local, parseMac('01:80:c2:00:00:00'))
  return {
    ...rule,
    match: { ...rule.match, dstMask: parseMac('ff:ff:ff:ff:ff:f0') },
    action: { kind: 'drop' },
    why: 'control frames of the link end here, as at any bridge',
  }
}

function dropRule(local: ResolvedLocal): Rule {
  return {
    ...onRepresentor('drop', local),
    match: {},
    softwareOnly: true,
    action: { kind: 'drop' },
    why: 'what matched nothing must not reach the host stack',
  }
}

/** What all rules of a VF's representor share: they take only the VF's own source MAC, so that it cannot speak for another. */
function onRepresentor(kind: 'local' | 'encap' | 'control' | 'drop', local: ResolvedLocal, dstMac?: MacAddress) {
  return {
    kind,
    device: representorOf(local),
    chain: CHAIN,
    priority: PRIORITY[kind],
    softwareOnly: false,
    pf: local.id.pf,
    vf: local.id,
    match: { srcMac: local.mac, ...(dstMac !== undefined && { dstMac }) },
  }
}

/** A VF of another NIC of this node, as a tunnel sees it: an endpoint behind a VTEP. */
function farEnd(other: ResolvedLocal, { ip, plane }: LocalVtep): RemoteEndpoint {
  return { mac: other.mac, ips: other.ips, vtep: ip, plane, key: other.key, node: `this node, ${showVf(other.id)}` }
}
