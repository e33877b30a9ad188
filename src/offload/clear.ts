import type { Ifindex } from '../base/types.js'
import { rtnl, tc } from '../kernel/index.js'
import { takeLock } from './lock.js'
import { ownershipOf } from './ownership.js'
import { allIngressFilters, filteredDevices, hasNoFilters, type Session } from './session.js'
import { isOurs } from './tunnel-device.js'

export interface Cleared {
  rules: number
  /** Names of tunnel devices of ours that were removed. */
  devices: string[]
  /** How many clsact qdiscs of ours were removed. */
  qdiscs: number
  /** Rules on the same devices that are not ours and stay. */
  foreign: number
}

/**
 * Removes exactly what is ours from the namespace: rules by their cookie, then qdiscs that we made and that are empty now, then our
 * tunnel devices unless somebody else's rule is on one.
 * @throws NicsteerError LOCKED; KernelRefusal
 */
export async function clear(session: Session, { lockSeconds = 10 }: { lockSeconds?: number } = {}): Promise<Cleared> {
  await using _lock = await takeLock(lockSeconds)
  const { route } = session
  const filters = allIngressFilters(session)
  const ours = filters.filter((filter) => ownershipOf(filter) !== undefined)
  const ourQdiscs = new Set<Ifindex>()
  for (const filter of ours) if (ownershipOf(filter)?.qdisc) ourQdiscs.add(filter.ifindex)
  const touched = new Set(ours.map(({ ifindex }) => ifindex))

  // Encap first: what still comes in may find its decap rule.
  const order = { probe: 0, encap: 0, bum: 0, local: 1, control: 1, decap: 2, 'bum-decap': 2, drop: 3 }
  const rank = (filter: tc.Filter) => order[ownershipOf(filter)?.kind ?? 'drop']
  const refs = ours
    .sort((a, b) => rank(a) - rank(b))
    .map((filter) => ({ ...filter, handle: filter.handle ?? 0, name: 'flower' }))
  const refused = tc.deleteFilters(route, refs).find(({ error }) => error !== undefined)
  if (refused?.error !== undefined) throw refused.error

  const foreign = filters.length - ours.length
  let qdiscs = 0
  for (const ifindex of ourQdiscs) {
    if (!hasNoFilters(session, ifindex)) continue
    tc.deleteQdisc(route, ifindex)
    qdiscs += 1
  }
  const devices = rtnl.listLinks(route).filter((link) => isOurs(link) && isUnused(session, link.ifindex))
  for (const { ifindex } of devices) rtnl.deleteLink(route, ifindex)
  return {
    rules: ours.length,
    devices: devices.map(({ name }) => name),
    qdiscs,
    foreign:
      foreign === 0
        ? 0
        : filters.filter((filter) => touched.has(filter.ifindex) && ownershipOf(filter) === undefined).length,
  }
}

function isUnused(session: Session, ifindex: Ifindex): boolean {
  return !filteredDevices(session).has(ifindex) || hasNoFilters(session, ifindex)
}
