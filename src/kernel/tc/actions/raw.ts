import { ATTRIBUTE_HEADER, forEachAttribute } from '../../netlink/attribute.js'
import { ByteSource, ByteWriter, HOST_LITTLE_ENDIAN as LE } from '../../netlink/bytes.js'
import { type Hex, hex } from '../../netlink/codec.js'
import { uapi } from '../../uapi.js'
import { type ActionAge, wireAge } from '../stats.js'
import { generic, storeAge } from './kind.js'

/**
 * An action without a codec of its own (nat, skbmod, bpf …). Where the layout of its parameters' head is known, what the
 * kernel alone says is taken out of the options, so equal actions are equal here too, and asNew() makes it an action of
 * its own; an action that nobody knows here is kept byte for byte, and writing it again shares the kernel's. Some the
 * kernel takes back only so, or not at all: `gate` answers without the NLA_F_NESTED that it demands (act_gate.c), `bpf`
 * with a number in place of the file descriptor.
 */
export interface RawAction {
  kind: 'raw'
  /** As in TCA_ACT_KIND. */
  name: string
  /** Payload of TCA_ACT_OPTIONS. A terse dump has none. */
  options?: Hex
  /** As in every action's parameters; missing for an unknown layout. */
  index?: number | undefined
  refs?: number
  binds?: number
  age?: ActionAge
}

interface Layout {
  /** The attribute whose payload begins with linux/pkt_cls.h tc_gen. */
  parms: number
  tm: number
  /** Other attributes that the kernel only answers with, and may refuse (act_ctinfo.c). */
  counters?: readonly number[]
}

/** All other actions of Linux 6.12. */
const LAYOUTS = new Map<string, Layout>([
  ['nat', { parms: uapi.TCA_NAT_PARMS, tm: uapi.TCA_NAT_TM }],
  ['skbmod', { parms: uapi.TCA_SKBMOD_PARMS, tm: uapi.TCA_SKBMOD_TM }],
  ['simple', { parms: uapi.TCA_DEF_PARMS, tm: uapi.TCA_DEF_TM }],
  ['connmark', { parms: uapi.TCA_CONNMARK_PARMS, tm: uapi.TCA_CONNMARK_TM }],
  [
    'ctinfo',
    {
      parms: uapi.TCA_CTINFO_ACT,
      tm: uapi.TCA_CTINFO_TM,
      counters: [
        uapi.TCA_CTINFO_PAD,
        uapi.TCA_CTINFO_STATS_DSCP_SET,
        uapi.TCA_CTINFO_STATS_DSCP_ERROR,
        uapi.TCA_CTINFO_STATS_CPMARK_SET,
      ],
    },
  ],
  ['ife', { parms: uapi.TCA_IFE_PARMS, tm: uapi.TCA_IFE_TM }],
  ['bpf', { parms: uapi.TCA_ACT_BPF_PARMS, tm: uapi.TCA_ACT_BPF_TM }],
  ['gate', { parms: uapi.TCA_GATE_PARMS, tm: uapi.TCA_GATE_TM }],
])

/** struct tc_gen: index, capab, action, refcnt, bindcnt, four bytes each */
const REFS_AT = 12

export function readRaw(name: string, source: ByteSource, start: number, end: number): RawAction {
  const layout = LAYOUTS.get(name)
  if (layout === undefined) return { kind: 'raw', name, options: hex.read(source, start, end) }
  const action: RawAction = { kind: 'raw', name }
  const kept = new ByteWriter(end - start)
  forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
    if (type === layout.tm) return storeAge(action, wireAge.read(source, payload, payloadEnd))
    if (layout.counters?.includes(type)) return
    const at = kept.length + ATTRIBUTE_HEADER
    kept.append(source.bytes.subarray(payload - ATTRIBUTE_HEADER, payloadEnd))
    kept.align4()
    if (type !== layout.parms) return
    const { index, refcnt, bindcnt } = generic.read(source, payload, payloadEnd)
    Object.assign(action, { index, refs: refcnt, binds: bindcnt })
    kept.view.setUint32(at, 0)
    kept.bytes.fill(0, at + REFS_AT, at + generic.size)
  })
  return { ...action, options: hex.read(new ByteSource(kept.written()), 0, kept.length) }
}

/** Payload of TCA_ACT_OPTIONS. */
export function writeRaw(out: ByteWriter, { name, options = '', index }: RawAction): void {
  const start = out.length
  hex.write(out, options)
  const layout = LAYOUTS.get(name)
  if (layout === undefined || index === undefined) return
  forEachAttribute(new ByteSource(out.written()), start, out.length, (type, payload, payloadEnd) => {
    if (type === layout.parms && payloadEnd - payload >= generic.size) out.view.setUint32(payload, index, LE)
  })
}
