import type { Codec } from '../netlink/codec.js'
import { u32 } from '../netlink/codec.js'
import { attribute, attributes, group, indexedList } from '../netlink/schema.js'
import { type Action, action, MAX_ACTIONS } from './action.js'
import { type FilterFlags, filterFlags } from './filter-flags.js'
import type { FilterPlace } from './filter-message.js'
import { type FlowerMatch, flowerKeys } from './match.js'

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
