import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatIp, formatMac } from '../../../src/base/types.js'
import { asciiText, hexText, ipv4Text, macText } from '../../../src/kernel/netlink/text.js'

/** Few values, so that many fall into the same place. */
const byte = fc.constantFrom(0, 1, 9, 10, 0x7f, 0x80, 0xff)
const bytes = (length: number) =>
  fc.array(byte, { minLength: length, maxLength: length }).map((all) => Uint8Array.from(all))

describe('kernel/netlink/text', () => {
  it('writes MAC addresses, whatever came before', () => {
    fc.assert(
      fc.property(bytes(6), (mac) => assert.equal(macText(mac, 0), formatMac(mac))),
      { numRuns: 5000 },
    )
  })

  it('writes IPv4 addresses, whatever came before', () => {
    fc.assert(
      fc.property(bytes(4), (ip) => assert.equal(ipv4Text(new DataView(ip.buffer).getUint32(0)), formatIp(ip))),
      { numRuns: 5000 },
    )
  })

  it('reads names, whatever came before, and leaves to others what is long or not ASCII', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '\x7f'), maxLength: 6 })
    fc.assert(
      fc.property(name, (text) => assert.equal(asciiText(Buffer.from(text), 0, text.length), text)),
      { numRuns: 5000 },
    )
    assert.equal(asciiText(Buffer.from('ä'), 0, 2), undefined)
    assert.equal(asciiText(Buffer.from('x'.repeat(32)), 0, 32), undefined)
  })

  it('writes two digits a byte, of a part too', () => {
    const check = (all: Uint8Array, from: number) =>
      assert.equal(hexText(all, from, all.length), Buffer.from(all).subarray(from).toString('hex'))
    fc.assert(fc.property(fc.uint8Array({ minLength: 3, maxLength: 40 }), fc.nat(3), check))
  })
})
