import { strict as assert } from 'node:assert'
import { type Ifindex, parseIp, parseMac } from '../../../src/base/types.js'
import { type FlowerFilter, findMisread } from '../../../src/kernel/tc/index.js'

const RULE: FlowerFilter = {
  kind: 'flower',
  ifindex: 5 as Ifindex,
  parent: 'ingress',
  chain: 3,
  priority: 10,
  protocol: 0x800,
  match: {
    ethDst: parseMac('02:00:00:00:01:01'),
    ethType: 0x800,
    dstIp: parseIp('10.1.0.0'),
    dstIpMask: parseIp('255.255.0.0'),
    encKeyId: 5001,
    encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00010003' }] },
    encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: '0000ffff' }] },
  },
  actions: [
    { kind: 'tunnel_key', operation: 'set', srcIp: parseIp('fd00::1'), dstIp: parseIp('fd00::11'), keyId: 5001 },
    { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: 7 as Ifindex, cookie: '6e696373' },
  ],
  flags: { verbose: true },
}

/** A rule as a file may have it: anything. */
const changed = (match: object, action: object = {}, more: object = {}) =>
  ({
    ...RULE,
    ...more,
    match: { ...RULE.match, ...match },
    actions: [{ ...RULE.actions[0], ...action }, RULE.actions[1]],
  }) as FlowerFilter

describe('findMisread', () => {
  it('has nothing to say about a filter that the codecs understand', () => assert.equal(findMisread(RULE), undefined))

  it('passes over what only the kernel fills in', () => {
    const installed = { ...RULE, handle: 3, inHwCount: 1, flags: { verbose: true, inHw: true } }
    const stats = { packets: 1, bytes: 2 }
    const counted = { ...RULE.actions[0], index: 4, refs: 1, binds: 1, stats, age: { installed: 1, lastUsed: 1 } }
    assert.equal(findMisread(changed({}, counted, installed)), undefined)
  })

  const SPELLINGS: [what: string, match: object][] = [
    ['upper case', { ethDst: '02:00:00:00:AB:CD' }],
    ['a mask of all bits', { ethDstMask: 'ff:ff:ff:ff:ff:ff', encDstPort: 6081, encDstPortMask: 0xffff }],
    ['a longer form of an IPv6 address', { encSrcIp: 'fd00:0:0::0001' }],
  ]
  for (const [what, match] of SPELLINGS) {
    it(`takes ${what}`, () => assert.equal(findMisread(changed(match)), undefined))
  }

  const MISREAD: [what: string, filter: FlowerFilter, path: (string | number)[], read: unknown][] = [
    ['a key that does not exist', changed({ ethDts: '02:00:00:00:01:01' }), ['match', 'ethDts'], undefined],
    ['a parameter that does not exist', changed({}, { ttll: 64 }), ['actions', 0, 'ttll'], undefined],
    ['a field of the filter that does not exist', changed({}, {}, { prio: 10 }), ['prio'], undefined],
    ['a number that is too big', changed({ encDstPort: 70_000 }), ['match', 'encDstPort'], 4464],
    ['a number that is negative', changed({ encKeyId: -1 }), ['match', 'encKeyId'], 0xffffffff],
    ['a number in quotes', changed({ encKeyId: '5001' }), ['match', 'encKeyId'], 5001],
    ['a word for a flag', changed({}, { noCsum: 'no' }), ['actions', 0, 'noCsum'], true],
    ['a prefix behind an address', changed({ dstIp: '10.1.0.0/16' }), ['match', 'dstIp'], '10.1.0.172'],
  ]
  for (const [what, filter, path, read] of MISREAD) {
    it(`names ${what}`, () => {
      const found = findMisread(filter)
      assert.deepEqual(found?.path, path)
      if (read !== undefined) assert.deepEqual(found?.read, read)
    })
  }

  it('knows the other kinds of filters', () => {
    const { match: _, ...place } = RULE
    const matchall = { ...place, kind: 'matchall' } as const
    assert.equal(findMisread(matchall), undefined)
    assert.deepEqual(findMisread({ ...matchall, match: {} } as typeof matchall)?.path, ['match'])
    const bpf = { ...place, kind: 'bpf', name: 'accept', ops: '06000000ffffffff', flags: {} } as const
    assert.equal(findMisread({ ...bpf, actions: [...bpf.actions] }), undefined)
  })

  it('names what is missing', () => {
    const mirred = { kind: 'mirred', operation: 'redirect', direction: 'egress' }
    const found = findMisread({ ...RULE, actions: [mirred] } as unknown as FlowerFilter)
    assert.deepEqual(found, { path: ['actions', 0, 'ifindex'], given: undefined, read: 0 })
  })

  it('throws for what means nothing at all', () => {
    assert.throws(() => findMisread(changed({}, { srcIp: undefined })), { code: 'NETLINK_MALFORMED' })
    assert.throws(() => findMisread(changed({ ethDst: 'here' })), TypeError)
    assert.throws(() => findMisread(changed({ encOpts: { geneve: {} } })), TypeError)
    assert.throws(() => findMisread(changed({}, { control: { gotoChain: 2 ** 30 } })), RangeError)
  })
})
