import type { Ifindex } from '../../base/types.js'
import { forEachAttribute } from '../netlink/attribute.js'
import { type Codec, u32, u64 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { bitset, bitsetOf } from './bitset.js'
import { ask, header, onDevice } from './call.js'
import { getStrings } from './strings.js'

/** One counter: an attribute whose number is the counter's in its string set. */
interface Counter {
  index: number
  value: number
}
const counter: Codec<Counter> = {
  write() {
    throw new TypeError('statistics are only read')
  },
  read(source, start, end) {
    const found: Counter = { index: 0, value: 0 }
    forEachAttribute(source, start, end, (index, at, stop) => {
      // Where the processor wants 64 bits aligned, an empty attribute comes before (nla_put_64bit).
      if (stop > at) Object.assign(found, { index, value: u64.read(source, at, stop) })
    })
    return found
  },
}

const histogram = attributes({
  low: attribute('ETHTOOL_A_STATS_GRP_HIST_BKT_LOW', u32),
  high: attribute('ETHTOOL_A_STATS_GRP_HIST_BKT_HI', u32),
  value: attribute('ETHTOOL_A_STATS_GRP_HIST_VAL', u64),
})
/** linux/ethtool_netlink.h ETHTOOL_A_STATS_GRP_* */
export const statsGroup = attributes({
  id: attribute('ETHTOOL_A_STATS_GRP_ID', u32),
  stringSet: attribute('ETHTOOL_A_STATS_GRP_SS_ID', u32),
  counters: repeated('ETHTOOL_A_STATS_GRP_STAT', counter),
  rxHistogram: repeated('ETHTOOL_A_STATS_GRP_HIST_RX', histogram),
  txHistogram: repeated('ETHTOOL_A_STATS_GRP_HIST_TX', histogram),
})
/** linux/ethtool_netlink.h ETHTOOL_A_STATS_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_STATS_HEADER', header),
    groups: attribute('ETHTOOL_A_STATS_GROUPS', bitset),
    group: repeated('ETHTOOL_A_STATS_GRP', statsGroup),
  }),
)

/** linux/ethtool_netlink.h ETHTOOL_STATS_*, in order, by the kernel's names for them */
const GROUPS = ['eth-phy', 'eth-mac', 'eth-ctrl', 'rmon'] as const
export type StatsGroup = (typeof GROUPS)[number]

/** Packets by size. */
export interface SizeBucket {
  /** Bytes, both ends included. */
  low: number
  high: number
  packets: number
}

export interface StatsOfGroup {
  /** By the standard's names: `FramesTransmittedOK` …; what the device doesn't count is missing. */
  counters: Record<string, number>
  /** rmon */
  rxHistogram?: SizeBucket[]
  txHistogram?: SizeBucket[]
}

/**
 * Counters that IEEE 802.3 and RFC 2819 name, where the driver has them; its own are {@link driverStats}.
 * @throws KernelRefusal EOPNOTSUPP; NicsteerError NO_ETHTOOL_NETLINK
 */
export function getStats(
  socket: NetlinkSocket,
  ifindex: Ifindex,
  groups: readonly StatsGroup[] = GROUPS,
): Partial<Record<StatsGroup, StatsOfGroup>> {
  const command = { what: 'statistics', command: uapi.ETHTOOL_MSG_STATS_GET }
  const wanted = bitsetOf(Object.fromEntries(groups.map((name) => [name, true])))
  const reply = ask(socket, layout, command, { ...onDevice(ifindex), groups: { noMask: true, ...wanted } })
  return readGroups(reply?.group ?? [], (set) => getStrings(socket, set))
}

/** @param namesOf the strings of a string set */
export function readGroups(
  groups: readonly Infer<typeof statsGroup>[],
  namesOf: (set: number) => string[],
): Partial<Record<StatsGroup, StatsOfGroup>> {
  const stats: Partial<Record<StatsGroup, StatsOfGroup>> = {}
  for (const { id = -1, stringSet = 0, counters = [], rxHistogram, txHistogram } of groups) {
    const name = GROUPS[id]
    if (name === undefined) continue
    const names = counters.length === 0 ? [] : namesOf(stringSet)
    stats[name] = {
      counters: Object.fromEntries(counters.map(({ index, value }) => [names[index] ?? `counter ${index}`, value])),
      ...(rxHistogram !== undefined && { rxHistogram: rxHistogram.map(bucketOf) }),
      ...(txHistogram !== undefined && { txHistogram: txHistogram.map(bucketOf) }),
    }
  }
  return stats
}

function bucketOf({ low = 0, high = 0, value = 0 }: Infer<typeof histogram>): SizeBucket {
  return { low, high, packets: value }
}
