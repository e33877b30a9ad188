import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { ReplyDecoder } from '../../../src/ovs/unixctl/reply.js'

/** Feeds a reply in chunks of the sizes that come; what it gives as the result's text. */
function decode(reply: string, sizes: Iterator<number>): string {
  const decoder = new ReplyDecoder('a/command')
  const bytes = Buffer.from(reply)
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = sizes.next().value as number
    parts.push(...decoder.push(bytes.subarray(at, at + size)).map((part) => Buffer.from(part)))
    at += size
    if (at < bytes.length) assert.equal(decoder.complete, false)
  }
  assert.ok(decoder.complete)
  decoder.finish()
  return Buffer.concat(parts).toString('utf8')
}

const whole = (size = 1 << 20) => ({ next: () => ({ value: size, done: false as const }) })
const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\n', '"', '\\', '\t', '/', '{', '}', 'a', 'ü', '😀'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
})
/** JSON that writes all that it can as an escape sequence. */
const escaped = (value: string) =>
  `"${Array.from({ length: value.length }, (_, i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
/** Half a surrogate pair has no UTF-8. */
const wellFormed = (value: string) => Buffer.from(value).toString('utf8')

describe('a reply of a control socket', () => {
  it('gives its text, however it is cut, written and ordered', () => {
    const shape = fc.constantFrom(
      (json: string) => `{"id":0,"result":${json},"error":null}`,
      (json: string) => `{"error":null,"id":"\\"result\\":","result":${json}}`,
      (json: string) => `{"result" : ${json}, "x":{"result":"no","y":["}"]}, "id":0}`,
    )
    const write = fc.constantFrom(JSON.stringify, escaped)
    fc.assert(
      fc.property(text, shape, write, sizes, (value, inShape, json, size) => {
        assert.equal(decode(inShape(json(value)), size), wellFormed(value))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps half a surrogate pair from being taken for the beginning of what follows', () => {
    const size = () => whole(1)
    assert.equal(decode('{"result":"\\ud83d\\n"}', size()), '\ufffd\n')
    assert.equal(decode('{"result":"\\ud83d\\ud83d\\ude00"}', size()), '\ufffd😀')
    assert.equal(decode('{"result":"\\ud83d"}', size()), '\ufffd')
  })

  it('that is a refusal throws what the command said, of a long text the end', () => {
    const refuse = (error: string) => () => decode(`{"id":0,"error":${JSON.stringify(error)},"result":null}`, whole(7))
    assert.throws(refuse('no such datapath\n'), {
      name: 'UnixctlRefusal',
      code: 'UNIXCTL_REFUSED',
      message: 'a/command: no such datapath',
      text: 'no such datapath',
    })
    assert.throws(
      refuse(`${'flow\n'.repeat(5000)}Failed to dump flows from datapath`),
      ({ text: said }: { text: string }) => {
        return said.endsWith('Failed to dump flows from datapath') && said.length <= 4096
      },
    )
    assert.throws(() => decode('{"id":0,"error":{"code":7},"result":null}', whole()), { text: '{"code":7}' })
  })

  const others = [
    'HTTP/1.1 400 Bad Request',
    '{"result":7}',
    '{"id":0}',
    '[]',
    '{"result":"\\x"}',
    '{"result":"\\u12g4"}',
    '{"a" "b"}',
    `{"id":"${'x'.repeat(5000)}"}`,
  ]
  for (const reply of others) {
    it(`that is none is refused: ${reply.slice(0, 40)}`, () => {
      assert.throws(() => decode(reply, whole()), { code: 'UNIXCTL_PROTOCOL' })
    })
  }
})
