import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { skip } from '../../support/skip.js'

const SCHEMAS = { vswitch: 'openvswitch/vswitch', 'ovn-sb': 'ovn/ovn-sb' } as const
export type SchemaName = keyof typeof SCHEMAS

/** Where the schemas are: installed in the lab, in the lab's root file system elsewhere. */
function schemaFile(name: SchemaName): string | undefined {
  const build = fileURLToPath(new URL('../../../../hack/lab/build', import.meta.url))
  const [root = ''] = execFileSync(build, ['--paths'], { encoding: 'utf8' }).split('\n')
  const at = ['', `${root}/files`].map((top) => `${top}/usr/share/${SCHEMAS[name]}.ovsschema`)
  return at.find(existsSync)
}

/** A folder for the files of servers, gone at the end of the test's suite. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ovsdb-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Makes a database file; the suite is skipped where there is no ovsdb-server or no schema. */
export function createDatabase(context: Mocha.Context, file: string, name: SchemaName): string {
  const schema = schemaFile(name)
  if (!existsSync('/usr/sbin/ovsdb-server'))
    skip(context, 'there is no ovsdb-server: apt-get install openvswitch-common')
  if (schema === undefined) skip(context, 'there are no schemas: hack/lab/build')
  execFileSync('ovsdb-tool', ['create', file, schema])
  return file
}

export interface ServerOptions {
  databases: string[]
  remotes: string[]
  options?: string[]
}

/** A real ovsdb-server. It has begun to listen when {@link start} returns; `port` is that of `ptcp:0` or `pssl:0`. */
export class OvsdbServer implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly port: number | undefined

  static async start({ databases, remotes, options = [] }: ServerOptions): Promise<OvsdbServer> {
    const socket = remotes.find((remote) => remote.startsWith('punix:'))?.slice('punix:'.length)
    const child = spawn(
      '/usr/sbin/ovsdb-server',
      [
        ...databases,
        ...remotes.map((remote) => `--remote=${remote}`),
        ...options,
        `--unixctl=${databases[0]}.ctl`,
        '--no-chdir',
        '-vconsole:info',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    const port = await new Promise<number | undefined>((resolve, reject) => {
      child.once('exit', (status) => reject(new Error(`ovsdb-server ended with ${status}: ${log}`)))
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString()
        // The last thing that it says before it serves.
        if (!log.includes('ovsdb-server (Open vSwitch)')) return
        const text = /listening on port (\d+)/.exec(log)?.[1]
        if (socket === undefined || existsSync(socket)) resolve(text === undefined ? undefined : Number(text))
      })
    })
    return new OvsdbServer(child, port)
  }

  private constructor(child: ChildProcess, port: number | undefined) {
    this.#process = child
    this.port = port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await ended
  }
}
