import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseIp, parseMac } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import * as codec from '../../../src/kernel/netlink/codec.js'
import { pad, struct } from '../../../src/kernel/netlink/struct.js'
import { decode, encode, fromHex, toHex } from '../support/bytes.js'

describe('kernel/netlink/codec', () => {
  // Host order is checked on little-endian machines, which is all of those we are built for.
  const cases: [string, codec.Codec<unknown>, unknown, string][] = [
    ['u8', codec.u8, 0xab, 'ab'],
    ['u16', codec.u16, 0x1234, '3412'],
    ['u32', codec.u32, 0x12345678, '78563412'],
    ['s32', codec.s32, -2, 'feffffff'],
    ['u64', codec.u64, 0x1234, '3412000000000000'],
    ['be16', codec.be16, 0x1234, '1234'],
    ['be32', codec.be32, 0x12345678, '12345678'],
    ['be64', codec.be64, 0x1234, '0000000000001234'],
    ['string', codec.string, 'clsact', '636c7361637400'],
    ['hex', codec.hex, '00ff7a', '00ff7a'],
    ['mac', codec.mac, parseMac('02:00:00:00:00:01'), '020000000001'],
    ['IPv4', codec.ip, parseIp('10.0.0.1'), '0a000001'],
    ['IPv6', codec.ip, parseIp('fd00::1'), 'fd000000000000000000000000000001'],
  ]
  for (const [name, one, value, bytes] of cases) {
    it(`${name} is ${bytes} for ${value}`, () => {
      assert.equal(toHex(encode(one, value)), bytes)
      assert.equal(decode(one, fromHex(bytes)), value)
    })
  }

  it('refuses a payload of another size than the number has', () => {
    for (const one of [codec.u8, codec.u16, codec.u32, codec.u64, codec.be16, codec.mac]) {
      assert.throws(() => decode(one as codec.Codec<unknown>, fromHex('0102030405060708090a')), MalformedMessage)
    }
    assert.throws(() => decode(codec.ip, fromHex('0a00000102')), MalformedMessage)
  })

  it('reads strings without and with a NUL, and stops at the first', () => {
    assert.equal(decode(codec.string, fromHex('6162')), 'ab')
    assert.equal(decode(codec.string, fromHex('61620063')), 'ab')
  })

  it('refuses to write what is not hexadecimal', () => {
    assert.throws(() => encode(codec.hex, '0'), TypeError)
    assert.throws(() => encode(codec.hex, '0g'), TypeError)
  })

  it('hexadecimal survives a round trip', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(encode(codec.hex, decode(codec.hex, bytes)), bytes)),
    )
  })

  describe('struct', () => {
    const layout = struct({ family: codec.u8, _pad: pad(3), ifindex: codec.s32, id: codec.be16 })

    it('writes fields in order, with zeros for padding', () => {
      assert.equal(toHex(encode(layout, { family: 2, ifindex: 5, id: 0x1234 })), '0200000005000000' + '1234')
    })

    it('reads only named fields', () => {
      assert.deepEqual(decode(layout, fromHex('02ffffff050000001234')), { family: 2, ifindex: 5, id: 0x1234 })
    })

    it('reads a longer one of a newer kernel', () => {
      assert.deepEqual(decode(layout, fromHex('02000000050000001234 99999999')), { family: 2, ifindex: 5, id: 0x1234 })
    })

    it('refuses a shorter one, unless an older kernel may send it', () => {
      assert.throws(() => decode(layout, fromHex('0200000005000000')), MalformedMessage)
      const growing = struct({ a: codec.u32, b: codec.u32 }, 4)
      assert.deepEqual(decode(growing, fromHex('01000000')), { a: 1, b: 0 })
    })
  })
})
