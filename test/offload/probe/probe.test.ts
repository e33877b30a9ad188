import { strict as assert } from 'node:assert'
import { parseIfindex } from '../../../src/base/types.js'
import type { tc } from '../../../src/kernel/index.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { unusedOf } from '../../../src/offload/probe/chain.js'
import { obstacle } from '../../../src/offload/probe/probe.js'
import { twinOf } from '../../../src/offload/probe/twin.js'
import { FILE } from '../../steering/sample.js'
import { filtersOf } from '../sample.js'

const HIGHEST = 0x0fffffff
const [rule = assert.fail()] = filtersOf(FILE)
const withActions = (...actions: tc.Action[]): tc.FlowerFilter => ({ ...rule, actions })

describe('a chain that no packet comes to', () => {
  it('is the highest one; and one of few, where nobody uses chains', () => {
    assert.deepEqual(unusedOf([], [rule]), { high: HIGHEST, low: 3 })
    assert.deepEqual(unusedOf([0], []), { high: HIGHEST, low: 3 })
  })

  it('has no filter, and is not there without filters either', () => {
    assert.deepEqual(unusedOf([0, HIGHEST], [{ ...rule, chain: HIGHEST - 1 }]), { high: HIGHEST - 2 })
  })

  const gotos: [what: string, action: tc.Action][] = [
    ['an action', { kind: 'gact', control: { gotoChain: HIGHEST } }],
    [
      'an action by chance',
      { kind: 'gact', control: 'pipe', random: { type: 'netrand', value: 2, control: { gotoChain: HIGHEST } } },
    ],
    ['a meter', { kind: 'police', rate: 1000, burst: 1000, exceed: { gotoChain: HIGHEST } }],
    [
      'a meter, for what conforms',
      { kind: 'police', rate: 1000, burst: 1000, exceed: 'drop', conform: { gotoChain: HIGHEST } },
    ],
  ]
  for (const [what, action] of gotos) {
    it(`is not where ${what} goes on to`, () => {
      assert.deepEqual(unusedOf([0], [withActions(action)]), { high: HIGHEST - 1 })
    })
  }

  it('is none of the few where Open vSwitch, or what cannot be read, may use them at any moment', () => {
    const ovs = withActions({ kind: 'gact', control: 'drop', cookie: 'ab'.repeat(16) })
    assert.deepEqual(unusedOf([0], [ovs]), { high: HIGHEST })
    const { match: _, actions: __, kind: ___, flags: ____, ...place } = rule
    assert.deepEqual(unusedOf([0], [{ ...place, kind: 'raw', name: 'u32', handle: 1, options: '' }]), { high: HIGHEST })
  })
})

describe('a twin', () => {
  const ovs = withActions(
    { kind: 'tunnel_key', operation: 'unset', cookie: 'ab'.repeat(16), index: 5 },
    { kind: 'gact', control: 'drop', cookie: 'ab'.repeat(16), index: 6 },
  )
  const twin = twinOf({ ...ovs, handle: 9, flags: { notInHw: true }, inHwCount: 0 }, 12)

  it('is the same rule in another chain, for hardware alone', () => {
    const { match, priority, protocol, ifindex, parent, flags, chain } = twin
    assert.deepEqual(
      { match, priority, protocol, ifindex, parent },
      {
        match: rule.match,
        priority: rule.priority,
        protocol: rule.protocol,
        ifindex: rule.ifindex,
        parent: rule.parent,
      },
    )
    assert.deepEqual({ flags, chain }, { flags: { skipSw: true, verbose: true }, chain: 12 })
  })

  it('is marked as a probe of ours, and as nobody else’s; it shares no action', () => {
    assert.equal(ownershipOf(twin)?.kind, 'probe')
    assert.equal(JSON.stringify(twin).includes('abab'), false)
    assert.deepEqual(
      twin.actions.map(({ kind, cookie, index }) => [kind, cookie === undefined, index]),
      [
        ['tunnel_key', true, undefined],
        ['gact', false, undefined],
      ],
    )
  })

  it('has a handle of its own, for it is deleted by that', () => {
    assert.ok((twin.handle ?? 0) > 0x10000)
  })
})

describe('no twin', () => {
  const representor = { name: 'pf0vf0' }
  const cases: [what: string, filter: tc.FlowerFilter, link: Parameters<typeof obstacle>[1], text: RegExp][] = [
    ['of what hardware has', { ...rule, flags: { inHw: true } }, representor, /hardware has it/],
    ['of what is for software', { ...rule, flags: { skipHw: true } }, representor, /skip_hw/],
    ['in a shared block', { ...rule, block: 4 }, representor, /block 4/],
    [
      'on a tunnel device, where the core refuses skip_sw',
      rule,
      { name: 'genev_sys_6081', kind: 'geneve' },
      /geneve device/,
    ],
    ['on egress', { ...rule, parent: 'egress' }, representor, /ingress/],
    ['of what goes to another chain', withActions({ kind: 'gact', control: { gotoChain: 1 } }), representor, /chain/],
    ['without an action that could carry its mark', withActions(), representor, /no action/],
    ['on a device that is gone', { ...rule, ifindex: parseIfindex(99) }, undefined, /gone/],
  ]
  for (const [what, filter, link, text] of cases) {
    it(what, () => {
      assert.match(obstacle(filter, link) ?? '', text)
    })
  }

  it('is the exception', () => {
    assert.equal(obstacle(rule, representor), undefined)
  })
})
