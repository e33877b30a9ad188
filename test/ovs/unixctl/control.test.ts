import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlOptions, control } from '../../../src/ovs/unixctl/index.js'
import { createDatabase, OvsdbServer } from '../support/ovsdb-server.js'

/** ovsdb-server is a daemon of Open vSwitch too: its control socket is made by the same code as that of ovs-vswitchd. */
describe('the control socket of a daemon', () => {
  let rundir = ''
  let server: OvsdbServer
  const options = (): ControlOptions => ({ rundir, program: 'ovsdb-server', seconds: 20 })

  before(async function () {
    rundir = mkdtempSync(join(tmpdir(), 'unixctl-'))
    const database = join(rundir, 'ovsdb-server.4711')
    createDatabase(this, database, 'vswitch')
    server = await OvsdbServer.start({ databases: [database], remotes: [`punix:${rundir}/db.sock`] })
    // The server was told to listen at DATABASE.ctl.
    writeFileSync(join(rundir, 'ovsdb-server.pid'), '4711\n')
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    rmSync(rundir, { recursive: true, force: true })
  })

  async function ask(command: string, args: string[] = [], changes: ControlOptions = {}): Promise<string[]> {
    const lines: string[] = []
    for await (const line of control(command, args, { ...options(), ...changes })) lines.push(line)
    return lines
  }

  it('answers a command line by line, as ovs-appctl does', async () => {
    const target = join(rundir, 'ovsdb-server.4711.ctl')
    const printed = execFileSync('ovs-appctl', ['-t', target, 'list-commands'], { encoding: 'utf8' })
    const lines = await ask('list-commands')
    assert.ok(lines.length > 20)
    assert.deepEqual(lines, printed.trimEnd().split('\n'))
    assert.deepEqual(await ask('list-commands', [], { by: 'ovs-appctl' }), lines)
  })

  it('takes arguments', async () => {
    assert.deepEqual(await ask('vlog/set', ['jsonrpc:file:dbg']), [])
    const set = (await ask('vlog/list')).find((line) => line.startsWith('jsonrpc '))
    assert.match(set ?? '', /DBG/)
  })

  for (const by of ['socket', 'ovs-appctl'] as const) {
    it(`says what a command that failed said, by ${by}`, async () => {
      const refusal = { name: 'UnixctlRefusal', code: 'UNIXCTL_REFUSED' }
      await assert.rejects(ask('no/such', [], { by }), {
        ...refusal,
        message: /no\/such: .*"no\/such" is not a valid command/s,
      })
      await assert.rejects(ask('version', ['x'], { by }), { ...refusal, message: /takes at most 0 arguments/ })
    })
  }

  it('is left when nobody asks for more lines', async () => {
    for (const by of ['socket', 'ovs-appctl'] as const) {
      const lines = control('list-commands', [], { ...options(), by })
      assert.equal((await lines.next()).done, false)
      await lines.return(undefined)
      assert.equal((await lines.next()).done, true)
    }
  })

  it('is not there where the daemon does not run', async () => {
    const notRunning = { code: 'UNIXCTL_NOT_RUNNING', hint: /systemctl status/ }
    await assert.rejects(ask('version', [], { program: 'ovs-vswitchd' }), {
      ...notRunning,
      message: /there is no .*ovs-vswitchd\.pid/,
    })
    writeFileSync(join(rundir, 'other.pid'), '12\n')
    await assert.rejects(ask('version', [], { program: 'other' }), {
      ...notRunning,
      message: /other\.12\.ctl: there is no such socket/,
    })
    writeFileSync(join(rundir, 'other.pid'), 'twelve\n')
    await assert.rejects(ask('version', [], { program: 'other' }), { ...notRunning, message: /has no process id/ })
  })

  it('is dead where the daemon was killed and left it', async () => {
    const path = join(rundir, 'killed.1.ctl')
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    assert.throws(() => execFileSync(process.execPath, ['-e', script]))
    assert.ok(existsSync(path))
    writeFileSync(join(rundir, 'killed.pid'), '1')
    await assert.rejects(ask('version', [], { program: 'killed' }), {
      code: 'UNIXCTL_NOT_RUNNING',
      message: /nobody listens/,
    })
  })

  it('is closed to who has no permission', async () => {
    process.seteuid?.(65534)
    try {
      await assert.rejects(ask('version'), { code: 'UNIXCTL_NO_PERMISSION', hint: /root/ })
    } finally {
      process.seteuid?.(0)
    }
  })

  it('names ovs-appctl where that is missing', async () => {
    const { PATH } = process.env
    process.env.PATH = rundir
    try {
      await assert.rejects(ask('version', [], { by: 'ovs-appctl' }), {
        code: 'APPCTL_MISSING',
        hint: /openvswitch-common/,
      })
    } finally {
      process.env.PATH = PATH
    }
  })

  describe('behind a cable', () => {
    /** Passes everything on to the daemon, and of its answer only so many bytes; then it does what it is told. */
    async function through<T>(bytes: number, then: (client: Socket) => void, use: () => Promise<T>): Promise<T> {
      const path = join(rundir, 'cable.1.ctl')
      writeFileSync(join(rundir, 'cable.pid'), '1')
      const open = new Set<Socket>()
      const cable = createServer((client) => {
        const daemon = connect(join(rundir, 'ovsdb-server.4711.ctl'))
        open.add(client).add(daemon)
        client.on('error', () => undefined).pipe(daemon)
        let left = bytes
        daemon.on('data', (chunk: Buffer) => {
          if (left > 0) client.write(chunk.subarray(0, left))
          left -= chunk.length
          if (left <= 0) then(client)
        })
      })
      await new Promise<void>((resolve) => cable.listen(path, resolve))
      try {
        return await use()
      } finally {
        for (const socket of open) socket.destroy()
        await new Promise((resolve) => cable.close(resolve))
      }
    }

    it('says that the connection was cut in the middle of an answer', async () => {
      const lines: string[] = []
      const answer = async () => {
        for await (const line of control('list-commands', [], { ...options(), program: 'cable' })) lines.push(line)
      }
      await assert.rejects(
        through(600, (client) => client.end(), answer),
        {
          code: 'UNIXCTL_CUT',
          message: /cable\.1\.ctl closed the connection in the middle of its answer to list-commands/,
        },
      )
      assert.ok(lines.length > 2, 'what had come was given')
    })

    it('says that the daemon is silent', async () => {
      const answer = () => ask('list-commands', [], { program: 'cable', seconds: 0.2 })
      await assert.rejects(
        through(100, () => undefined, answer),
        { code: 'UNIXCTL_TIMEOUT', message: /was silent for 0.2 s/ },
      )
    })
  })
})
