import { strict as assert } from 'node:assert'
import type { FlowRule } from '../../../src/offload/flows/evidence.js'
import { movedOf } from '../../../src/offload/flows/moved.js'

const COOKIE = 'a09fc0e5d74a58a9'.repeat(2)

/** @param age of the rule's actions in ms; the last of them is a policer that other rules have too */
function rule(hardware: number, software: number, age: number, handle = 1): FlowRule {
  const actions = [age, 1e6].map((installedMs) => ({ kind: 'gact', age: { installedMs, lastUsedMs: installedMs } }))
  return {
    filter: { actions } as unknown as FlowRule['filter'],
    device: 'pf0vf0',
    chain: 0,
    priority: 2,
    handle,
    inHw: true,
    inHwCount: 1,
    hardware: { packets: hardware, bytes: 0 },
    software: { packets: software, bytes: 0 },
  }
}

const moved = (before: FlowRule, now: FlowRule, seconds = 2) =>
  movedOf(COOKIE, now, { rules: new Map([[COOKIE, before]]), seconds })

describe('what moved between two readings of Open vSwitch’s rules', () => {
  it('is the difference of the counters', () => {
    assert.deepEqual(moved(rule(5, 1, 300), rule(9, 1, 2310)), { hardware: 4, software: 0 })
    assert.deepEqual(moved(rule(5, 1, 300), rule(5, 8, 2300)), { hardware: 0, software: 7 })
  })

  it('is not known of a rule that is new', () => {
    assert.equal(movedOf(COOKIE, rule(9, 0, 10), { rules: new Map(), seconds: 2 }), undefined)
  })

  it('is not known of one that was deleted and made anew, though cookie and handle are the same', () => {
    assert.equal(moved(rule(5, 0, 300), rule(9, 0, 1500)), undefined)
    assert.equal(moved(rule(5, 0, 300), rule(9, 0, 2300, 2)), undefined)
    assert.equal(moved(rule(5, 0, 0), rule(4, 0, 2000)), undefined)
    assert.equal(moved(rule(5, 3, 0), rule(6, 2, 2000)), undefined)
  })

  it('allows for ages that are rounded down', () => {
    assert.deepEqual(moved(rule(5, 0, 309), rule(5, 0, 2290)), { hardware: 0, software: 0 })
  })
})
