import assert from 'node:assert/strict'
import fc from 'fast-check'
import { NicsteerError } from '../../../src/base/errors.js'
import {
  ATTRIBUTE_HEADER,
  finishAttribute,
  forEachAttribute,
  MalformedMessage,
} from '../../../src/kernel/netlink/attribute.js'
import { ByteSource, ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { fromHex, toHex } from '../support/bytes.js'

function read(bytes: Uint8Array, end = bytes.length): [number, string][] {
  const found: [number, string][] = []
  forEachAttribute(new ByteSource(bytes), 0, end, (type, from, to) => found.push([type, toHex(bytes.slice(from, to))]))
  return found
}

describe('kernel/netlink/attribute', () => {
  it('reads what it wrote, padded with zeros', () => {
    const out = new ByteWriter(16)
    out.bytes.fill(0xee)
    const at = out.reserve(ATTRIBUTE_HEADER)
    out.append(fromHex('010203'))
    finishAttribute(out, at, 7)
    assert.equal(toHex(out.written()), '0700070001020300')
    assert.deepEqual(read(out.written()), [[7, '010203']])
  })

  it('reads the last attribute also without its padding', () => {
    assert.deepEqual(read(fromHex('05000100aa')), [[1, 'aa']])
  })

  it('hides the flags for nested and byte order', () => {
    assert.deepEqual(read(fromHex('04000580 04000640')), [
      [5, ''],
      [6, ''],
    ])
  })

  const malformed: [string, string][] = [
    ['a length that reaches behind the end', '09000100 aabbccdd'],
    ['a length shorter than the header', '03000100'],
    ['a length of zero, which would never end', '00000100'],
    ['bytes left over', '04000100 0000'],
  ]
  for (const [what, bytes] of malformed) {
    it(`refuses ${what}`, () => assert.throws(() => read(fromHex(bytes)), MalformedMessage))
  }

  it('refuses an end behind the buffer', () => {
    assert.throws(() => read(fromHex('04000100'), 8), MalformedMessage)
  })

  it('never reads outside its range, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          forEachAttribute(new ByteSource(bytes), 0, bytes.length, (_, from, to) =>
            assert.ok(from >= 4 && from <= to && to <= bytes.length),
          )
        } catch (error) {
          assert.ok(error instanceof MalformedMessage)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses to write more than the length field can say', () => {
    const out = new ByteWriter()
    const at = out.reserve(ATTRIBUTE_HEADER)
    out.append(new Uint8Array(0xfffc))
    assert.throws(
      () => finishAttribute(out, at, 1),
      (error) => error instanceof NicsteerError && error.code === 'ATTRIBUTE_TOO_LONG',
    )
  })
})
