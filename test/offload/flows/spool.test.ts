import { strict as assert } from 'node:assert'
import { readdirSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { Spool } from '../../../src/offload/flows/spool.js'

async function* some(count: number) {
  for (let at = 0; at < count; at += 1) yield `line ${at}`
}
const open = () => readdirSync('/proc/self/fd').length

async function first(spool: Spool): Promise<string | undefined> {
  for await (const line of spool.lines()) return line
  return undefined
}

describe('lines on disk', () => {
  it('are read as often as one likes', async () => {
    using spool = await Spool.of(some(1000))
    for (let times = 0; times < 2; times += 1) {
      let count = 0
      for await (const line of spool.lines()) assert.equal(line, `line ${count++}`)
      assert.equal(count, 1000)
    }
  })

  it('need not be read to their end', async () => {
    const before = open()
    {
      // More than a stream reads ahead.
      using spool = await Spool.of(some(100_000))
      assert.equal(await first(spool), 'line 0')
      assert.equal(await first(spool), 'line 0')
    }
    // Streams close their files a little later.
    for (let turns = 0; open() > before && turns < 1000; turns += 1) await turn()
    assert.equal(open(), before)
  })

  it('are gone when what gives them fails, with its error', async () => {
    const before = open()
    async function* failing() {
      yield 'line 0'
      throw new Error('cut off')
    }
    await assert.rejects(Spool.of(failing()), /cut off/)
    for (let turns = 0; open() > before && turns < 1000; turns += 1) await turn()
    assert.equal(open(), before)
  })
})
