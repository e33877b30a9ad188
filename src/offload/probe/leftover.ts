import { tc } from '../../kernel/index.js'
import { ownershipOf } from '../ownership.js'
import { allIngressFilters, type Session } from '../session.js'

/**
 * Removes what a probe left behind; its chain goes with it. Only with the lock: then no probe is under way.
 * @returns how many filters
 * @throws KernelRefusal
 */
export function removeLeftovers(session: Session): number {
  const left = allIngressFilters(session)
    .filter(tc.isFlower)
    .filter((filter) => ownershipOf(filter)?.kind === 'probe')
  const refused = tc
    .deleteFilters(
      session.route,
      left.map((filter) => ({ ...filter, handle: filter.handle ?? 0 })),
    )
    .find(({ error }) => error !== undefined)
  if (refused?.error !== undefined) throw refused.error
  return left.length
}
