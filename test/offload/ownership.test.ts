import { strict as assert } from 'node:assert'
import type { tc } from '../../src/kernel/index.js'
import { cookieOf, ownershipOf, parseCookie } from '../../src/offload/ownership.js'
import { RULE_KINDS } from '../../src/steering/rule.js'
import { FILE } from '../steering/sample.js'
import { filtersOf } from './sample.js'

describe('the cookie', () => {
  it('says what kind of rule it is on, and who made the qdisc', () => {
    for (const kind of [...RULE_KINDS, 'probe'] as const) {
      for (const qdisc of [false, true]) {
        const ownership = { kind, qdisc, hash: '0123456789ab' }
        assert.deepEqual(parseCookie(cookieOf(ownership)), ownership)
      }
    }
  })

  it('of others is not ours', () => {
    const ours = cookieOf({ kind: 'encap', qdisc: false, hash: '0123456789ab' })
    for (const cookie of [
      undefined,
      '',
      '00112233445566778899aabbccddeeff', // 16 bytes: the id of a flow of OVS
      `${ours}00112233`,
      '00112233445566778899aabb', // 12 bytes of somebody else
      ours.slice(2),
      `${ours}00`,
      `ff${ours.slice(2)}`,
      ours.replace('01', '09'),
      ours.slice(0, 10).padEnd(24, '0'),
      `${ours.slice(0, 10)}41${ours.slice(12)}`, // a probe's bit and a rule's kind
    ]) {
      assert.equal(parseCookie(cookie), undefined, cookie)
    }
  })

  it('depends on what the actions do, and on nothing else', () => {
    const hash = (filter: tc.FlowerFilter | undefined) => filter && ownershipOf(filter)?.hash
    const [first, , second] = filtersOf(FILE)
    assert.notEqual(hash(first), hash(second))
    assert.equal(hash(first), hash(filtersOf(FILE.replace('key: 1}', 'key: 9}'))[0]))
    assert.equal(hash(first), hash(filtersOf(FILE, true)[0]))
  })
})
