import type { Ifindex } from '../base/types.js'
import { rtnl, tc } from '../kernel/index.js'
import { countersOf } from './counters.js'
import { identityOf } from './diff.js'
import { allIngressFilters, type Session } from './session.js'

/** Packets by counter. */
export interface Moved {
  hardware: number
  software: number
}

/** What counts packets, at one time: what moved since shows in a later one. */
export interface Reading {
  /** All flower filters' counters, by identity. */
  counters: ReadonlyMap<string, Moved>
  /** Packets that came to a port's representor, by ifindex. */
  hits: ReadonlyMap<Ifindex, number>
}

export function readCounters(session: Session): Reading {
  // Filters before representors, and the other way round the second time (verify.ts): filters have counted all that representors have.
  const counters = new Map(
    allIngressFilters(session)
      .filter(tc.isFlower)
      .map((filter) => [identityOf(filter), packetsOf(filter)]),
  )
  return { counters, hits: readHits(session) }
}

/** What a VF sends and its representor gets (en_rep.c mlx5e_rep_get_offload_stats); what the host sends to the VF is no part of it. */
export function readHits({ route }: Session): Map<Ifindex, number> {
  return new Map([...rtnl.listCpuHits(route)].map(([ifindex, { rxPackets }]) => [ifindex, Number(rxPackets)]))
}

/** A filter that counts less than before is a new one in the old one's place. Undefined where it wasn't there. */
export function movedSince({ counters }: Reading, filter: tc.FlowerFilter): Moved | undefined {
  const before = counters.get(identityOf(filter))
  if (before === undefined) return undefined
  const now = packetsOf(filter)
  return { hardware: since(before.hardware, now.hardware), software: since(before.software, now.software) }
}

export function hitsSince({ hits }: Reading, ifindex: Ifindex, now: number): number | undefined {
  const before = hits.get(ifindex)
  return before === undefined ? undefined : since(before, now)
}

const since = (before: number, now: number) => (now < before ? now : now - before)

function packetsOf(filter: tc.FlowerFilter): Moved {
  const { hardware, software } = countersOf(filter)
  return { hardware: hardware.packets, software: software.packets }
}
