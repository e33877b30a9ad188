import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseIp } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { be16, flag, ip, string, u8, u32 } from '../../../src/kernel/netlink/codec.js'
import {
  attribute,
  attributes,
  byFamily,
  group,
  indexedList,
  repeated,
  repeatedInOne,
  stored,
} from '../../../src/kernel/netlink/schema.js'
import { struct } from '../../../src/kernel/netlink/struct.js'
import { decode, encode, fromHex, toHex } from '../support/bytes.js'

/** Names of numbers 1 to 6; any would do. */
const inner = attributes({ port: attribute('TCA_ACT_KIND', be16), on: attribute('TCA_ACT_OPTIONS', flag) })
const outer = attributes({
  name: attribute('TCA_ACT_KIND', string),
  inner: attribute('TCA_ACT_OPTIONS', inner),
  many: repeated('TCA_ACT_INDEX', u8),
  address: byFamily(attribute('TCA_ACT_STATS', ip), attribute('TCA_ACT_PAD', ip)),
  list: attribute('TCA_ACT_COOKIE', indexedList(u32, 3)),
})

describe('kernel/netlink/schema', () => {
  it('encodes a nest with the flag that says so', () => {
    assert.equal(
      toHex(encode(outer, { inner: { port: 6081, on: true } })),
      '1000028006000100' + '17c10000' + '04000200',
    )
  })

  it('leaves out what is undefined, and a flag that is false', () => {
    assert.equal(toHex(encode(outer, { name: undefined, inner: { on: false as unknown as true } })), '04000280')
  })

  it('picks the attribute of the family', () => {
    assert.equal(toHex(encode(outer, { address: parseIp('10.0.0.1') })), '080004000a000001')
    assert.deepEqual(decode(outer, encode(outer, { address: parseIp('::1') })), { address: '::1' })
  })

  it('reads a repeated attribute as a list, in order', () => {
    assert.deepEqual(decode(outer, encode(outer, { many: [3, 1, 2] })), { many: [3, 1, 2] })
  })

  it('numbers the entries of a list from 1', () => {
    assert.equal(toHex(encode(outer, { list: [7, 8] })), '14000680' + '0800010007000000' + '0800020008000000')
    assert.throws(() => encode(outer, { list: [1, 2, 3, 4] }), RangeError)
  })

  it('reads lists of any length', () => {
    const list = indexedList(u8)
    for (const length of [0, 1, 4, 5, 40]) {
      const items = Array.from({ length }, (_, i) => i)
      assert.deepEqual(decode(list, encode(list, items)), items)
    }
  })

  it('begins another item of one nest where a number comes again', () => {
    const items = attributes({ items: repeatedInOne('TCA_ACT_INDEX', inner) })
    const nest = fromHex('18000300' + '0600010017c10000' + '04000200' + '0600010000500000')
    assert.deepEqual(decode(items, nest), { items: [{ port: 6081, on: true }, { port: 80 }] })
    assert.deepEqual(decode(items, fromHex('04000300')), { items: [] })
    assert.throws(() => decode(items, fromHex('0a000300' + '080001000050' + '0000')), MalformedMessage)
  })

  it('keeps fields of a group together, also when none is there, and what nobody knows with them', () => {
    const both = attributes({ own: attribute('TCA_ACT_INDEX', u8), keys: group(inner) })
    assert.deepEqual(decode(both, fromHex('0500030007000000')), { keys: {}, own: 7 })
    const values = { own: 7, keys: { port: 6081, unknown: [{ type: 0x63, payload: 'aa' }] } }
    assert.deepEqual(decode(both, encode(both, values)), values)
    assert.equal(both.attributeName(1), 'TCA_ACT_KIND')
    assert.throws(() => attributes({ same: attribute('TCA_ACT_KIND', u8), keys: group(inner) }), TypeError)
  })

  it('stores what one attribute says in several fields, and writes it from them', () => {
    const both = struct({ first: u8, second: u8 })
    type Target = { sum?: number; first?: number }
    const table = attributes(
      {
        both: stored(
          attribute('TCA_ACT_KIND', both),
          (target: Target, { first, second }) => {
            target.first = first
            target.sum = first + second
          },
          ({ sum = 0, first = 0 }: Target) => ({ first, second: sum - first }),
        ),
      },
      { kind: 'pair' },
    )
    const bytes = fromHex('0600010003040000')
    assert.deepEqual(decode(table, bytes) as object, { kind: 'pair', first: 3, sum: 7 })
    assert.equal(toHex(encode(table, { first: 3, sum: 7 } as object)), toHex(bytes))
  })

  it('keeps unknown attributes and writes them as they were', () => {
    const bytes = fromHex('05006300aa000000 0a000100636c736163740000')
    const values = decode(outer, bytes)
    assert.deepEqual(values, { unknown: [{ type: 0x63, payload: 'aa' }], name: 'clsact' })
    assert.deepEqual(decode(outer, encode(outer, values)), values)
  })

  it('knows names of attributes, nested ones too', () => {
    assert.equal(outer.attributeName(2), 'TCA_ACT_OPTIONS')
    assert.equal(outer.nestedNames(2)?.attributeName(1), 'TCA_ACT_KIND')
    assert.equal(outer.attributeName(99), undefined)
  })

  it('refuses a table that has a number twice', () => {
    assert.throws(() => attributes({ a: attribute('TCA_ACT_KIND', u8), b: attribute('TCA_KIND', u8) }), TypeError)
  })

  const value = fc.record(
    {
      name: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
      inner: fc.record(
        { port: fc.nat(0xffff), on: fc.constant(true as const) },
        { requiredKeys: [], noNullPrototype: true },
      ),
      many: fc.array(fc.nat(255), { minLength: 1, maxLength: 9 }),
      address: fc.ipV4().map(parseIp),
      list: fc.array(fc.nat(), { maxLength: 3 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )

  it('decodes what it encodes', () => {
    fc.assert(fc.property(value, (values) => assert.deepEqual(decode(outer, encode(outer, values)), values)))
  })

  it('answers damaged bytes with a value or a typed error', () => {
    const damage = fc.tuple(value, fc.nat(), fc.nat(255), fc.nat())
    fc.assert(
      fc.property(damage, ([values, at, byte, cut]) => {
        const bytes = encode(outer, values)
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        try {
          decode(outer, bytes.subarray(0, cut % (bytes.length + 1)))
        } catch (error) {
          assert.ok(error instanceof MalformedMessage, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
