import type { Action } from './action.js'
import type { FilterFlags } from './filter-flags.js'
import type { Filter } from './filter-message.js'

/** Fields of any kind of filter that only the kernel fills in. */
interface FromKernel {
  inHwCount?: number
  hits?: number
  id?: number
  tag?: string
}

/**
 * The filter as it would be installed anew: without what only the kernel says (handle, counters, in_hw, the indices
 * under which actions are shared). Two filters that do the same are equal in this form. A raw filter keeps its handle,
 * which may be what it matches (fw's mark).
 */
export function asNew<F extends Filter>(filter: F): F {
  const { inHwCount: _, hits: __, id: ___, tag: ____, flags, actions, ...rest } = filter as Filter & FromKernel
  const { inHw: _____, notInHw: ______, ...wanted } = flags ?? {}
  if (rest.kind !== 'raw') delete rest.handle
  return {
    ...rest,
    ...(Object.keys(wanted).length > 0 && { flags: wanted }),
    ...(actions !== undefined && { actions: actions.map((action) => newAction(action, wanted)) }),
  } as Filter as F
}

/** linux/pkt_cls.h TCA_ACT_FLAGS_SKIP_HW and _SKIP_SW */
const SKIP_HW = 2
const SKIP_SW = 4

/** A copy of one action as {@link asNew} has it. */
export function newAction(action: Action, filter: FilterFlags): Action {
  const {
    usedHwStats: _,
    inHwCount: __,
    stats: ___,
    index: ____,
    refs: _____,
    binds: ______,
    age: _______,
    actionFlags: ________,
    ...parameters
  } = action
  const own = ownFlags(action, filter)
  return own === 0 ? parameters : { ...parameters, actionFlags: { value: own, selector: own } }
}

/** Flags of an action that it doesn't have from its filter (net/sched/cls_api.c tcf_exts_validate_ex). */
export function ownFlags({ actionFlags }: Action, { skipHw, skipSw }: FilterFlags = {}): number {
  if (actionFlags === undefined) return 0
  return actionFlags.value & ~((skipHw ? SKIP_HW : 0) | (skipSw ? SKIP_SW : 0))
}
