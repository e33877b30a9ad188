import type { Ifindex } from '../../base/types.js'
import { u8, u16, u32 } from '../netlink/codec.js'
import { dump } from '../netlink/dump.js'
import { type MessageLayout, readBody, request } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { struct } from '../netlink/struct.js'
import { uapi } from '../uapi.js'
import { type LinkStats, linkStats64 } from './message.js'

/** linux/if_link.h struct if_stats_msg */
const header = struct({ family: u8, pad1: u8, pad2: u16, ifindex: u32, filterMask: u32 })

/** linux/if_link.h IFLA_STATS_* and IFLA_OFFLOAD_XSTATS_* */
const OFFLOAD_XSTATS = 4
const stats = attributes({
  offload: attribute(
    'IFLA_STATS_LINK_OFFLOAD_XSTATS',
    attributes({ cpuHit: attribute('IFLA_OFFLOAD_XSTATS_CPU_HIT', linkStats64) }),
  ),
})
const layout: MessageLayout<Infer<typeof header>, Infer<typeof stats>> = { header, attributes: stats }

/**
 * Packets that offloading devices (representors) gave to software, by ifindex. A device whose driver doesn't count
 * them isn't in the map.
 */
export function listCpuHits(socket: NetlinkSocket): Map<Ifindex, LinkStats> {
  const filterMask = 1 << (OFFLOAD_XSTATS - 1)
  const body = { family: 0, pad1: 0, pad2: 0, ifindex: 0, filterMask }
  const entries = dump(
    socket,
    request(layout, { what: 'list offload statistics', type: uapi.RTM_GETSTATS }, body, {}),
    (reply) => {
      const { header: of, attributes: found } = readBody(layout, reply)
      const hit = found.offload?.cpuHit
      return hit === undefined ? undefined : ([of.ifindex as Ifindex, hit] as const)
    },
  )
  return new Map(entries)
}
