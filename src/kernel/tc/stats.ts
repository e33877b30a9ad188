import { u32, u64 } from '../netlink/codec.js'
import { attribute, attributes, type Infer, repeated, stored } from '../netlink/schema.js'
import { pad, struct } from '../netlink/struct.js'

export interface Counters {
  readonly packets: number
  readonly bytes: number
}

/** Counters of an action. Hardware's are only in actions that take them over (act_api.c tcf_action_stats_update): tunnel_key does not. */
export interface ActionStats extends Counters {
  /** Counted by the host's software. */
  readonly software: Counters
  /** Reported by drivers; they may be a second or two old. */
  readonly hardware: Counters
  readonly drops: number
  readonly overlimits: number
}

/** Milliseconds ago, to 10 ms. What was never used was last used when it was installed. */
export interface ActionAge {
  readonly installedMs: number
  readonly lastUsedMs: number
  readonly firstUsedMs?: number
}

/** linux/gen_stats.h struct gnet_stats_basic and gnet_stats_queue */
const basic = struct({ bytes: u64, packets: u32, _pad: pad(4) }, 12)
const queue = struct({ qlen: u32, backlog: u32, drops: u32, requeues: u32, overlimits: u32 })

/** What TCA_ACT_STATS says, as it says it. */
export interface WireStats {
  bytes?: number
  packets?: number
  hardwareBytes?: number
  hardwarePackets?: number
  drops?: number
  overlimits?: number
  packets64?: number[] | undefined
}

/** linux/gen_stats.h TCA_STATS_*, inside TCA_ACT_STATS. */
export const wireStats = attributes({
  basic: stored(attribute('TCA_STATS_BASIC', basic), (stats: WireStats, { bytes, packets }) => {
    stats.bytes = bytes
    stats.packets = packets
  }),
  queue: stored(attribute('TCA_STATS_QUEUE', queue), (stats: WireStats, { drops, overlimits }) => {
    stats.drops = drops
    stats.overlimits = overlimits
  }),
  basicHw: stored(attribute('TCA_STATS_BASIC_HW', basic), (stats: WireStats, { bytes, packets }) => {
    stats.hardwareBytes = bytes
    stats.hardwarePackets = packets
  }),
  packets64: repeated('TCA_STATS_PKT64', u64),
})

/** linux/pkt_cls.h struct tcf_t: ages in USER_HZ, which is 100 on every architecture we run on (tcf_tm_dump). */
export const wireAge = struct({ install: u64, lastUse: u64, expires: u64, firstUse: u64 }, 24)
export type WireAge = Infer<typeof wireAge>
const TICK_MS = 10

/** Most rules of a big table are idle most of the time: they share these. */
const NOTHING: Counters = Object.freeze({ packets: 0, bytes: 0 })
const IDLE: ActionStats = Object.freeze({
  bytes: 0,
  packets: 0,
  software: NOTHING,
  hardware: NOTHING,
  drops: 0,
  overlimits: 0,
})

export function actionStats(wire: WireStats): ActionStats {
  // net/core/gen_stats.c writes TCA_STATS_PKT64 after a BASIC whose 32-bit packet counter is too small, under the same
  // number for both. Hardware is part of the total, so if there is only one it belongs to the total.
  const { bytes = 0, hardwareBytes = 0, drops = 0, overlimits = 0, packets64 } = wire
  const packets = packets64?.[0] ?? wire.packets ?? 0
  const hardwarePackets = packets64?.[1] ?? wire.hardwarePackets ?? 0
  if (packets === 0 && bytes === 0 && drops === 0 && overlimits === 0) return IDLE
  const hardware = counters(hardwarePackets, hardwareBytes)
  const software = counters(packets - hardwarePackets, bytes - hardwareBytes)
  return { bytes, packets, software, hardware, drops, overlimits }
}

function counters(packets: number, bytes: number): Counters {
  return packets === 0 && bytes === 0 ? NOTHING : { packets, bytes }
}

/** Rules that were installed together have been there for as long: those decoded one after the other share their age. */
let lastAge: ActionAge = Object.freeze({ installedMs: 0, lastUsedMs: 0 })

export function actionAge({ install, lastUse, firstUse }: WireAge): ActionAge {
  const installedMs = install * TICK_MS
  const lastUsedMs = lastUse * TICK_MS
  if (firstUse > 0) return { installedMs, lastUsedMs, firstUsedMs: firstUse * TICK_MS }
  if (lastAge.installedMs === installedMs && lastAge.lastUsedMs === lastUsedMs) {
    return lastAge
  }
  lastAge = Object.freeze({ installedMs, lastUsedMs })
  return lastAge
}
