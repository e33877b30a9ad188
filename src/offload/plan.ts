import { parseIfindex } from '../base/types.js'
import type { tc } from '../kernel/index.js'
import type { Finding } from '../steering/model.js'
import type { Rule } from '../steering/rule.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { type Desired, desired, knownDevices, wantedFilters } from './desired.js'
import { diffFilters, identityOf } from './diff.js'
import { ownershipOf } from './ownership.js'
import { routeHint } from './preflight.js'
import { recognise } from './recognise.js'
import { allIngressFilters, filteredDevices, type Session } from './session.js'
import { nameOfOurs } from './tunnel-device.js'

/** One difference between the rules that are wanted and those that are there. */
export interface PlannedRule {
  change: 'add' | 'change' | 'remove'
  /** What is wanted; of one to be removed: what is installed. Undefined where that is no rule that nicsteer makes. */
  rule: Rule | undefined
  /** With `change`: what is installed; undefined as above. */
  before?: Rule | undefined
  /** Of one to be removed: no rule, but what a probe left (probe/leftover.ts). */
  leftover?: true
  /** Netdev that the rule is on. */
  device: string
  chain: number
  priority: number
  handle?: number
}

export interface Plan {
  rules: PlannedRule[]
  unchanged: number
  /** Rules of others on the same devices. */
  foreign: number
  /** Tunnel device that apply would make. */
  tunnel?: { name: string; type: string; port: number }
  /** Devices that would get a clsact qdisc. */
  qdiscs: string[]
  /** Paths by which a tunnel's packets would leave by another NIC or none: apply refuses to begin. */
  wrongPaths: Finding[]
  findings: readonly Finding[]
}

/** Stands for a tunnel device that isn't there yet: no filter can be on it. */
const TO_COME = parseIfindex(0x7fffffff)

/**
 * What apply would do, and why; nothing is changed.
 * @throws NicsteerError what resolve and compile throw, with file and line
 */
export function plan(session: Session, file: LoadedSteering): Plan {
  const wanted = desired(session, file)
  const { tunnel, encapsulation, links } = wanted
  const tunnelIndex = tunnel?.ifindex ?? TO_COME
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]))
  const newTunnel = tunnel === undefined ? { name: nameOfOurs(encapsulation.type), ...encapsulation } : undefined
  if (newTunnel !== undefined) names.set(TO_COME, newTunnel.name)
  const nameOf = ({ ifindex }: { ifindex: number }) => names.get(parseIfindex(ifindex)) ?? String(ifindex)

  const present = allIngressFilters(session)
  const filters = wantedFilters(wanted, tunnelIndex, present)
  const rules = new Map(filters.map((filter, index) => [identityOf(filter), wanted.rules[index]]))
  const known = knownDevices(wanted.topology, links)
  const diff = diffFilters(filters, present)
  const at = (filter: tc.FlowerFilter) => ({
    device: nameOf(filter),
    chain: filter.chain,
    priority: filter.priority,
    ...(filter.handle !== undefined && { handle: filter.handle }),
  })
  const devices = new Set(filters.map(({ ifindex }) => ifindex))
  const filtered = filteredDevices(session)
  return {
    rules: [
      ...diff.add.map((to) => ({ change: 'add' as const, rule: rules.get(identityOf(to)), ...at(to) })),
      ...diff.change.map(({ from, to }) => ({
        change: 'change' as const,
        rule: rules.get(identityOf(to)),
        before: recognise(from, known),
        ...at(from),
      })),
      ...diff.remove.map((from) => ({
        change: 'remove' as const,
        rule: recognise(from, known),
        ...(ownershipOf(from)?.kind === 'probe' && { leftover: true as const }),
        ...at(from),
      })),
    ],
    unchanged: diff.same.length,
    foreign: present.filter((filter) => devices.has(filter.ifindex) && ownershipOf(filter) === undefined).length,
    ...(newTunnel !== undefined && { tunnel: newTunnel }),
    qdiscs: [...devices].filter((ifindex) => !filtered.has(ifindex)).map((ifindex) => nameOf({ ifindex })),
    wrongPaths: wrongPaths(wanted),
    findings: wanted.findings,
  }
}

function wrongPaths({ rules, paths }: Desired): Finding[] {
  return paths
    .ofAll(rules)
    .flatMap(({ localIp, problem }) =>
      problem === undefined ? [] : [{ code: 'WRONG_ROUTE', text: problem, hint: routeHint(localIp), path: [] }],
    )
}
