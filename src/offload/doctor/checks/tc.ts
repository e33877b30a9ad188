import type { Ifindex } from '../../../base/types.js'
import type { tc } from '../../../kernel/index.js'
import { ownershipOf } from '../../ownership.js'
import { isInternalPort } from '../../session.js'
import { isOurs } from '../../tunnel-device.js'
import { type Check, outcome, type Problem, skip, warn } from '../check.js'
import { overlap } from '../overlap.js'
import { known, type NodeState } from '../state.js'
import { usedPfs } from '../used.js'

/** Who owns what on the devices that carry tunnels. */
export const tcChecks: readonly Check[] = [
  {
    id: 'tc.qdisc',
    title: 'ingress of a port of Open vSwitch is Open vSwitch’s',
    looksAt: 'qdiscs and filters of its ports',
    judge(state) {
      const ports = ovsPorts(state)
      if (known(state.ovs)?.otherConfig['hw-offload'] !== 'true' || ports.length === 0)
        return skip('Open vSwitch has no offloaded port here')
      const problems = ports.flatMap((port) => portProblems(port, state))
      return outcome(
        problems,
        ports.map(({ name, ifindex }) => `${name}: ${hookOf(ifindex, state)?.kind ?? 'no'} qdisc`),
      )
    },
  },
  {
    id: 'tc.foreign-filters',
    title: 'no filter of others takes packets before rules of ours',
    looksAt:
      'filters of the same device and chain, before ours, whose matches overlap; not those of Open vSwitch on its ports',
    judge(state) {
      const ours = [...(state.wanted?.filters ?? []), ...state.filters.filter(isOursFilter)]
      if (ours.length === 0) return skip('no rule of ours is there, and none is known to be wanted')
      const found = inFront(ours, state)
      const count = `${ours.length} rules of ours`
      return outcome(
        found.map((filter) => foreignProblem(filter, state)),
        [count],
      )
    },
  },
  {
    id: 'tc.leftovers',
    title: 'nothing is left of nicsteer that does nothing',
    looksAt: 'tunnel devices, rules and probes of ours',
    judge(state) {
      const ours = state.filters.filter(isOursFilter)
      const probes = state.filters.filter((filter) => ownershipOf(filter)?.kind === 'probe')
      const devices = ours.length > 0 ? [] : state.links.filter(isOurs)
      const aimless = ours.filter(({ actions }) => actions.some((one) => one.kind === 'mirred' && one.ifindex === 0))
      const problems = [
        ...devices.map(({ name }) => warn(`tunnel device ${name} of ours has no rules`, 'nicsteer clear')),
        ...probes.map((filter) => warn(`${show(filter, state)} was left behind by a probe`, 'nicsteer verify')),
        ...aimless.map((filter) =>
          warn(`${show(filter, state)} sends to a device that is gone`, 'nicsteer apply -f FILE, or nicsteer clear'),
        ),
      ]
      return outcome(problems)
    },
  },
]

/** A rule of ours. What a probe left behind is none: nothing was ever to come of it. */
function isOursFilter(filter: tc.Filter): filter is tc.FlowerFilter {
  const kind = ownershipOf(filter)?.kind
  return kind !== undefined && kind !== 'probe'
}

const hookOf = (ifindex: Ifindex, { qdiscs }: NodeState) =>
  qdiscs.find((one) => one.ifindex === ifindex && (one.kind === 'clsact' || one.kind === 'ingress'))

/** Uplinks, representors and tunnel devices that are ports of the kernel data path. Internal ports have a clsact of Open vSwitch's. */
function ovsPorts(state: NodeState) {
  const netdevs = new Set(
    usedPfs(state).flatMap(({ uplink, vfs }) => [
      uplink.name,
      ...vfs.flatMap(({ representor }) => representor?.name ?? []),
    ]),
  )
  return state.links.filter(
    (link) =>
      link.slaveKind === 'openvswitch' &&
      !isInternalPort(link) &&
      (netdevs.has(link.name) || link.tunnel !== undefined),
  )
}

/** A flow's id, in hex digits (lib/netdev-offload-tc.c): cookies of others are shorter. */
const OVS_COOKIE = 32

