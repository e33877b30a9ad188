import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { JsonFraming } from '../../../src/ovs/ovsdb/framing.js'

describe('JSON texts in a stream', () => {
  it('are found however the stream is cut', () => {
    const messages = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 5 })
    fc.assert(
      fc.property(
        messages,
        fc.constantFrom('', ' ', '\n\t'),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (sent, gap, sizes) => {
          const stream = Buffer.from(sent.map((one) => JSON.stringify(one)).join(gap))
          const framing = new JsonFraming()
          const got: unknown[] = []
          for (let at = 0; at < stream.length; ) {
            const size = sizes.next().value as number
            got.push(...framing.push(stream.subarray(at, at + size)))
            at += size
          }
          assert.deepEqual(got, JSON.parse(JSON.stringify(sent)))
        },
      ),
    )
  })

  for (const text of ['HTTP/1.1 400 Bad Request\r\n', '}', '{"a":nonsense}', '{}x']) {
    it(`that are none are refused: ${text.trim()}`, () => {
      assert.throws(() => new JsonFraming().push(Buffer.from(text)), { code: 'OVSDB_PROTOCOL' })
    })
  }
})
