import { u32, u64 } from '../netlink/codec.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'
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
  installedMs: number
  lastUsedMs: number
  firstUsedMs?: number
}

/** linux/gen_stats.h struct gnet_stats_basic and gnet_stats_queue */
const basic = struct({ bytes: u64, packets: u32, _pad: pad(4) }, 12)
const queue = struct({ qlen: u32, backlog: u32, drops: u32, requeues: u32, overlimits: u32 })

/** linux/gen_stats.h TCA_STATS_*, inside TCA_ACT_STATS. */
export const wireStats = attributes({
  basic: attribute('TCA_STATS_BASIC', basic),
  queue: attribute('TCA_STATS_QUEUE', queue),
  basicHw: attribute('TCA_STATS_BASIC_HW', basic),
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

export function actionStats({
  basic: all,
  basicHw: hw,
  queue: queued,
  packets64,
}: Infer<typeof wireStats>): ActionStats {
  // net/core/gen_stats.c writes TCA_STATS_PKT64 after a BASIC whose 32-bit packet counter is too small, under the same
  // number for both. Hardware is part of the total, so if there is only one it belongs to the total.
  const bytes = all?.bytes ?? 0
  const packets = packets64?.[0] ?? all?.packets ?? 0
  const hardware = counters(packets64?.[1] ?? hw?.packets ?? 0, hw?.bytes ?? 0)
  const software = counters(packets - hardware.packets, bytes - hardware.bytes)
  const drops = queued?.drops ?? 0
  const overlimits = queued?.overlimits ?? 0
  if (hardware === NOTHING && software === NOTHING && drops === 0 && overlimits === 0) return IDLE
  return { bytes, packets, software, hardware, drops, overlimits }
}

function counters(packets: number, bytes: number): Counters {
  return packets === 0 && bytes === 0 ? NOTHING : { packets, bytes }
}

export function actionAge({ install, lastUse, firstUse }: WireAge): ActionAge {
  const age: ActionAge = { installedMs: install * TICK_MS, lastUsedMs: lastUse * TICK_MS }
  if (firstUse > 0) age.firstUsedMs = firstUse * TICK_MS
  return age
}
