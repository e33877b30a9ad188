import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { conntrack, NetlinkSocket } from '../../../src/kernel/index.js'
import { inNs, run, sh } from '../support/shell.js'
import { waitFor } from '../support/wait.js'

const ZONE = 7
const HOSTS = ['cta', 'ctb'] as const
const [A, B] = ['192.168.99.1', '192.168.99.2'] as const
const mac = (host: string) => `02:00:00:00:99:0${HOSTS.indexOf(host as (typeof HOSTS)[number]) + 1}`

/** TC forwards between two hosts, with connection tracking: act_ct has a flow table for each zone. */
function forwardTracked(from: string, to: string): void {
  const track = `action ct zone ${ZONE} pipe action goto chain 1`
  const out = `action mirred egress redirect dev ${to}0`
  sh(`tc qdisc add dev ${from}0 clsact`)
  for (const [chain, pref, state, action] of [
    [0, 1, '-trk', track],
    [1, 1, '+trk+new', `action ct commit zone ${ZONE} pipe ${out}`],
    [1, 2, '+trk+est', out],
  ] as const) {
    sh(`tc filter add dev ${from}0 ingress chain ${chain} pref ${pref} protocol ip flower ct_state ${state} ${action}`)
  }
}

/** The kernel's own list: `[HW_OFFLOAD]` where hardware has it, else `[OFFLOAD]` (nf_conntrack_standalone.c ct_seq_show). */
const listed = () =>
  readFileSync('/proc/net/nf_conntrack', 'utf8')
    .split('\n')
    .filter((line) => /\[(?:HW_)?OFFLOAD\]/.test(line))

describe('connections that TC has given to its flow table', () => {
  const children: ChildProcess[] = []
  before(() => {
    run('modprobe', '-a', 'act_ct', 'cls_flower', 'act_mirred', 'act_gact', 'nf_conntrack', 'nf_conntrack_netlink')
    for (const [at, host] of HOSTS.entries()) {
      sh(`ip netns add ${host}`)
      sh(`ip link add ${host}0 type veth peer name eth0 netns ${host}`)
      inNs(host, 'ip', 'link', 'set', 'eth0', 'address', mac(host), 'up')
      inNs(host, 'ip', 'address', 'add', `${at === 0 ? A : B}/24`, 'dev', 'eth0')
      sh(`ip link set ${host}0 up`)
    }
    inNs('cta', 'ip', 'neighbour', 'add', B, 'lladdr', mac('ctb'), 'dev', 'eth0', 'nud', 'permanent')
    inNs('ctb', 'ip', 'neighbour', 'add', A, 'lladdr', mac('cta'), 'dev', 'eth0', 'nud', 'permanent')
    forwardTracked('cta', 'ctb')
    forwardTracked('ctb', 'cta')
  })
  after(async () => {
    for (const child of children) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    for (const host of HOSTS) {
      sh(`ip link del ${host}0`)
      sh(`ip netns del ${host}`)
    }
  })
  const start = (ns: string, ...command: string[]) =>
    children.push(spawn('ip', ['netns', 'exec', ns, ...command], { stdio: 'ignore' }))
  const counted = () => {
    using socket = NetlinkSocket.open('netfilter')
    return conntrack.countOffloaded(socket)
  }

  it('are none where nobody speaks, nor for a ping', () => {
    inNs('cta', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', B)
    assert.match(readFileSync('/proc/net/nf_conntrack', 'utf8'), new RegExp(`icmp.*zone=${ZONE}`))
    assert.deepEqual(counted(), [])
  })

  it('are counted by zone as the kernel’s own list has them; no hardware has one', async () => {
    start('ctb', 'iperf3', '-s')
    await waitFor('iperf3 listens', () => inNs('ctb', 'ss', '-Hltn', 'sport = :5201') !== '')
    start('cta', 'iperf3', '-c', B, '-t', '600', '-b', '100k')
    const found = await waitFor('both of its connections are there', () => {
      const zones = counted()
      return (zones[0]?.offloaded ?? 0) > 1 && zones
    })
    const lines = listed()
    assert.ok(lines.every((line) => line.includes(`zone=${ZONE} `) && line.includes('[OFFLOAD]')))
    assert.deepEqual(found, [{ zone: ZONE, offloaded: lines.length, inHardware: 0 }])
  })
})
