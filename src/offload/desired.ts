import type { Ifindex } from '../base/types.js'
import { rtnl, type tc } from '../kernel/index.js'
import type { Topology } from '../node/facts.js'
import { discover, nodeFacts } from '../node/topology.js'
import { compile } from '../steering/compile.js'
import type { Encapsulation, Finding } from '../steering/model.js'
import { resolve } from '../steering/resolve.js'
import type { Rule } from '../steering/rule.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { ownershipOf } from './ownership.js'
import type { Session } from './session.js'
import { devicesOf, toFilter } from './translate.js'
import { type FoundTunnelDevice, findTunnelDevice } from './tunnel-device.js'

/** What is wanted on this node: rules, and what they need. */
export interface Desired {
  topology: Topology
  encapsulation: Encapsulation
  rules: readonly Rule[]
  findings: readonly Finding[]
  /** Missing where no such device exists yet. */
  tunnel: FoundTunnelDevice | undefined
  /** Representors of this namespace by name. */
  representors: ReadonlyMap<string, Ifindex>
}

/** @throws NicsteerError what resolve and compile throw, with file and line */
export function desired(session: Session, { steering, refuse }: LoadedSteering): Desired {
  const topology = discover(session.route, session.generic)
  const resolved = resolve(steering, nodeFacts(topology), refuse)
  const { rules, findings } = compile(resolved, refuse)
  const links = rtnl.listLinks(session.route)
  return {
    topology,
    encapsulation: steering.encapsulation,
    rules,
    findings,
    tunnel: findTunnelDevice(links, steering.encapsulation.type, steering.encapsulation.port),
    representors: new Map(links.map(({ name, ifindex }) => [name, ifindex])),
  }
}

/**
 * The rules as filters.
 * @param tunnel the tunnel device, when there is one; rules that need it throw NO_DEVICE without
 * @param madeQdisc devices whose qdisc we have just made
 */
export function wantedFilters(
  { rules, representors }: Desired,
  tunnel: Ifindex | undefined,
  present: readonly tc.Filter[],
  madeQdisc: ReadonlySet<Ifindex> = new Set(),
): tc.FlowerFilter[] {
  const devices = devicesOf(representors, tunnel)
  const ourQdiscs = new Set(madeQdisc)
  for (const filter of present) if (ownershipOf(filter)?.qdisc) ourQdiscs.add(filter.ifindex)
  return rules.map((rule) => toFilter(rule, devices, ourQdiscs.has(devices.ifindex(rule.device))))
}