/** A flow of Open vSwitch, or its ingress policing (lib/netdev-linux.c tc_add_matchall_policer). Its probes are gone as soon as they are there. */
function isOfOvs(filter: tc.Filter): boolean {
  const { actions = [] } = filter as { actions?: readonly tc.Action[] }
  return actions.some(({ kind, cookie = '' }) => kind === 'police' || cookie.length >= OVS_COOKIE)
}

function portProblems({ name, ifindex }: { name: string; ifindex: Ifindex }, state: NodeState): Problem[] {
  const kind = hookOf(ifindex, state)?.kind
  const restart = 'systemctl restart openvswitch-switch (or openvswitch) makes it anew'
  if (kind === undefined)
    return [warn(`${name} is a port of Open vSwitch without an ingress qdisc: none of its flows is in TC`, restart)]
  if (kind === 'clsact')
    return [
      warn(
        `${name} is a port of Open vSwitch, and its clsact qdisc is another program's: Open vSwitch makes an ingress one`,
        restart,
      ),
    ]
  const others = state.filters.filter(
    (filter) =>
      filter.ifindex === ifindex &&
      filter.parent === 'ingress' &&
      ownershipOf(filter) === undefined &&
      !isOfOvs(filter),
  )
  if (others.length === 0) return []
  const what = `${name} is a port of Open vSwitch, and ${others.length} filters of another program are on it: Open vSwitch removes them when it starts`
  return [warn(what, 'let one program own the device')]
}

/** Filters of others that come before one of ours, each once. */
function inFront(ours: readonly tc.FlowerFilter[], state: NodeState): tc.Filter[] {
  const ports = new Set(state.links.flatMap(({ slaveKind, ifindex }) => (slaveKind === 'openvswitch' ? ifindex : [])))
  const answers = known(state.ovs) !== undefined
  const byDevice = new Map<Ifindex, tc.FlowerFilter[]>()
  for (const own of ours) {
    const beside = byDevice.get(own.ifindex)
    if (beside === undefined) byDevice.set(own.ifindex, [own])
    else beside.push(own)
  }
  return state.filters.filter((other) => {
    if (ownershipOf(other) !== undefined || goesOn(other)) return false
    // What Open vSwitch has on its ports it looks after; elsewhere, and when it is gone, it is what it left behind.
    if (isOfOvs(other) && ports.has(other.ifindex) && answers) return false
    return byDevice
      .get(other.ifindex)
      ?.some(
        (own) =>
          own.parent === other.parent &&
          own.chain === other.chain &&
          other.priority <= own.priority &&
          overlap(own, other),
      )
  })
}

/** It looks at packets, and lets the filters behind it have them. */
function goesOn(filter: tc.Filter): boolean {
  const { actions = [] } = filter as { actions?: readonly tc.Action[] }
  return actions.some((one) => one.kind === 'gact' && one.control === 'continue')
}

function foreignProblem(filter: tc.Filter, state: NodeState): Problem {
  const { actions = [], flags } = filter as { actions?: readonly tc.Action[]; flags?: tc.FilterFlags }
  const does = actions.map(({ kind }) => kind).join(', ') || 'accepts'
  const { packets = 0 } = actions[0]?.stats ?? {}
  const where = flags?.skipHw ? ', in software' : ''
  const { chain, priority, handle } = filter
  const device = nameOf(filter, state)
  const kind = filter.kind === 'raw' ? filter.name : filter.kind
  const fix = `tc filter del dev ${device} ${filter.parent} chain ${chain} pref ${priority}${handle === undefined ? '' : ` handle 0x${handle.toString(16)}`} ${kind}, if nobody needs it`
  return warn(`${show(filter, state)} (${does}; ${packets} packets${where}) takes packets before rules of ours`, fix)
}

const nameOf = ({ ifindex }: tc.Filter, { links }: NodeState) =>
  links.find((link) => link.ifindex === ifindex)?.name ?? String(ifindex)

function show(filter: tc.Filter, state: NodeState): string {
  const kind = filter.kind === 'raw' ? filter.name : filter.kind
  return `filter of ${nameOf(filter, state)} ${filter.parent}, chain ${filter.chain}, priority ${filter.priority}, ${kind}`
}
