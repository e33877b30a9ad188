import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { NicsteerError } from '../../src/base/errors.js'
import { takeLock } from '../../src/offload/lock.js'

describe('the lock', () => {
  it('is held by one, and the other is told who holds it', async () => {
    await using _held = await takeLock(0)
    await assert.rejects(takeLock(0), (error: unknown) => {
      assert.ok(error instanceof NicsteerError)
      assert.equal(error.code, 'LOCKED')
      assert.match(error.message, new RegExp(`process ${process.pid} `))
      return true
    })
  })

  it('is waited for', async () => {
    const held = await takeLock(0)
    const second = takeLock(5)
    await held[Symbol.asyncDispose]()
    await (await second)[Symbol.asyncDispose]()
  })

  it('is free again afterwards', async () => {
    for (let round = 0; round < 3; round += 1) await (await takeLock(0))[Symbol.asyncDispose]()
  })

  it('is free as soon as its holder is dead, however it died', async () => {
    const lock = new URL('../../src/offload/lock.js', import.meta.url).href
    const hold = `import { takeLock } from '${lock}'; await takeLock(0); console.log('held'); process.stdin.resume()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', hold], { stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      await assert.rejects(takeLock(0), new RegExp(`process ${child.pid} `))
    } finally {
      child.kill('SIGKILL')
    }
    await (await takeLock(5))[Symbol.asyncDispose]()
  })
})
