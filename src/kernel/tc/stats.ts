import { u32, u64 } from '../netlink/codec.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'
import { pad, struct } from '../netlink/struct.js'

export interface Counters {
  packets: number
  bytes: number
}

/** Counters of an action. Hardware's are only in actions that take them over (act_api.c tcf_action_stats_update): tunnel_key does not. */
export interface ActionStats extends Counters {
  /** Counted by the host's software. */
  software: Counters
  /** Reported by drivers; they may be a second or two old. */
  hardware: Counters
  drops: number
  overlimits: number
}

/** Seconds, to 10 ms. `lastUsed` is the age of the action itself when it was never used. */
export interface ActionAge {
  installed: number
  lastUsed: number
  firstUsed?: number
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
const USER_HZ = 100

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
  const hardware = { bytes: hw?.bytes ?? 0, packets: packets64?.[1] ?? hw?.packets ?? 0 }
  return {
    bytes,
    packets,
    software: { bytes: bytes - hardware.bytes, packets: packets - hardware.packets },
    hardware,
    drops: queued?.drops ?? 0,
    overlimits: queued?.overlimits ?? 0,
  }
}

export function actionAge({ install, lastUse, firstUse }: WireAge): ActionAge {
  const age: ActionAge = { installed: install / USER_HZ, lastUsed: lastUse / USER_HZ }
  if (firstUse > 0) age.firstUsed = firstUse / USER_HZ
  return age
}
