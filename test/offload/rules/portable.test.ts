import { strict as assert } from 'node:assert'
import { type Ifindex, parseMac } from '../../../src/base/types.js'
import type { tc } from '../../../src/kernel/index.js'
import { fromPortable, type PortableFilter, showPath, toPortable } from '../../../src/offload/rules/portable.js'

const FILTER: tc.FlowerFilter = {
  kind: 'flower',
  ifindex: 5 as Ifindex,
  parent: 'ingress',
  chain: 0,
  priority: 10,
  protocol: 3,
  match: { ethDst: parseMac('02:00:00:00:01:01') },
  actions: [
    { kind: 'mirred', operation: 'mirror', direction: 'egress', ifindex: 7 as Ifindex },
    { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: 0 },
  ],
}
const NAMES = new Map([
  [5 as Ifindex, 'pf0vf0'],
  [7 as Ifindex, 'p0'],
])

describe('a portable rule', () => {
  it('names devices where the kernel has their index, wherever that is', () => {
    const portable = toPortable(FILTER, NAMES) as Extract<PortableFilter, { kind: 'flower' }>
    assert.equal(portable.device, 'pf0vf0')
    assert.deepEqual(portable.actions, [
      { kind: 'mirred', operation: 'mirror', direction: 'egress', device: 'p0' },
      { kind: 'mirred', operation: 'redirect', direction: 'egress', device: null },
    ])
    assert.deepEqual(portable.match, FILTER.match)
  })

  it('is the same filter again where the devices have other indices', () => {
    const there = new Map([
      ['pf0vf0', 50],
      ['p0', 70],
    ])
    const moved = fromPortable(toPortable(FILTER, NAMES), (device) => (there.get(String(device)) ?? 0) as Ifindex)
    assert.deepEqual(
      JSON.parse(JSON.stringify(moved), (key, value) => (key === 'ifindex' ? value / 10 : value)),
      FILTER,
    )
  })

  it('asks for each device with its place in the rule', () => {
    const asked: string[] = []
    fromPortable(toPortable(FILTER, NAMES), (device, path) => {
      asked.push(`${showPath(path)}: ${device}`)
      return 1 as Ifindex
    })
    assert.deepEqual(asked, ['device: pf0vf0', 'actions[0].device: p0', 'actions[1].device: null'])
  })

  it('has no index: it would be another device elsewhere', () =>
    assert.throws(() => fromPortable(FILTER, () => 1 as Ifindex), { code: 'BAD_RULE', message: /^ifindex: / }))
})
