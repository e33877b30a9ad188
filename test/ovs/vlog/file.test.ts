import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastLines, logFileOf } from '../../../src/ovs/vlog/file.js'

/** @param words what a process of that name was started with */
async function fileOf(name: string, words: readonly string[]): Promise<[file: string | undefined, pid: number]> {
  // A shell that waits for its input: it is there until that is closed.
  const child = spawn('/bin/sh', ['-c', 'echo ready; read -r line', 'sh', ...words], { argv0: name })
  try {
    await once(child.stdout, 'data')
    return [logFileOf(String(child.pid)), child.pid ?? 0]
  } finally {
    child.stdin.end()
    await once(child, 'close')
  }
}

describe('the file that ovs-vswitchd logs to', () => {
  it('is the one that it was told, in its own root', async () => {
    const [file, pid] = await fileOf('ovs-vswitchd', ['--mlockall', '--log-file=/var/log/ovs.log', '--detach'])
    assert.equal(file, `/proc/${pid}/root/var/log/ovs.log`)
  })

  it('has a name of its own where none was told', async () => {
    const [file, pid] = await fileOf('/usr/sbin/ovs-vswitchd', ['--log-file'])
    assert.equal(file, `/proc/${pid}/root/var/log/openvswitch/ovs-vswitchd.log`)
  })

  it('is none where it was told nothing', async () => {
    const [file] = await fileOf('ovs-vswitchd', ['--log-filename'])
    assert.equal(file, undefined)
  })

  it('is the usual one where another process has that number here', async () => {
    const [file] = await fileOf('sh', ['--log-file=/tmp/x'])
    assert.equal(file, '/var/log/openvswitch/ovs-vswitchd.log')
  })
})

describe('the last lines of a log', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'))
    writeFileSync(join(folder, 'log'), 'first\nsecond\nthird\n')
  })
  after(() => rmSync(folder, { recursive: true }))

  it('are those of its last bytes, or all', () => {
    const path = join(folder, 'log')
    assert.deepEqual(lastLines(path, 10), ['ond', 'third', ''])
    assert.deepEqual(lastLines(path, 1000), ['first', 'second', 'third', ''])
  })
})
