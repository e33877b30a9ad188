import { MalformedMessage } from '../../netlink/attribute.js'
import { type Codec, padding, s32, u8, u16, u32, u64 } from '../../netlink/codec.js'
import { attribute, attributes, type Infer } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { type Control, controlCode, controlFromCode } from '../control.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, storeAge } from './kind.js'

/** Limits how much passes: by bytes (`rate`), or by packets (`packetRate`), not both (act_police.c tcf_police_init). */
export interface Police extends Omit<ActionParameters, 'control'> {
  kind: 'police'
  /** Bytes per second. */
  rate?: number
  /**
   * Bytes. The kernel keeps the time that they take at `rate`, in steps of 64 ns: above 15 MB/s it can't tell all sizes
   * apart, and a round one of them is read.
   */
  burst?: number
  /** Bytes per second, for single packets. */
  peakRate?: number
  /** Bytes per second on average; the filter needs an `estimator`. */
  averageRate?: number
  packetRate?: number
  /** Packets; needed with `packetRate`. */
  packetBurst?: number
  /** Bytes; longer packets exceed. Where missing, 2040 with a `rate`, else no limit. */
  mtu?: number
  /** Bytes per packet that `rate` counts besides those it has. */
  overhead?: number
  /** Bytes that `rate` counts for each packet at least. */
  mpu?: number
  /** Counts in cells of 53 bytes. */
  linkLayer?: 'atm'
  /** What happens to a packet that is too much. */
  exceed: Control
  /** What happens to the others, `ok` where missing. */
  conform?: Control
}

/** linux/pkt_sched.h struct tc_ratespec */
const rateSpec = struct({ cellLog: u8, linkLayer: u8, overhead: u16, cellAlign: u16, mpu: u16, rate: u32 })
type RateSpec = Infer<typeof rateSpec>

/** linux/pkt_cls.h struct tc_police */
const parms = struct({
  index: u32,
  action: s32,
  limit: u32,
  burst: u32,
  mtu: u32,
  rate: rateSpec,
  peakRate: rateSpec,
  refcnt: s32,
  bindcnt: s32,
  capab: u32,
})

/** Transmission times by packet size. The kernel wants it (sch_api.c qdisc_get_rtab) and has not looked at it since 3.8. */
const RATE_TABLE_BYTES = 1024
const rateTable: Codec<true> = {
  write: (out) => {
    const at = out.reserve(RATE_TABLE_BYTES)
    out.bytes.fill(0, at, at + RATE_TABLE_BYTES)
  },
  read: padding.read,
}

const options = attributes({
  parms: attribute('TCA_POLICE_TBF', parms),
  rateTable: attribute('TCA_POLICE_RATE', rateTable),
  peakRateTable: attribute('TCA_POLICE_PEAKRATE', rateTable),
  averageRate: attribute('TCA_POLICE_AVRATE', u32),
  result: attribute('TCA_POLICE_RESULT', s32),
  tm: attribute('TCA_POLICE_TM', wireAge),
  pad: attribute('TCA_POLICE_PAD', padding),
  rate64: attribute('TCA_POLICE_RATE64', u64),
  peakRate64: attribute('TCA_POLICE_PEAKRATE64', u64),
  packetRate: attribute('TCA_POLICE_PKTRATE64', u64),
  packetBurst: attribute('TCA_POLICE_PKTBURST64', u64),
})

type Wire = Infer<typeof options>

/** linux/pkt_sched.h TC_LINKLAYER_ETHERNET and _ATM */
const ETHERNET = 1
const ATM = 2
/** As tc sets it; with it the kernel's usual MTU is 255 << 3. */
const CELL_LOG = 3
const U32_MAX = 0xffffffff

