import { ATTRIBUTE_HEADER, forEachAttribute, writeAttribute } from '../netlink/attribute.js'
import { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { type Hex, hex } from '../netlink/codec.js'
import { indexedList } from '../netlink/schema.js'
import { uapi } from '../uapi.js'
import { type Action, action, MAX_ACTIONS } from './action.js'
import { type FilterFlags, filterFlags } from './filter-flags.js'
import type { FilterPlace } from './filter-message.js'

/**
 * A filter of a kind that has no codec of its own (u32, fw, basic …). Its options are kept as they are, except for what
 * all kinds have where it is known under which numbers: actions and flags stand apart, counters are left out.
 */
export interface OtherFilter extends FilterPlace {
  kind: 'raw'
  /** As in TCA_KIND. */
  name: string
  handle: number
  /** Payload of TCA_OPTIONS. A terse dump has none. */
  options?: Hex
  actions?: Action[]
  flags?: FilterFlags | undefined
}

export type OtherOptions = Pick<OtherFilter, 'options' | 'actions' | 'flags'>

interface Layout {
  actions: number
  flags?: number
  counters?: number
}

/** All other classifiers of Linux 6.12 that have actions, linux/pkt_cls.h. */
const LAYOUTS = new Map<string, Layout>([
  ['u32', { actions: uapi.TCA_U32_ACT, flags: uapi.TCA_U32_FLAGS, counters: uapi.TCA_U32_PCNT }],
  ['fw', { actions: uapi.TCA_FW_ACT }],
  ['basic', { actions: uapi.TCA_BASIC_ACT, counters: uapi.TCA_BASIC_PCNT }],
  ['flow', { actions: uapi.TCA_FLOW_ACT }],
  ['route', { actions: uapi.TCA_ROUTE4_ACT }],
  ['cgroup', { actions: uapi.TCA_CGROUP_ACT }],
])

const actionList = indexedList(action, MAX_ACTIONS)

export function readOther(name: string, source: ByteSource, start: number, end: number): OtherOptions {
  const layout = LAYOUTS.get(name)
  if (layout === undefined) return { options: hex.read(source, start, end) }
  const read: OtherOptions = {}
  const kept = new ByteWriter(end - start)
  forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
    if (type === layout.actions) read.actions = actionList.read(source, payload, payloadEnd)
    else if (type === layout.flags) read.flags = filterFlags.read(source, payload, payloadEnd)
    else if (type !== layout.counters) {
      kept.append(source.bytes.subarray(payload - ATTRIBUTE_HEADER, payloadEnd))
      kept.align4()
    }
  })
  return { ...read, options: hex.read(new ByteSource(kept.written()), 0, kept.length) }
}

/** Payload of TCA_OPTIONS. */
export function writeOther(out: ByteWriter, { name, options = '', actions = [], flags }: OtherFilter): void {
  hex.write(out, options)
  const layout = LAYOUTS.get(name)
  if (actions.length > 0 && layout !== undefined) {
    writeAttribute(out, layout.actions | uapi.NLA_F_NESTED, actionList, actions)
  }
  if (flags !== undefined && layout?.flags !== undefined) writeAttribute(out, layout.flags, filterFlags, flags)
}
