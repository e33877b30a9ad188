import { execFileSync } from 'node:child_process'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.js'
import { createTunnelDevice, getLink } from '../../src/kernel/rtnl.js'
import { deleteQdisc, ensureClsact } from '../../src/kernel/tc/index.js'
import type { Devices } from './rules.js'

const NAME = 'bench0'
const TUNNEL = 'bench1'

/** The devices that the benchmark's rules are on, and an empty qdisc for them whenever one is wanted. */
export class Bench implements Disposable {
  readonly socket = NetlinkSocket.open('route')
  readonly devices: Devices

  constructor() {
    execFileSync('ip', ['link', 'add', NAME, 'type', 'dummy'])
    const tunnel = createTunnelDevice(this.socket, { kind: 'geneve', name: TUNNEL, external: true, port: 6081 })
    const device = getLink(this.socket, NAME)
    if (device === undefined) throw new Error(`${NAME} is gone`)
    this.devices = { name: NAME, ifindex: device.ifindex, tunnelName: TUNNEL, tunnel: tunnel.ifindex }
    ensureClsact(this.socket, device.ifindex)
  }

  /** No filter, and handles begin at 1 again. */
  clear(): void {
    deleteQdisc(this.socket, this.devices.ifindex)
    ensureClsact(this.socket, this.devices.ifindex)
  }

  [Symbol.dispose](): void {
    for (const name of [NAME, TUNNEL]) execFileSync('ip', ['link', 'del', name])
    this.socket[Symbol.dispose]()
  }
}

/** Milliseconds that it takes. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
