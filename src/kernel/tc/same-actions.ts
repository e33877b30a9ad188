import type { Action } from './action.js'
import { ownFlags } from './as-new.js'
import type { FilterFlags } from './filter-flags.js'

/** What the kernel alone says, and the cookie, which says nothing about what an action does. */
const NOT_COMPARED = new Set([
  'cookie',
  'usedHwStats',
  'inHwCount',
  'stats',
  'index',
  'refs',
  'binds',
  'age',
  'actionFlags',
])

interface Actions {
  actions: readonly Action[]
  /** Of the filter, which its actions take over. */
  flags?: FilterFlags | undefined
}

/** Whether two filters' actions do the same, as {@link actionsText} would say at several times the cost. */
export function doTheSame(one: Actions, other: Actions): boolean {
  if (one.actions.length !== other.actions.length) return false
  for (let i = 0; i < one.actions.length; i++) {
    const a = one.actions[i] as Action
    const b = other.actions[i] as Action
    if (!isEqual(a, b, NOT_COMPARED)) return false
    if (ownFlags(a, one.flags) !== ownFlags(b, other.flags)) return false
  }
  return true
}

/** The same fields with the same values, in whatever order; a field that is undefined is none. */
function isEqual(one: unknown, other: unknown, except?: ReadonlySet<string>): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const fields = one as Record<string, unknown>
  const others = other as Record<string, unknown>
  for (const name in fields) if (!except?.has(name) && !isEqual(fields[name], others[name])) return false
  for (const name in others) {
    if (others[name] !== undefined && fields[name] === undefined && !except?.has(name)) return false
  }
  return true
}
