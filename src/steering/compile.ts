import { type IpAddress, type MacAddress, parseMac } from '../base/types.js'
import { bumRules, type Reach } from './bum.js'
import { decapOptions, encapOptions, tunnelVni } from './layout.js'
import { type Finding, type RemoteEndpoint, showVf } from './model.js'
import { type Part, touchedBy } from './part.js'
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
 * Rules for every pair of a local VF and an endpoint that can reach each other, on another node, the same PF, or another NIC of this node.
 * Deterministic: the same input gives the same rules in the same order.
 * @param parts only what a change touches ({@link changedParts}): rules of those parts, findings of their networks
 * @throws NicsteerError UNKNOWN_VTEP
 */
export function compile(wanted: Resolved, refuse: Refuse = refuseWithoutPlace, parts?: readonly Part[]): Compiled {
  const rules: Rule[] = []
  const findings: Finding[] = wanted.fallback === 'refused' ? [NO_FALLBACK] : []
  const tunnel = tunnelDevice(wanted)
  for (const network of wanted.networks) {
    const part = parts?.find((one) => one.network === network.name)
    if (parts !== undefined && part === undefined) continue
    const touched = touchedBy(part)
    const vteps = new Map(network.local.map((local) => [local, localVtep(local, wanted.nics, refuse)]))
    const remotes = new Map(network.remote.map((remote) => [remote, whyRemote(remote)]))
    const reaches: Reach[] = []
    for (const [local, vtep] of vteps) {
      const sender: Sender = { wanted, network, local, vtep, tunnel, representor: representorOf(local) }
      const peers = new Set<IpAddress>()
      const beside: ResolvedLocal[] = []
      for (const [remote, why] of remotes) {
        const finding = noPair(local, vtep, remote)
        if (finding !== undefined) {
          findings.push(finding)
          continue
        }
        const isNew = !peers.has(remote.vtep)
        peers.add(remote.vtep)
        if (!touched(local, remote.vtep)) continue
        if (isNew) rules.push(decapRule(sender, remote))
        rules.push(encapRule(sender, remote, why))
      }
      for (const [other, there] of vteps) {
        if (other === local) continue
        if (other.nic === local.nic) {
          beside.push(other)
          if (touched(local, there.ip)) rules.push(localRule(sender, other))
          continue
        }
        const finding = noPairInside(local, vtep, other, there, wanted.crossPlane)
        if (finding !== undefined) {
          if (network.local.indexOf(other) > network.local.indexOf(local)) findings.push(finding)
          continue
        }
        const isNew = !peers.has(there.ip)
        peers.add(there.ip)
        if (!touched(local, there.ip)) continue
        const end = farEnd(other, there)
        const inside = { intraNode: there.ip }
        if (isNew) rules.push({ ...decapRule(sender, end), ...inside })
        rules.push({ ...encapRule(sender, end, whyRemote(end)), ...inside })
      }
      reaches.push({ local, vtep, beside, remoteVteps: peers })
      rules.push(controlRule(sender), dropRule(sender))
    }
    const bum = bumRules(wanted, network, reaches)
    for (const rule of bum.rules) rules.push(rule)
    for (const finding of bum.findings) findings.push(finding)
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

/** A local VF, and what its rules have in common; rules share such parts, because there may be many of them. */
interface Sender {
  wanted: Resolved
  network: ResolvedNetwork
  local: ResolvedLocal
  vtep: LocalVtep
  tunnel: RuleDevice
  representor: RuleDevice
}

function encapRule(sender: Sender, remote: RemoteEndpoint, whyThere: string): Rule {
  const { wanted, network, local, vtep, tunnel } = sender
  const { type, port, ttl, options } = wanted.encapsulation
  const egress = remote.key ?? 0
  return {
    kind: 'encap',
    device: sender.representor,
    chain: CHAIN,
    priority: PRIORITY.encap,
    softwareOnly: false,
    pf: local.id.pf,
    vf: local.id,
    match: { srcMac: local.mac, dstMac: remote.mac },
    network: network.name,
    peer: remote.mac,
    action: {
      kind: 'encap',
      to: tunnel,
      tunnel: {
        localIp: vtep.ip,
        remoteIp: remote.vtep,
        vni: tunnelVni(type, options, network.vni, egress),
        port,
        ttl,
        options: encapOptions(type, options, { ingress: local.key ?? 0, egress }),
      },
    },
    why: `local_ip ${vtep.ip}: ${vtep.why}; ${whyThere}`,
  }
}

function whyRemote({ vtep, mac, node }: RemoteEndpoint): string {
  return `remote_ip ${vtep}: VTEP of ${mac}${node ? ` on ${node}` : ''}`
}

function decapRule({ wanted, network, local, vtep, tunnel, representor }: Sender, remote: RemoteEndpoint): Rule {
  const { type, port, options } = wanted.encapsulation
  const egress = local.key ?? 0
  return {
    kind: 'decap',
    device: tunnel,
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
    action: { kind: 'decap', to: representor },
    why: `what ${remote.vtep} sends to ${local.mac} arrives at ${vtep.ip}: ${vtep.why}`,
  }
}

function localRule(sender: Sender, other: ResolvedLocal): Rule {
  return {
    ...onRepresentor('local', sender, other.mac),
    network: sender.network.name,
    peer: other.mac,
    action: { kind: 'redirect', to: representorOf(other) },
    why: `${showVf(other.id)} is on the same PF: no tunnel`,
  }
}

/** Frames of bridges and link partners, which no bridge forwards (IEEE 802.1Q table 8-1): 01:80:c2:00:00:00 to :0f. */
function controlRule(sender: Sender): Rule {
  const rule = onRepresentor('control', sender, parseMac('01:80:c2:00:00:00'))
  return {
    ...rule,
    match: { ...rule.match, dstMask: parseMac('ff:ff:ff:ff:ff:f0') },
    action: { kind: 'drop' },
    why: 'control frames of the link end here, as at any bridge',
  }
}

function dropRule(sender: Sender): Rule {
  return {
    ...onRepresentor('drop', sender),
    match: {},
    softwareOnly: true,
    action: { kind: 'drop' },
    why: 'what matched nothing must not reach the host stack',
  }
}

/** What all rules of a VF's representor share: they take only the VF's own source MAC, so that it cannot speak for another. */
function onRepresentor(kind: 'local' | 'control' | 'drop', { local, representor }: Sender, dstMac?: MacAddress) {
  return {
    kind,
    device: representor,
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
