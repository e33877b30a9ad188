import { ATTRIBUTE_HEADER, finishAttribute, MalformedMessage, writeAttribute } from '../netlink/attribute.js'
import type { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { type Codec, type Hex, hex, padding, type Span, span, string, u32 } from '../netlink/codec.js'
import { attribute, attributes, namesByKind, type UnknownAttribute } from '../netlink/schema.js'
import { struct } from '../netlink/struct.js'
import { uapi } from '../uapi.js'
import { type Csum, csum } from './actions/csum.js'
import { type Ct, ct } from './actions/ct.js'
import { type Gact, gact } from './actions/gact.js'
import type { ActionKind } from './actions/kind.js'
import { type Mirred, mirred } from './actions/mirred.js'
import { type Mpls, mpls } from './actions/mpls.js'
import { type Pedit, pedit } from './actions/pedit.js'
import { type Police, police } from './actions/police.js'
import { type RawAction, readRaw, writeRaw } from './actions/raw.js'
import { type Sample, sample } from './actions/sample.js'
import { type SkbEdit, skbedit } from './actions/skbedit.js'
import { type TunnelKeySet, type TunnelKeyUnset, tunnelKey } from './actions/tunnel-key.js'
import { type Vlan, vlan } from './actions/vlan.js'
import { type ActionStats, actionStats, type WireStats, wireStats } from './stats.js'

export type { RawAction } from './actions/raw.js'

/** `[]`: no hardware counters wanted; missing: any kind will do. */
export type HwStats = ('immediate' | 'delayed')[]

/** What a filter carries about an action, whatever its kind. */
export interface ActionCommon {
  /** At most 16 bytes; of ours at most 12, because OVS takes longer ones for its own. */
  cookie?: Hex | undefined
  hwStats?: HwStats | undefined
  /** TCA_ACT_FLAGS_* of linux/pkt_cls.h. */
  actionFlags?: { value: number; selector: number } | undefined
  /** Attributes of a newer kernel. */
  more?: UnknownAttribute[] | undefined
  /** Only from the kernel, as are the two that follow; not written. */
  usedHwStats?: HwStats
  inHwCount?: number
  stats?: ActionStats
}

export type Action = KnownAction & ActionCommon
type KnownAction =
  | TunnelKeySet
  | TunnelKeyUnset
  | Mirred
  | Gact
  | Pedit
  | Csum
  | Vlan
  | SkbEdit
  | Ct
  | Police
  | Mpls
  | Sample
  | RawAction

/** linux/pkt_cls.h TCA_ACT_MAX_PRIO: the most actions one filter can have. */
export const MAX_ACTIONS = 32

/** Each name belongs to one codec, so what a codec is given is always of its own kind. */
const KINDS = new Map<string, ActionKind<Action>>(
  [tunnelKey, mirred, gact, pedit, csum, vlan, skbedit, ct, police, mpls, sample].map((codec) => [
    codec.kind,
    codec as unknown as ActionKind<Action>,
  ]),
)

const bitfield32 = struct({ value: u32, selector: u32 })

/** linux/pkt_cls.h TCA_ACT_*. What OPTIONS holds depends on KIND. */
const attributesOfAction = attributes({
  kind: attribute('TCA_ACT_KIND', string),
  options: attribute('TCA_ACT_OPTIONS', span),
  index: attribute('TCA_ACT_INDEX', u32),
  stats: attribute('TCA_ACT_STATS', wireStats),
  pad: attribute('TCA_ACT_PAD', padding),
  cookie: attribute('TCA_ACT_COOKIE', hex),
  actionFlags: attribute('TCA_ACT_FLAGS', bitfield32),
  hwStats: attribute('TCA_ACT_HW_STATS', bitfield32),
  usedHwStats: attribute('TCA_ACT_USED_HW_STATS', bitfield32),
  inHwCount: attribute('TCA_ACT_IN_HW_COUNT', u32),
})

const names = namesByKind(attributesOfAction, uapi.TCA_ACT_KIND, uapi.TCA_ACT_OPTIONS, (kind) => KINDS.get(kind)?.names)

/** One entry of TCA_FLOWER_ACT and its likes. */
export const action: Codec<Action> = {
  nested: names,
  write(out, value) {
    const name = value.kind === 'raw' ? value.name : value.kind
    writeAttribute(out, uapi.TCA_ACT_KIND, string, name)
    writeOptions(out, value)
    const { cookie, actionFlags, hwStats, more } = value
    if (cookie !== undefined || hwStats !== undefined || actionFlags !== undefined || more !== undefined) {
      attributesOfAction.write(out, { cookie, actionFlags, hwStats: hwStats && hwStatsBits(hwStats), unknown: more })
    }
  },
  read(source, start, end) {
    const wire = attributesOfAction.read(source, start, end)
    if (wire.kind === undefined) throw new MalformedMessage('action without TCA_ACT_KIND')
    const value = readOptions(source, wire.kind, wire.options)
    if (wire.cookie !== undefined) value.cookie = wire.cookie
    if (wire.actionFlags !== undefined) value.actionFlags = wire.actionFlags
    if (wire.hwStats !== undefined) value.hwStats = hwStatsOf(wire.hwStats)
    if (wire.usedHwStats !== undefined) value.usedHwStats = hwStatsOf(wire.usedHwStats)
    if (wire.inHwCount !== undefined) value.inHwCount = wire.inHwCount
    if (wire.stats !== undefined) value.stats = actionStats(wire.stats as WireStats)
    if (wire.unknown !== undefined) value.more = wire.unknown
    return value
  },
}

function writeOptions(out: ByteWriter, value: Action): void {
  if (value.kind === 'raw' && value.options === undefined) return
  const at = out.reserve(ATTRIBUTE_HEADER)
  if (value.kind === 'raw') writeRaw(out, value)
  else KINDS.get(value.kind)?.write(out, value)
  finishAttribute(out, at, uapi.TCA_ACT_OPTIONS | uapi.NLA_F_NESTED)
}

function readOptions(source: ByteSource, name: string, options: Span | undefined): Action {
  // A terse dump has no options.
  if (options === undefined) return { kind: 'raw', name }
  const codec = KINDS.get(name)
  if (codec !== undefined) return codec.read(source, options.start, options.end)
  return readRaw(name, source, options.start, options.end)
}

/** linux/pkt_cls.h TCA_ACT_HW_STATS_*, bit 0 upwards */
const HW_STATS = ['immediate', 'delayed'] as const
const HW_STATS_SELECTOR = 3

function hwStatsBits(stats: HwStats): { value: number; selector: number } {
  return { value: stats.reduce((bits, kind) => bits | (1 << HW_STATS.indexOf(kind)), 0), selector: HW_STATS_SELECTOR }
}

function hwStatsOf({ value }: { value: number }): HwStats {
  return HW_STATS.filter((_, bit) => (value & (1 << bit)) !== 0)
}
