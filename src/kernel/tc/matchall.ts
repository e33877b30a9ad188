import { type Codec, padding, u32, u64 } from '../netlink/codec.js'
import { attribute, attributes, indexedList } from '../netlink/schema.js'
import { type Action, action, MAX_ACTIONS } from './action.js'
import { type FilterFlags, filterFlags } from './filter-flags.js'
import type { FilterPlace } from './filter-message.js'

/** Takes every packet of its protocol. One per priority. */
export interface MatchallFilter extends FilterPlace {
  kind: 'matchall'
  /** 1 where missing. */
  handle?: number | undefined
  actions: Action[]
  flags?: FilterFlags | undefined
  classId?: number | undefined
  /** Packets that software took. Only from the kernel. */
  hits?: number
}

export type MatchallOptions = Pick<MatchallFilter, 'actions' | 'flags' | 'classId' | 'hits'>

/** linux/pkt_cls.h TCA_MATCHALL_* */
const options = attributes({
  classId: attribute('TCA_MATCHALL_CLASSID', u32),
  actions: attribute('TCA_MATCHALL_ACT', indexedList(action, MAX_ACTIONS)),
  flags: attribute('TCA_MATCHALL_FLAGS', filterFlags),
  hits: attribute('TCA_MATCHALL_PCNT', u64),
  pad: attribute('TCA_MATCHALL_PAD', padding),
})

export const matchallOptions: Codec<MatchallOptions> = {
  nested: options,
  write(out, { actions, flags, classId }) {
    options.write(out, { classId, flags, actions: actions.length > 0 ? actions : undefined })
  },
  read(source, start, end) {
    const values = options.read(source, start, end)
    values.actions ??= []
    return values as MatchallOptions
  },
}
