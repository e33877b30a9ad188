import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { run, sh } from './shell.js'
import { waitFor } from './wait.js'

const DEVICE = 'watched'
const ADDRESS = '192.0.2.1/24'

/**
 * systemd-networkd, which manages a device that nothing else uses. When it starts, and whenever a device is configured anew, it deletes the
 * policy rules that are neither its own nor of protocol kernel (networkd.conf(5), ManageForeignRoutingPolicyRules).
 */
export class Networkd implements AsyncDisposable {
  readonly #process: ChildProcess

  static async start(): Promise<Networkd> {
    sh('mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp')
    sh('chown -R systemd-network:systemd-network /run/systemd/netif')
    const lines = ['[Match]', `Name=${DEVICE}`, '[Network]', `Address=${ADDRESS}`, 'LinkLocalAddressing=no']
    writeFileSync('/run/systemd/network/10-watched.network', `${lines.join('\n')}\n`)
    sh(`ip link add ${DEVICE} up type dummy`)
    // With /sys read-only it doesn't wait for udev, which isn't here.
    const script = 'mount -t sysfs -o ro sysfs /sys && exec /usr/lib/systemd/systemd-networkd'
    return new Networkd(spawn('unshare', ['-m', 'sh', '-c', script], { stdio: 'ignore' }))
  }

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  async configured(): Promise<void> {
    await waitFor(`${DEVICE} has its address`, () => run('ip', 'address', 'show', 'dev', DEVICE).includes(ADDRESS))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
    sh(`ip link del ${DEVICE}`)
  }
}
