import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { linesOf } from '../../src/ovs/lines.js'

async function all(chunks: Iterable<Buffer>): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(chunks)) lines.push(line)
  return lines
}

/** Cuts a text into chunks of the sizes that come. */
function* cut(text: string, sizes: Iterator<number>): Generator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    const size = sizes.next().value as number
    yield bytes.subarray(at, at + size)
    at += size
  }
}

describe('lines of a stream', () => {
  it('are the same however the stream is cut', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'ü', '€', '😀', ' ', ','), maxLength: 12 })
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 7 }))
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, async (lines, size) => {
        assert.deepEqual(await all(cut(lines.map((one) => `${one}\n`).join(''), size)), lines)
      }),
    )
  })

  it('may end in CR LF, and the last one in nothing', async () => {
    assert.deepEqual(await all([Buffer.from('a\r\n\r\nb\rc\n'), Buffer.from('d')]), ['a', '', 'b\rc', 'd'])
    assert.deepEqual(await all([Buffer.from('a\r'), Buffer.from('\nb')]), ['a', 'b'])
    assert.deepEqual(await all([]), [])
  })

  it('are refused where none ends for a mebibyte', async () => {
    const chunk = Buffer.alloc(1 << 19, 'x')
    await assert.rejects(all([chunk, chunk, chunk]), { code: 'LINE_TOO_LONG' })
  })

  it('do not hold the memory of a chunk that its owner uses again', async () => {
    const chunk = Buffer.from('first ')
    const chunks = function* () {
      yield chunk
      chunk.write('xxxxx\n')
      yield chunk
    }
    assert.deepEqual(await all(chunks()), ['first xxxxx'])
  })
})
