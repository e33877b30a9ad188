import { tc } from '../../kernel/index.js'
import { actionsHash, cookieOf } from '../ownership.js'

/** 'nics': the kernel counts handles from 1, so nobody else has this one. */
const HANDLE = 0x6e696373

/**
 * The same rule in another chain, for hardware alone. Its mark says that it is a probe's: should it ever be left behind, the next
 * nicsteer removes it. Nobody else's cookie is kept, for Open vSwitch would take it for a flow of its own.
 */
export function twinOf(filter: tc.FlowerFilter, chain: number): tc.FlowerFilter {
  const { actions, ...rest } = tc.asNew(filter)
  const flags = { skipSw: true, verbose: true }
  const cookie = cookieOf({ kind: 'probe', qdisc: false, hash: actionsHash(actions, flags) })
  return {
    ...rest,
    chain,
    handle: HANDLE,
    flags,
    actions: actions.map(({ cookie: _, ...action }, at) =>
      at === actions.length - 1 ? { ...action, cookie } : action,
    ) as tc.Action[],
  }
}
