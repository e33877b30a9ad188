import { strict as assert } from 'node:assert'
import { type Ifindex, parseIp } from '../../../src/base/types.js'
import { type Action, actionsText, doTheSame, type FilterFlags } from '../../../src/kernel/tc/index.js'

const COUNTERS = { packets: 1, bytes: 60 }

const SET: Action = {
  kind: 'tunnel_key',
  operation: 'set',
  srcIp: parseIp('10.0.0.1'),
  dstIp: parseIp('10.0.0.11'),
  keyId: 5001,
  options: { geneve: [{ class: 0x102, type: 0x80, data: '00010002' }] },
}
const REDIRECT: Action = { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: 5 as Ifindex }
const DROP: Action = { kind: 'gact', control: 'drop' }

/** Both ways of comparing say it. */
function same(one: Action[], other: Action[], flags: FilterFlags = {}, otherFlags: FilterFlags = {}): boolean {
  const told = doTheSame({ actions: one, flags }, { actions: other, flags: otherFlags })
  assert.equal(actionsText(one, flags) === actionsText(other, otherFlags), told)
  assert.equal(doTheSame({ actions: other, flags: otherFlags }, { actions: one, flags }), told)
  return told
}

describe('actions of two filters', () => {
  it('do the same whatever the kernel says about them, whatever their cookies, in whatever order their fields stand', () => {
    const stats = { ...COUNTERS, software: COUNTERS, hardware: COUNTERS, drops: 0, overlimits: 0 }
    const age = { installedMs: 10, lastUsedMs: 10 }
    const reversed = Object.fromEntries(Object.entries(SET).reverse()) as unknown as Action
    const told = { index: 3, refs: 1, binds: 1, age, stats, usedHwStats: ['delayed' as const], inHwCount: 1 }
    assert.ok(
      same(
        [SET, REDIRECT],
        [
          { ...reversed, ...told },
          { ...REDIRECT, ...told, cookie: '0102' },
        ],
      ),
    )
    assert.ok(same([DROP], [{ ...DROP, actionFlags: { value: 2, selector: 2 } }], { skipHw: true }, { skipHw: true }))
  })

  it('differ by any parameter, option, flag of their own, their order and their number', () => {
    const option = { class: 0x102, type: 0x80, data: '00010003' }
    assert.ok(!same([SET, REDIRECT], [{ ...SET, keyId: 5002 }, REDIRECT]))
    assert.ok(!same([SET, REDIRECT], [{ ...SET, options: { geneve: [option] } }, REDIRECT]))
    assert.ok(!same([SET, REDIRECT], [{ ...SET, ttl: 64 }, REDIRECT]))
    assert.ok(!same([SET, REDIRECT], [SET, { ...REDIRECT, ifindex: 6 as Ifindex }]))
    assert.ok(!same([SET, REDIRECT], [REDIRECT, SET]))
    assert.ok(!same([SET, REDIRECT], [REDIRECT]))
    assert.ok(!same([DROP], [{ ...DROP, actionFlags: { value: 2, selector: 2 } }]))
  })
})
