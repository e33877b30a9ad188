import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseIp } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { be16, flag, ip, string, u8, u32 } from '../../../src/kernel/netlink/codec.js'
import { attribute, attributes, byFamily, indexedList, repeated } from '../../../src/kernel/netlink/schema.js'
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