export const police: ActionKind<Police> = {
  kind: 'police',
  names: options,
  write(out, action) {
    const { rate, burst = 0, peakRate, averageRate, packetRate, packetBurst, mtu = 0, conform = 'ok' } = action
    options.write(out, {
      parms: {
        index: action.index ?? 0,
        action: controlCode(action.exceed),
        limit: 0,
        burst: rate === undefined ? 0 : ticksOf(burst, rate),
        mtu,
        rate: specOf(action, rate),
        peakRate: specOf(action, peakRate),
        refcnt: 0,
        bindcnt: 0,
        capab: 0,
      },
      rateTable: rate === undefined ? undefined : true,
      peakRateTable: peakRate === undefined ? undefined : true,
      averageRate,
      result: conform === 'ok' ? undefined : controlCode(conform),
      rate64: beyond32Bits(rate),
      peakRate64: beyond32Bits(peakRate),
      packetRate,
      packetBurst: packetRate === undefined ? undefined : ticksOf(packetBurst ?? 0, packetRate),
      unknown: action.unknown,
    })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, averageRate, result, rate64, peakRate64, packetRate, packetBurst } = wire
    if (head === undefined) throw new MalformedMessage('police action without TCA_POLICE_TBF')
    const action: Police = { kind: 'police', exceed: controlFromCode(head.action) }
    const { rate: spec, burst, mtu } = head
    if (spec.rate !== 0) {
      action.rate = rate64 ?? spec.rate
      action.burst = amountOf(burst, action.rate)
      if (spec.overhead !== 0) action.overhead = spec.overhead
      if (spec.mpu !== 0) action.mpu = spec.mpu
      if (spec.linkLayer === ATM) action.linkLayer = 'atm'
    }
    if (head.peakRate.rate !== 0) action.peakRate = peakRate64 ?? head.peakRate.rate
    if (averageRate !== undefined) action.averageRate = averageRate
    if (packetRate !== undefined) {
      action.packetRate = packetRate
      action.packetBurst = amountOf(packetBurst ?? 0, packetRate)
    }
    // The kernel answers with its own choice where it was asked with none, which is 0.
    if (mtu !== 0 && (mtu !== U32_MAX || spec.rate !== 0)) action.mtu = mtu
    if (result !== undefined) action.conform = controlFromCode(result)
    return withOwner(action, head, wire)
  },
}

/** As storeGeneric, but its control is `exceed`. */
function withOwner(action: Police, { index, refcnt, bindcnt }: Infer<typeof parms>, { tm, unknown }: Wire): Police {
  if (index !== 0) Object.assign(action, { index, refs: refcnt, binds: bindcnt })
  if (tm !== undefined) storeAge(action, tm)
  if (unknown !== undefined) action.unknown = unknown
  return action
}

function specOf({ overhead = 0, mpu = 0, linkLayer }: Police, rate: number | undefined): RateSpec {
  if (rate === undefined) return { cellLog: 0, linkLayer: 0, overhead: 0, cellAlign: 0, mpu: 0, rate: 0 }
  return {
    cellLog: CELL_LOG,
    linkLayer: linkLayer === 'atm' ? ATM : ETHERNET,
    overhead,
    cellAlign: 0,
    mpu,
    rate: Math.min(rate, U32_MAX),
  }
}

function beyond32Bits(rate: number | undefined): number | undefined {
  return rate !== undefined && rate > U32_MAX ? rate : undefined
}

/** include/net/pkt_sched.h PSCHED_SHIFT 6: one tick is 64 ns. */
const TICKS_PER_SECOND = 1e9 / 64

/** Ticks in which `amount` passes at `rate` per second, rounded up as tc does it (iproute2 tc_core.c tc_calc_xmittime). */
function ticksOf(amount: number, rate: number): number {
  const ticks = (amount * TICKS_PER_SECOND) / rate
  // What isn't whole for the rounding of a double only is whole.
  return Math.abs(ticks - Math.round(ticks)) < 1e-4 ? Math.round(ticks) : Math.ceil(ticks)
}

/**
 * The roundest whole number that gives these ticks again: 1 MiB at 100 Gbit/s takes as long as all from 1048001 to
 * 1048800 bytes, to the next step. Where there is none, the exact one.
 */
function amountOf(ticks: number, rate: number): number {
  const exact = (ticks * rate) / TICKS_PER_SECOND
  for (const unit of ROUND) {
    const whole = Math.floor(exact / unit) * unit
    if (ticksOf(whole, rate) === ticks) return whole
  }
  return exact
}

/** Powers of two and ten, the biggest first. */
const ROUND = [...Array.from({ length: 32 }, (_, i) => 2 ** i), ...Array.from({ length: 10 }, (_, i) => 10 ** i)].sort(
  (a, b) => b - a,
)
