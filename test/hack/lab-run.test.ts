import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../lab/support/wait.js'
import { skip } from '../support/skip.js'

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

function start(scratch: string, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn('hack/lab/run', ['--scratch', scratch, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return { child, ended: new Promise((resolve) => child.on('close', (status) => resolve({ status, ...output }))) }
}

/** Processes that have this folder in their arguments: the VM shares it, so it is among them while it lives. */
function users(scratch: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`path=${scratch},`)
    } catch {
      return false // it ended meanwhile
    }
  })
}

describe('hack/lab/run', function () {
  this.timeout(120_000)
  let scratch = ''
  before(function () {
    if (process.getuid?.() !== 0) skip(this, 'needs root')
  })
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'lab-run-'))
  })
  afterEach(() => {
    assert.deepEqual(users(scratch), [], 'a VM was left running')
    rmSync(scratch, { recursive: true, force: true })
  })

  it('streams both outputs apart, returns the exit status, and hands back what the command left in /scratch', async () => {
    const ended = await start(scratch, '--', 'sh', '-c', 'echo out; echo err >&2; echo kept >/scratch/file; exit 7')
      .ended
    assert.deepEqual(ended, { status: 7, stdout: 'out\n', stderr: 'err\n' })
    assert.equal(readFileSync(join(scratch, 'file'), 'utf8'), 'kept\n')
  })

  it('mounts the project read-only and has nicsteer on PATH', async () => {
    const ended = await start(scratch, '--', 'sh', '-c', 'touch /project/x 2>/dev/null || command -v nicsteer').ended
    assert.deepEqual(ended, { status: 0, stdout: '/usr/local/bin/nicsteer\n', stderr: '' })
  })

  it('refuses an unknown topology with one line that names the known ones', async () => {
    const { status, stdout, stderr } = await start(scratch, '--topology', 'ring', '--', 'true').ended
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^error: NO_TOPOLOGY: there is no topology 'ring' — one of: bare dual pair single\n$/)
  })

  it('reports a command without an end as a hang, with the console log', async () => {
    const { status, stderr } = await start(scratch, '--timeout', '25', '--', 'sleep', '1000').ended
    assert.equal(status, 124)
    const [, log = ''] = /^lab: no end within 25 s \(the command hangs\); console log: (\S+)/.exec(stderr) ?? []
    assert.ok(existsSync(log), stderr)
    rmSync(log)
  })

  it('reports a kernel panic as one, with the console log', async () => {
    const { status, stderr } = await start(scratch, '--', 'sh', '-c', 'echo c >/proc/sysrq-trigger').ended
    assert.equal(status, 125)
    const [, log = ''] = /^lab: kernel panic; console log: (\S+)/.exec(stderr) ?? []
    assert.match(readFileSync(log, 'utf8'), /Kernel panic/)
    rmSync(log)
  })

  it('fails a run in which the kernel complained, though the command succeeded', async () => {
    const { status, stderr } = await start(
      scratch,
      '--',
      'sh',
      '-c',
      'echo "WARNING: CPU: 0 PID: 1 at a test" >/dev/kmsg',
    ).ended
    assert.equal(status, 125)
    assert.match(stderr, /the kernel complained: .*WARNING: CPU: 0 PID: 1 at a test/)
    rmSync(/console log: (\S+)/.exec(stderr)?.[1] ?? '', { force: true })
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`leaves no VM behind after ${signal}`, async () => {
      const { child, ended } = start(scratch, '--', 'sleep', '1000')
      await waitFor('the VM boots', () => existsSync(join(scratch, '.lab/booted')), 60)
      assert.ok(users(scratch).length > 0, 'the VM is found while it runs')
      // Ctrl-C reaches the whole foreground group; kill -9 only the script.
      process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal)
      await ended
      await waitFor('the VM ends', () => users(scratch).length === 0)
    })
  }
})
