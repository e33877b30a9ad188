import type { Ifindex, MacAddress } from '../base/types.js'
import { tc } from '../kernel/index.js'
import { identityOf } from './diff.js'
import { overlap } from './doctor/overlap.js'
import { ownershipOf } from './ownership.js'
import { hitsSince, movedSince, type Reading } from './reading.js'

/** A filter that took packets in software, while we looked. */
export interface Taken {
  priority: number
  packets: number
}

/**
 * What came from a VF to its representor, and so to the host (IFLA_OFFLOAD_XSTATS_CPU_HIT). It counts all of the VF's packets that hardware
 * did not carry, ARP too: alone it proves nothing of one rule.
 */
export interface AtRepresentor {
  device: string
  /** Since the driver made the representor. */
  packets: number
  /** While we looked; missing when we looked once. */
  moved?: number
  /** Of these, at least so many no filter of the representor has counted in software. */
  uncounted?: number
  /** Why a packet that the rule matches could come here without being counted by it. */
  blind?: string
  /** Another filter that took packets which the rule matches, though hardware was to look at the rule first. */
  takenBy?: Taken
}

/** What is true of one device, for all rules on it. */
interface Device {
  moved: number
  uncounted: number
  /** Filters that counted in software. */
  movers: { filter: tc.FlowerFilter; packets: number }[]
  foreign: tc.Filter[]
  /** Our last rule of a representor is there: it takes all that the others don't. */
  closed: boolean
}

/** What came to representors, and how much of it TC's filters explain. */
export class Representors {
  readonly #hits: ReadonlyMap<Ifindex, number>
  readonly #before: Reading | undefined
  readonly #filters = new Map<Ifindex, tc.Filter[]>()
  readonly #devices = new Map<Ifindex, Device | undefined>()

  /**
   * @param hits read before `present` is: filters have counted whatever representors have
   * @param before an earlier reading, of both
   */
  constructor(present: readonly tc.Filter[], hits: ReadonlyMap<Ifindex, number>, before: Reading | undefined) {
    this.#hits = hits
    this.#before = before
    for (const filter of present) {
      const here = this.#filters.get(filter.ifindex)
      if (here === undefined) this.#filters.set(filter.ifindex, [filter])
      else here.push(filter)
    }
  }

  /** @returns undefined where nobody counts what comes to the rule's device */
  of(rule: tc.FlowerFilter, device: string): AtRepresentor | undefined {
    const packets = this.#hits.get(rule.ifindex)
    if (packets === undefined) return undefined
    const seen = this.#device(rule.ifindex, packets)
    if (seen === undefined) return { device, packets }
    const blind = whyBlind(rule, seen)
    const taker = seen.movers.find(({ filter }) => wouldHaveMatched(rule, filter))
    return {
      device,
      packets,
      moved: seen.moved,
      uncounted: seen.uncounted,
      ...(blind !== undefined && { blind }),
      ...(taker !== undefined && { takenBy: { priority: taker.filter.priority, packets: taker.packets } }),
    }
  }

  #device(ifindex: Ifindex, packets: number): Device | undefined {
    if (!this.#devices.has(ifindex)) this.#devices.set(ifindex, this.#look(ifindex, packets))
    return this.#devices.get(ifindex)
  }

  #look(ifindex: Ifindex, packets: number): Device | undefined {
    const before = this.#before
    const moved = before && hitsSince(before, ifindex, packets)
    if (before === undefined || moved === undefined) return undefined
    const here = this.#filters.get(ifindex) ?? []
    const movers = here.filter(tc.isFlower).flatMap((filter) => {
      const packets = movedSince(before, filter)?.software ?? 0
      return packets > 0 ? [{ filter, packets }] : []
    })
    // One that several filters have counted makes the rest smaller, never greater.
    const counted = movers.reduce((sum, mover) => sum + mover.packets, 0)
    return {
      moved,
      uncounted: Math.max(0, moved - counted),
      movers,
      foreign: here.filter((filter) => ownershipOf(filter) === undefined),
      closed: here.some((filter) => ownershipOf(filter)?.kind === 'drop'),
    }
  }
}

/** Software looks at filters by priority, and at none of those for hardware alone. */
function whyBlind(rule: tc.FlowerFilter, { foreign, closed, uncounted }: Device): string | undefined {
  if (rule.flags?.skipSw) return 'the rule is for hardware alone (skip_sw), so it counts nothing in software'
  const front = foreign.find(
    (other) => other.chain === rule.chain && other.priority < rule.priority && overlap(rule, other),
  )
  if (front !== undefined) return `a filter of priority ${front.priority} that is not ours comes first in software`
  return closed && uncounted > 0 ? 'something takes packets before TC does, a BPF program say (bpftool net)' : undefined
}

/** Every packet that the other one takes is one of the rule, and hardware does not have the other one in front of it. */
function wouldHaveMatched(rule: tc.FlowerFilter, other: tc.FlowerFilter): boolean {
  if (rule.chain !== other.chain || identityOf(rule) === identityOf(other)) return false
  const inFront = other.flags?.inHw === true && other.priority <= rule.priority
  return !inFront && isWithin(other, rule)
}

/** Only of rules that match whole MAC addresses, the destination's at least, and nothing else. */
function isWithin(narrow: tc.FlowerFilter, wide: tc.FlowerFilter): boolean {
  if (wide.protocol !== tc.ETH_P_ALL && wide.protocol !== narrow.protocol) return false
  const { ethSrc, ethDst, ...more } = wide.match
  if (ethDst === undefined || Object.values(more).some((value) => value !== undefined)) return false
  const { match } = narrow
  return isOnly(ethDst, match.ethDst, match.ethDstMask) && isOnly(ethSrc, match.ethSrc, match.ethSrcMask)
}

/** @param wanted undefined: any will do */
const isOnly = (wanted?: MacAddress, mac?: MacAddress, mask?: MacAddress) =>
  wanted === undefined || (mac === wanted && mask === undefined)
