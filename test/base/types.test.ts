import assert from 'node:assert/strict'
import fc from 'fast-check'
import { NicsteerError } from '../../src/base/errors.js'
import {
  formatIp,
  formatMac,
  ipBytes,
  ipFamily,
  isMulticastMac,
  macBytes,
  parseIfindex,
  parseIp,
  parseMac,
  parsePciAddress,
  parseVni,
} from '../../src/base/types.js'

function refuses(code: string, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof NicsteerError && error.code === code)
}

describe('base/types', () => {
  describe('IP addresses', () => {
    // Second column: RFC 5952 sections 4 and 5.
    const spellings: [string, string][] = [
      ['10.0.0.1', '10.0.0.1'],
      ['::', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['2001:0DB8::0001', '2001:db8::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['1::', '1::'],
      ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
      ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
    ]
    for (const [text, canonical] of spellings) {
      it(`writes ${text} as ${canonical}`, () => assert.equal(parseIp(text), canonical))
    }

    for (const text of ['', '10.0.0', '10.0.0.256', '10.0.0.1/24', 'fe80::1%eth0', '1::2::3', 'host', '010.0.0.1']) {
      it(`refuses "${text}"`, () => refuses('BAD_IP', () => parseIp(text)))
    }

    it('gives the same address for its bytes, whatever they are', () => {
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      )
      fc.assert(
        fc.property(bytes, (wire) => {
          const ip = formatIp(wire)
          assert.deepEqual(ipBytes(ip), wire)
          assert.equal(parseIp(ip), ip)
          assert.equal(ipFamily(ip), wire.length === 4 ? 4 : 6)
        }),
      )
    })

    it('keeps short runs of zeros in IPv6 apart from long ones', () => {
      const sparse = fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
      fc.assert(fc.property(sparse, (wire) => assert.deepEqual([...ipBytes(formatIp(Uint8Array.from(wire)))], wire)))
    })

    it('refuses other lengths', () => refuses('BAD_IP', () => formatIp(new Uint8Array(5))))
  })

  describe('MAC addresses', () => {
    it('become lower case with colons', () => assert.equal(parseMac('02-AB-00-00-00-01'), '02:ab:00:00:00:01'))
    for (const text of ['', '02:00:00:00:00', '02:00:00:00:00:0g', '02:00-00:00:00:01', '020000000001']) {
      it(`refuses "${text}"`, () => refuses('BAD_MAC', () => parseMac(text)))
    }
    it('are the same after a round trip through bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (wire) => {
          assert.deepEqual(macBytes(formatMac(wire)), wire)
          assert.equal(isMulticastMac(formatMac(wire)), ((wire[0] ?? 0) & 1) === 1)
        }),
      )
    })
  })

  it('accepts PCI addresses with and without a domain', () => {
    assert.equal(parsePciAddress('0000:D8:00.1'), '0000:d8:00.1')
    assert.equal(parsePciAddress('d8:00.1'), '0000:d8:00.1')
    for (const text of ['d8:00', 'd8:00.8', 'd8:20.0', 'p0']) refuses('BAD_PCI_ADDRESS', () => parsePciAddress(text))
  })

  it('keeps VNIs to 24 bits and interface indices above zero', () => {
    assert.equal(parseVni(0xffffff), 0xffffff)
    for (const value of [-1, 0x1000000, 1.5, Number.NaN]) refuses('BAD_VNI', () => parseVni(value))
    assert.equal(parseIfindex(1), 1)
    for (const value of [0, -1, 2 ** 31, 1.5]) refuses('BAD_IFINDEX', () => parseIfindex(value))
  })
})
