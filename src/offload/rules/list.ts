import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { rtnl, tc } from '../../kernel/index.js'
import { discover, pfsOf } from '../../node/topology.js'
import { countersOf } from '../counters.js'
import { ownershipOf } from '../ownership.js'
import type { Session } from '../session.js'
import { type PortableFilter, toPortable } from './portable.js'

/** Which rules; all where nothing is said. */
export interface RuleQuery {
  /** Name of a device, also an alternative one. */
  device?: string | undefined
  chain?: number | undefined
  /** As in TCA_KIND: `flower`, `matchall` … */
  kind?: string | undefined
  owner?: 'ours' | 'foreign' | undefined
}

export interface ListedRule {
  rule: PortableFilter
  /** Ours by its cookie. */
  ours: boolean
  inHw: boolean
  /** How many drivers' blocks took it. */
  inHwCount: number
  hardware: tc.Counters
  software: tc.Counters
}

export interface ListedRules {
  rules: ListedRule[]
  /** A NIC of the node is the lab's stand-in: then what is in hardware here says nothing about hardware. */
  emulated: boolean
}

/**
 * The rules of the network namespace as the kernel has them: both directions of every device with an ingress or clsact qdisc, all chains,
 * in the kernel's order; those of a shared block once, under its first device.
 * @throws NicsteerError NO_DEVICE; KernelRefusal
 */
export async function listRules(session: Session, query: RuleQuery = {}): Promise<ListedRules> {
  const links = rtnl.listLinks(session.route)
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]))
  const { kind, owner } = query
  const found = (await hookFilters(session, query, links)).filter(
    (filter) =>
      (kind === undefined || kind === kindOf(filter)) &&
      (owner === undefined || (owner === 'ours') === (ownershipOf(filter) !== undefined)),
  )
  return {
    rules: found.map((filter) => ({
      rule: toPortable(filter, names),
      ours: ownershipOf(filter) !== undefined,
      ...hardwareState(filter),
      ...countersOf(filter),
    })),
    emulated: pfsOf(discover(session.route, session.generic)).some(({ emulated }) => emulated),
  }
}

/** Filters of the hooks, those of a shared block once. */
export async function hookFilters(
  { route }: Session,
  query: RuleQuery,
  links: readonly rtnl.Link[],
): Promise<tc.Filter[]> {
  const wanted = query.device === undefined ? undefined : deviceNamed(links, query.device)
  const hooks = new Map(hookQdiscs(route).map((qdisc) => [qdisc.ifindex, qdisc]))
  const blocks = new Set<number>()
  const filters: tc.Filter[][] = []
  for (const { ifindex } of links) {
    const qdisc = hooks.get(ifindex)
    if (qdisc === undefined || (wanted !== undefined && wanted !== ifindex)) continue
    for (const [parent, block] of [
      ['ingress', qdisc.ingressBlock],
      ['egress', qdisc.egressBlock],
    ] as const) {
      if (block !== undefined && blocks.has(block)) continue
      if (block !== undefined) blocks.add(block)
      const place = { ifindex, parent, ...(query.chain !== undefined && { chain: query.chain }) }
      filters.push(await tc.dumpFiltersAsync(route, place))
    }
  }
  return filters.flat()
}

/** As in TCA_KIND. */
export function kindOf(filter: tc.Filter): string {
  return filter.kind === 'raw' ? filter.name : filter.kind
}

/** The qdiscs that filters of the two directions are on. */
export function hookQdiscs(route: Session['route']): tc.Qdisc[] {
  return tc.listQdiscs(route).filter(({ kind }) => kind === 'clsact' || kind === 'ingress')
}

/** @throws NicsteerError NO_DEVICE */
function deviceNamed(links: readonly rtnl.Link[], name: string): Ifindex {
  const link = links.find((one) => one.name === name || one.altNames.includes(name))
  if (link !== undefined) return link.ifindex
  throw new NicsteerError('NO_DEVICE', `there is no device ${name}`, { hint: 'ip -br link lists the devices' })
}

/** Of any kind of filter that says so; bpf has no count. */
function hardwareState(filter: tc.Filter): Pick<ListedRule, 'inHw' | 'inHwCount'> {
  const { flags, inHwCount = flags?.inHw ? 1 : 0 } = filter as tc.Filter & { inHwCount?: number }
  return { inHw: flags?.inHw ?? false, inHwCount }
}
