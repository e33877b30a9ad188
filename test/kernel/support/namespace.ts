import { execFileSync } from 'node:child_process'
import { type Ifindex, parseIfindex } from '../../../src/base/types.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { skip } from '../../support/skip.js'

let made = 0

/** A network namespace of this test's own, with a route socket inside. */
export class Namespace implements Disposable {
  readonly name = `nicsteer-${process.pid}-${made++}`
  readonly path = `/run/netns/${this.name}`
  readonly socket: NetlinkSocket

  private constructor() {
    execFileSync('ip', ['netns', 'add', this.name])
    this.socket = NetlinkSocket.open('route', { netns: this.path })
  }

  /** Skips the running suite where namespaces can't be made. */
  static create(context: Mocha.Context): Namespace {
    if (process.getuid?.() !== 0) skip(context, 'making network namespaces needs root')
    return new Namespace()
  }

  /** `ip …` inside, words separated by spaces. */
  ip(command: string): string {
    return execFileSync('ip', ['-n', this.name, ...command.split(' ')], { encoding: 'utf8', stdio: 'pipe' })
  }

  /** `tc …` inside. */
  tc(command: string): string {
    return execFileSync('tc', ['-n', this.name, ...command.split(' ')], { encoding: 'utf8', stdio: 'pipe' })
  }

  ifindexOf(name: string): Ifindex {
    const [link] = JSON.parse(this.ip(`-j link show dev ${name}`)) as { ifindex: number }[]
    return parseIfindex(link?.ifindex ?? 0)
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]()
    execFileSync('ip', ['netns', 'del', this.name])
  }
}
