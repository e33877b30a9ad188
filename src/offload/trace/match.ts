import type { tc } from '../../kernel/index.js'
import { isRefused, type OfferEvent, type TraceEvent } from './event.js'
import { ownNetns } from './trace.js'

/**
 * The last refusal of just this filter: at its place, and the same by its handle or, where that isn't known, by its action's cookie. Never one
 * that only might be: several flower filters share a priority.
 * @param filter as it was read after the events; one that is in hardware has none, whatever was said of it
 * @param netns inode of the network namespace that it is in
 */
export function matchTrace(
  events: readonly TraceEvent[],
  filter: tc.Filter,
  netns = ownNetns(),
): OfferEvent | undefined {
  if ((filter as { flags?: tc.FilterFlags }).flags?.inHw) return undefined
  return events.findLast(
    (event): event is OfferEvent =>
      event.kind === 'offer' && event.netns === netns && isRefused(event) && isAt(event, filter) && isOf(event, filter),
  )
}

/**
 * The last offer of a filter that is not there, if it failed: that of an OVS flow, whose cookie nobody else's filter has.
 * @param cookie hex
 * @param netns inode of the network namespace
 */
export function matchTraceByCookie(
  events: readonly TraceEvent[],
  cookie: string,
  netns = ownNetns(),
): OfferEvent | undefined {
  const last = events.findLast(
    (event): event is OfferEvent => event.kind === 'offer' && event.netns === netns && event.cookie === cookie,
  )
  return last?.errno === undefined ? undefined : last
}

function isAt(offer: OfferEvent, { ifindex, parent, block, chain, priority, protocol }: tc.Filter): boolean {
  const samePlace =
    block === undefined
      ? offer.ifindex === ifindex && (offer.parent === undefined || offer.parent === parent)
      : offer.block === block
  return samePlace && offer.chain === chain && offer.priority === priority && offer.protocol === protocol
}

function isOf({ classifier, handle, cookie }: OfferEvent, filter: tc.Filter): boolean {
  if (classifier !== (filter.kind === 'raw' ? filter.name : filter.kind)) return false
  // A priority holds one of them (cls_matchall.c mall_change).
  if (classifier === 'matchall') return true
  if (classifier !== 'flower' || filter.kind !== 'flower') return false
  if (cookie !== cookieOf(filter)) return false
  return handle === undefined ? cookie !== undefined : handle === filter.handle
}

/** Of the last action that has one, as the program in the kernel looks for it. */
function cookieOf({ actions }: tc.FlowerFilter): string | undefined {
  return actions.findLast((action) => action.cookie !== undefined)?.cookie
}
