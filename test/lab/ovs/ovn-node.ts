import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { run } from '../support/shell.js'
import { waitFor } from '../support/wait.js'

const FOLDERS = ['openvswitch', 'ovn'].flatMap((name) => [`/run/${name}`, `/var/log/${name}`])
const OVS_CTL = '/usr/share/openvswitch/scripts/ovs-ctl'
const OVN_CTL = '/usr/share/ovn/scripts/ovn-ctl'

/** Open vSwitch and OVN of one node of topology `pair`: in its network namespace, with files of its own. */
export class OvnNode implements AsyncDisposable {
  readonly name: string
  readonly #holder: ChildProcess

  static async start(name: string): Promise<OvnNode> {
    const mounts = [...FOLDERS, '/etc/openvswitch', '/var/lib/ovn']
      .map((folder) => `mkdir -p ${folder} && mount -t tmpfs none ${folder}`)
      .join(' && ')
    const script = `${mounts} && touch /run/openvswitch/ready && exec sleep infinity`
    const holder = spawn('ip', ['netns', 'exec', name, 'unshare', '-m', 'bash', '-c', script], { stdio: 'inherit' })
    const node = new OvnNode(name, holder)
    await waitFor(`${name} has its own folders`, () => existsSync(node.#inside('/run/openvswitch/ready')))
    node.exec(OVS_CTL, 'start', `--system-id=${name}`)
    return node
  }

  private constructor(name: string, holder: ChildProcess) {
    this.name = name
    this.#holder = holder
  }

  /** Address of a socket of this node, for a client outside of it. */
  socket(path: string): string {
    return `unix:${this.#inside(path)}`
  }

  exec(program: string, ...args: string[]): string {
    return run('nsenter', '-t', String(this.#holder.pid), '-n', '-m', program, ...args)
  }

  startCentral(): void {
    this.exec(OVN_CTL, 'start_northd')
    this.exec('ovn-sbctl', 'set-connection', 'ptcp:6642:0.0.0.0')
  }

  startController(settings: Record<string, string>): void {
    const words = Object.entries(settings).map(([key, value]) => `external_ids:${key}="${value}"`)
    this.exec('ovs-vsctl', 'set', 'Open_vSwitch', '.', ...words)
    this.exec(OVN_CTL, 'start_controller')
  }

  /** Gives a representor to Open vSwitch as a logical port. */
  addPort(representor: string, port: string, ids: Record<string, string> = {}): void {
    const words = Object.entries({ 'iface-id': port, ...ids }).map(([key, value]) => `external_ids:${key}="${value}"`)
    this.exec('ovs-vsctl', 'add-port', 'br-int', representor, '--', 'set', 'Interface', representor, ...words)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [ctl, what] of [
      [OVN_CTL, 'stop_controller'],
      [OVN_CTL, 'stop_northd'],
      [OVS_CTL, 'stop'],
    ] as const) {
      this.exec(ctl, what)
    }
    const ended = new Promise((resolve) => this.#holder.once('exit', resolve))
    this.#holder.kill('SIGKILL')
    await ended
  }

  #inside(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`
  }
}
