import { tc } from '../kernel/index.js'
import { ownershipOf } from './ownership.js'

/** A rule's identity: where it is and what it matches. */
export function identityOf({ ifindex, parent, chain, priority, protocol, match }: tc.FlowerFilter): string {
  return `${ifindex}/${parent}/${chain}/${priority}/${protocol}/${tc.matchText(match)}`
}

/** Whether two filters' contents are the same: what they do, and whether hardware may take them. */
export function isSameContent(one: tc.FlowerFilter, other: tc.FlowerFilter): boolean {
  return (
    (one.flags?.skipHw ?? false) === (other.flags?.skipHw ?? false) &&
    (one.flags?.skipSw ?? false) === (other.flags?.skipSw ?? false) &&
    tc.doTheSame(one, other)
  )
}

/** Filters of ours by identity. */
export type Installed = ReadonlyMap<string, tc.FlowerFilter>

/** What of a dump is ours. */
export function installedOf(present: Iterable<tc.Filter>): Map<string, tc.FlowerFilter> {
  const ours = new Map<string, tc.FlowerFilter>()
  for (const filter of present) {
    if (tc.isFlower(filter) && ownershipOf(filter) !== undefined) ours.set(identityOf(filter), filter)
  }
  return ours
}

export interface Diff {
  add: tc.FlowerFilter[]
  change: { from: tc.FlowerFilter; to: tc.FlowerFilter }[]
  remove: tc.FlowerFilter[]
  same: { wanted: tc.FlowerFilter; installed: tc.FlowerFilter }[]
}

/**
 * What turns the filters that are there into the wanted ones. Filters that aren't ours are no part of it, whatever they match.
 * Order: additions as wanted.
 */
export function diffFilters(wanted: readonly tc.FlowerFilter[], present: readonly tc.Filter[]): Diff {
  const installed = installedOf(present)
  return diffInstalled(wanted, installed, installed.keys())
}

/**
 * The same for a part of the rules, against what is known to be installed: its cost is the part's.
 * @param installed everything of ours
 * @param candidates identities that are to go unless they are wanted: those of the part's rules as they were before
 */
export function diffInstalled(
  wanted: readonly tc.FlowerFilter[],
  installed: Installed,
  candidates: Iterable<string>,
): Diff {
  const diff: Diff = { add: [], change: [], remove: [], same: [] }
  const kept = new Set<tc.FlowerFilter>()
  for (const filter of wanted) {
    const there = installed.get(identityOf(filter))
    if (there === undefined) {
      diff.add.push(filter)
      continue
    }
    kept.add(there)
    if (isSameContent(there, filter)) diff.same.push({ wanted: filter, installed: there })
    else diff.change.push({ from: there, to: { ...filter, handle: there.handle } })
  }
  for (const identity of candidates) {
    const there = installed.get(identity)
    if (there !== undefined && !kept.has(there)) diff.remove.push(there)
  }
  return diff
}
