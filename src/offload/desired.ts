import type { Ifindex } from '../base/types.js'
import { rtnl, type tc } from '../kernel/index.js'
import type { Topology } from '../node/facts.js'
import { discover, nodeFacts, pfsOf } from '../node/topology.js'
import { compile } from '../steering/compile.js'
import type { Encapsulation, Finding } from '../steering/model.js'
import { resolve } from '../steering/resolve.js'
import type { Rule } from '../steering/rule.js'
import { ovnDifferences } from '../steering/select.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { identityOf } from './diff.js'
import { routableInside } from './intra-node.js'
import { mtuFindings } from './mtu.js'
import { ownershipOf } from './ownership.js'
import { TunnelPaths } from './preflight.js'
import { type KnownDevices, recognise } from './recognise.js'
import { allIngressFilters, type Session } from './session.js'
import { devicesOf, toFilter } from './translate.js'
import { externalTunnels, type FoundTunnelDevice, findTunnelDevice } from './tunnel-device.js'

/** What is wanted on this node: rules, and what they need. */
export interface Desired {
  topology: Topology
  /** As they were when this was found out. */
  paths: TunnelPaths
  encapsulation: Encapsulation
  rules: readonly Rule[]
  findings: readonly Finding[]
  /** Missing where no such device exists yet. */
  tunnel: FoundTunnelDevice | undefined
  links: readonly rtnl.Link[]
  /** Representors of this namespace by name. */
  representors: ReadonlyMap<string, Ifindex>
}

/**
 * What the file wants, less the tunnels between two NICs of this node that have no way over the wire.
 * @param judging such tunnels stay when one of their rules is installed: they are to be judged then
 * @throws NicsteerError what resolve and compile throw, with file and line
 */
export function desired(session: Session, file: LoadedSteering, judging = false): Desired {
  const { steering, refuse } = file
  const topology = discover(session.route, session.generic)
  const resolved = resolve(steering, nodeFacts(topology), refuse)
  const { rules: compiled, findings } = compile(resolved, refuse)
  const links = rtnl.listLinks(session.route)
  const tunnel = findTunnelDevice(links, steering.encapsulation.type, steering.encapsulation.port)
  const representors = new Map(links.map(({ name, ifindex }) => [name, ifindex]))
  const isInstalled = (rules: readonly Rule[]) => judging && areInstalled(session, rules, representors, tunnel?.ifindex)
  const paths = new TunnelPaths(session, topology)
  const routable = routableInside(session.route, compiled, paths, isInstalled)
  return {
    topology,
    paths,
    encapsulation: steering.encapsulation,
    rules: routable.rules,
    findings: once([
      ...file.findings,
      ...ovnDifferences(resolved, refuse),
      ...findings,
      ...routable.findings,
      ...mtuFindings(routable.rules, paths, topology, links),
    ]),
    tunnel,
    links,
    representors,
  }
}

/** What is true of many pairs is said once. */
function once(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.code} ${finding.text}`, finding])).values()]
}

/** One of them at least, by identity. */
function areInstalled(
  session: Session,
  rules: readonly Rule[],
  representors: ReadonlyMap<string, Ifindex>,
  tunnel: Ifindex | undefined,
): boolean {
  if (tunnel === undefined) return false
  const devices = devicesOf(representors, tunnel)
  const present = allIngressFilters(session).filter((filter) => ownershipOf(filter) !== undefined)
  const there = new Set((present as tc.FlowerFilter[]).map(identityOf))
  return rules.some((rule) => there.has(identityOf(toFilter(rule, devices, false))))
}

/** What is wanted as far as the kernel alone can tell: the rules that are installed and ours. */
export function installedRules(session: Session): Desired {
  const topology = discover(session.route, session.generic)
  const links = rtnl.listLinks(session.route)
  const ours = allIngressFilters(session).filter((filter): filter is tc.FlowerFilter => {
    const kind = ownershipOf(filter)?.kind
    return kind !== undefined && kind !== 'probe'
  })
  const known = knownDevices(topology, links)
  const device = links.find(({ ifindex }) => known.tunnels.has(ifindex) && ours.some((one) => one.ifindex === ifindex))
  const { type = 'geneve', port = 0 } = (device && known.tunnels.get(device.ifindex)) ?? {}
  const found = ours.map((filter) => ({ filter, rule: recognise(filter, known) }))
  return {
    topology,
    paths: new TunnelPaths(session, topology),
    encapsulation: { type, port, options: 'none', ttl: 0 },
    rules: found.flatMap(({ rule }) => rule ?? []),
    findings: found.flatMap(({ filter, rule }) => (rule === undefined ? notRecognised(filter, links) : [])),
    tunnel: findTunnelDevice(links, type, port),
    links,
    representors: new Map(links.map(({ name, ifindex }) => [name, ifindex])),
  }
}

/** Who is who among the devices, for recognising installed rules. */
export function knownDevices(topology: Topology, links: readonly rtnl.Link[]): KnownDevices {
  const representors = pfsOf(topology).flatMap(({ pci, vfs }) =>
    vfs.flatMap(({ index, representor }) =>
      representor === undefined
        ? []
        : [[representor.ifindex, { name: representor.name, vf: { pf: pci, index } }] as const],
    ),
  )
  return { representors: new Map(representors), tunnels: externalTunnels(links) }
}

function notRecognised({ ifindex, chain, priority, handle }: tc.FlowerFilter, links: readonly rtnl.Link[]): Finding {
  const device = links.find((link) => link.ifindex === ifindex)?.name ?? String(ifindex)
  return {
    code: 'NOT_RECOGNISED',
    text: `a rule on ${device}, chain ${chain}, priority ${priority}, handle ${handle} has our cookie, but is no rule that nicsteer makes`,
    hint: 'nicsteer apply -f FILE puts it right, nicsteer clear removes it',
    path: [],
  }
}

/**
 * The rules as filters.
 * @param tunnel the tunnel device, when there is one; rules that need it throw NO_DEVICE without
 * @param madeQdisc devices whose qdisc we have just made
 */
export function wantedFilters(
  { rules, representors }: Pick<Desired, 'rules' | 'representors'>,
  tunnel: Ifindex | undefined,
  present: readonly tc.Filter[],
  madeQdisc: ReadonlySet<Ifindex> = new Set(),
): tc.FlowerFilter[] {
  const devices = devicesOf(representors, tunnel)
  const ourQdiscs = new Set(madeQdisc)
  for (const filter of present) if (ownershipOf(filter)?.qdisc) ourQdiscs.add(filter.ifindex)
  return rules.map((rule) => toFilter(rule, devices, ourQdiscs.has(devices.ifindex(rule.device))))
}
