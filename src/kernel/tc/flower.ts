import type { Codec } from '../netlink/codec.js'
import { u32 } from '../netlink/codec.js'
import { attribute, attributes, group, indexedList } from '../netlink/schema.js'
import { type Action, action, MAX_ACTIONS } from './action.js'
import { CLS_FLAGS } from './constants.js'
import type { FilterPlace } from './filter-message.js'
import { type FlowerMatch, flowerKeys } from './match.js'

export interface FilterFlags {
  skipHw?: boolean
  skipSw?: boolean
  /** The driver's reason for a refusal comes as a warning, also without skipSw. */
  verbose?: boolean
  /** Only from the kernel: at least one device took it, or none did. */
  inHw?: boolean
  notInHw?: boolean
}

/** A rule: where it is, what it matches, what it does. */
export interface FlowerFilter extends FilterPlace {
  kind: 'flower'
  /** Given by the kernel where missing. */
  handle?: number | undefined
  match: FlowerMatch
  actions: Action[]
  flags?: FilterFlags | undefined
  /** How many devices (drivers' blocks) took it. Only from the kernel. */
  inHwCount?: number
  classId?: number | undefined
}

/** What TCA_OPTIONS of a flower filter holds. */
export type FlowerOptions = Pick<FlowerFilter, 'match' | 'actions' | 'flags' | 'inHwCount' | 'classId'>

/** What was decoded before; filters with equal flags share them. */
const FLAGS: Readonly<FilterFlags>[] = []

const filterFlags: Codec<FilterFlags> = {
  write(out, flags) {
    let bits = 0
    // IN_HW and NOT_IN_HW are the kernel's to set (cls_flower.c fl_change takes user flags only, tc_flags_valid).
    if (flags.skipHw) bits |= CLS_FLAGS.skipHw
    if (flags.skipSw) bits |= CLS_FLAGS.skipSw
    if (flags.verbose) bits |= CLS_FLAGS.verbose
    u32.write(out, bits)
  },
  read(source, start, end) {
    const bits = u32.read(source, start, end)
    const known = FLAGS[bits]
    if (known !== undefined) return known
    const flags: FilterFlags = {}
    for (const name of Object.keys(CLS_FLAGS) as (keyof FilterFlags)[]) if (bits & CLS_FLAGS[name]) flags[name] = true
    if (bits < 2 * CLS_FLAGS.verbose) FLAGS[bits] = Object.freeze(flags)
    return flags
  },
}

/** linux/pkt_cls.h TCA_FLOWER_*: keys and what stands beside them share one nest. */
const options = attributes({
  match: group(flowerKeys),
  classId: attribute('TCA_FLOWER_CLASSID', u32),
  actions: attribute('TCA_FLOWER_ACT', indexedList(action, MAX_ACTIONS)),
  flags: attribute('TCA_FLOWER_FLAGS', filterFlags),
  inHwCount: attribute('TCA_FLOWER_IN_HW_COUNT', u32),
})

export const flowerOptions: Codec<FlowerOptions> = {
  nested: options,
  write(out, { match, actions, flags, classId }) {
    options.write(out, { match, classId, flags, actions: actions.length > 0 ? actions : undefined })
  },
  read(source, start, end) {
    const values = options.read(source, start, end)
    values.actions ??= []
    return values as FlowerOptions
  },
}
