import type { Link } from '../link/link.js'
import { readLink } from '../link/link.js'
import { MalformedMessage } from '../netlink/attribute.js'
import type { ByteSource } from '../netlink/bytes.js'
import { type Hex, hex, u8 } from '../netlink/codec.js'
import { forEachMessage, type Message } from '../netlink/message.js'
import { type Address, readAddress } from '../route/address.js'
import { type FdbEntry, readFdbEntry } from '../route/fdb.js'
import { type Neighbour, readNeighbour } from '../route/neighbour.js'
import { type Route, readRoute } from '../route/route.js'
import { type Rule, readRule } from '../route/rule.js'
import { uapi } from '../uapi.js'
import { type ChainEvent, type FilterEvent, type QdiscEvent, readTc } from './tc-event.js'

/** What all changes have. */
export interface Change {
  /** `new`: made, or changed; it is now as told. */
  change: 'new' | 'del'
  /**
   * Port id of the socket whose request made the change (NetlinkSocket.portId), as far as the kernel tells it: rules,
   * routes and tc, link changes partly; else 0.
   */
  by: number
}

export type ChangeEvent = Change &
  (
    | { kind: 'link'; link: Link }
    | { kind: 'address'; address: Address }
    | { kind: 'neighbour'; neighbour: Neighbour }
    /** Forwarding entries of bridges and VXLAN devices come with the group `neigh`. */
    | { kind: 'fdb'; entry: FdbEntry }
    /** `replaces`: the route that had its place (destination, TOS, metric, table) is gone, and nothing else tells so. */
    | { kind: 'route'; route: Route; replaces?: true }
    | { kind: 'rule'; rule: Rule }
    | QdiscEvent
    | ChainEvent
    | FilterEvent
  )

/** A message for which there is no decoder: as it came. */
export interface RawEvent {
  kind: 'raw'
  /** RTM_* */
  type: number
  flags: number
  by: number
  /** What follows the nlmsghdr. */
  payload: Hex
}

/**
 * From here on nothing that was known is sure: read the state again. What comes after it was told after the loss.
 * - `overrun`: the kernel had more to tell than was read in time; what had been read but not yet taken is dropped too
 * - `truncated`: one message was larger than any before; the next of its size will fit
 * - `malformed`: one message was not what its type says, see `error`
 */
export interface ResyncEvent {
  kind: 'resync'
  reason: 'overrun' | 'truncated' | 'malformed'
  error?: MalformedMessage
}

export type MonitorEvent = ChangeEvent | RawEvent | ResyncEvent

/** All that one datagram says, in order. */
export function readEvents(source: ByteSource): MonitorEvent[] {
  const events: MonitorEvent[] = []
  const keep = (read: () => MonitorEvent | undefined): void => {
    try {
      const event = read()
      if (event !== undefined) events.push(event)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      events.push({ kind: 'resync', reason: 'malformed', error })
    }
  }
  keep(() => {
    forEachMessage(source, source.length, (message) => keep(() => readEvent(message)))
    return undefined
  })
  return events
}

/** @throws MalformedMessage */
function readEvent(message: Message): MonitorEvent {
  const { source, type, flags, portId: by, start, end } = message
  const read = READERS.get(type)
  const said = read?.(message)
  if (said === undefined) return { kind: 'raw', type, flags, by, payload: hex.read(source, start, end) }
  // Of three message types in a row (new, del, get) the first is "new" (linux/rtnetlink.h RTM_BASE).
  const change = (type & 3) === 0 ? 'new' : 'del'
  return { ...said, change, by } as ChangeEvent
}

type Said = ChangeEvent extends infer E ? (E extends Change ? Omit<E, keyof Change> : never) : never

/** undefined: a message of that type, but about something else. */
type Reader = (message: Message) => Said | undefined

const READERS = new Map<number, Reader>()
add(uapi.RTM_NEWLINK, uapi.RTM_DELLINK, (message) => {
  // A bridge tells with its family, and RTM_DELLINK, that a port left it (net/bridge/br_netlink.c br_ifinfo_notify).
  if (u8.read(message.source, message.start, Math.min(message.start + 1, message.end)) !== uapi.AF_UNSPEC) return
  return { kind: 'link', link: readLink(message) }
})
add(uapi.RTM_NEWADDR, uapi.RTM_DELADDR, (message) => {
  const address = readAddress(message)
  return address && { kind: 'address', address }
})
add(uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH, (message) => {
  const neighbour = readNeighbour(message)
  if (neighbour !== undefined) return { kind: 'neighbour', neighbour }
  const entry = readFdbEntry(message)
  return entry && { kind: 'fdb', entry }
})
add(uapi.RTM_NEWROUTE, uapi.RTM_DELROUTE, (message) => {
  const route = readRoute(message)
  return (message.flags & uapi.NLM_F_REPLACE) === 0
    ? { kind: 'route', route }
    : { kind: 'route', route, replaces: true }
})
add(uapi.RTM_NEWRULE, uapi.RTM_DELRULE, (message) => ({ kind: 'rule', rule: readRule(message) }))
for (const type of [uapi.RTM_NEWQDISC, uapi.RTM_NEWCHAIN, uapi.RTM_NEWTFILTER]) add(type, type + 1, readTc)

function add(newType: number, delType: number, reader: Reader): void {
  READERS.set(newType, reader)
  READERS.set(delType, reader)
}
