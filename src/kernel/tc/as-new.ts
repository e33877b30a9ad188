import type { Action } from './action.js'
import type { FilterFlags, FlowerFilter } from './flower.js'

/**
 * The filter as it would be installed anew: without what only the kernel says (handle, counters, in_hw, the indices
 * under which actions are shared). Two filters that do the same are equal in this form.
 */
export function asNew(filter: FlowerFilter): FlowerFilter {
  const { handle: _, inHwCount: __, flags: { inHw: ___, notInHw: ____, ...flags } = {}, actions, ...rest } = filter
  return {
    ...rest,
    ...(Object.keys(flags).length > 0 && { flags }),
    actions: actions.map((action) => newAction(action, flags)),
  }
}

/** linux/pkt_cls.h TCA_ACT_FLAGS_SKIP_HW and _SKIP_SW */
const SKIP_HW = 2
const SKIP_SW = 4

function newAction(action: Action, filter: FilterFlags): Action {
  const { usedHwStats: _, inHwCount: __, stats: ___, actionFlags, ...wanted } = action
  // Actions take over the filter's skip flags (net/sched/cls_api.c tcf_exts_validate_ex).
  const inherited = (filter.skipHw ? SKIP_HW : 0) | (filter.skipSw ? SKIP_SW : 0)
  const own = (actionFlags?.value ?? 0) & ~inherited
  const kept = own === 0 ? {} : { actionFlags: { value: own, selector: own } }
  // A raw action's index is inside its options.
  if (wanted.kind === 'raw') return { ...wanted, ...kept }
  const { index: ____, refs: _____, binds: ______, age: _______, ...parameters } = wanted
  return { ...parameters, ...kept }
}
