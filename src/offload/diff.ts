import { tc } from '../kernel/index.js'
import { canonical, ownershipOf } from './ownership.js'

/** A rule's identity: where it is and what it matches. */
export function identityOf({ ifindex, parent, chain, priority, protocol, match }: tc.FlowerFilter): string {
  return `${ifindex}/${parent}/${chain}/${priority}/${protocol}/${canonical(match)}`
}

/** A rule's content: what it does, and whether hardware may take it. */
export function contentOf(filter: tc.FlowerFilter): string {
  const { actions, flags } = tc.asNew(filter)
  return canonical([flags?.skipHw ?? false, flags?.skipSw ?? false, actions.map(({ cookie: _, ...action }) => action)])
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
  const ours = new Map<string, tc.FlowerFilter>()
  for (const filter of present) {
    if (tc.isFlower(filter) && ownershipOf(filter) !== undefined) ours.set(identityOf(filter), filter)
  }
  const diff: Diff = { add: [], change: [], remove: [], same: [] }
  for (const filter of wanted) {
    const identity = identityOf(filter)
    const installed = ours.get(identity)
    ours.delete(identity)
    if (installed === undefined) diff.add.push(filter)
    else if (contentOf(installed) === contentOf(filter)) diff.same.push({ wanted: filter, installed })
    else diff.change.push({ from: installed, to: { ...filter, handle: installed.handle } })
  }
  diff.remove = [...ours.values()]
  return diff
}
