import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { frame } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { inNs, run } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule, freshQdisc, ruleStates } from './rules.js'
import { optionFrom, vfIp, vfMac, vtep } from './tunnel-rules.js'

// Hardware to hardware: a VF of node 1 (PF 0) and one of node 2 (PF 2), every tunnel type over both families, by tc rules alone.
interface Tunnel {
  name: string
  kind: 'geneve' | 'vxlan'
  port: number
  /** VTEPs of PF 0 and PF 2. */
  vteps: readonly [string, string]
  options: boolean
}

const V4 = [vtep(0), vtep(2)] as const
const V6 = ['fd00::1', 'fd00::3'] as const
const TUNNELS: readonly Tunnel[] = [
  { name: 'GENEVE with an option over IPv4', kind: 'geneve', port: 6081, vteps: V4, options: true },
  { name: 'GENEVE over IPv6', kind: 'geneve', port: 6081, vteps: V6, options: false },
  { name: 'VXLAN over IPv4', kind: 'vxlan', port: 4789, vteps: V4, options: false },
  { name: 'VXLAN over IPv6', kind: 'vxlan', port: 4789, vteps: V6, options: false },
]
const ENDS = [
  { node: 'node1', pf: 0, peer: 2, ns: 'vf00' },
  { node: 'node2', pf: 2, peer: 0, ns: 'vf20' },
] as const
const REP = 'pf0vf0' // of either node: inside a node PFs count from 0

const tcIn = (node: string, line: string) => inNs(node, 'tc', ...line.trim().split(/\s+/))
const hwPackets = (node: string, device: string): number => {
  const text = inNs(node, 'tc', '-j', '-s', 'filter', 'show', 'dev', device, 'ingress')
  const filters = JSON.parse(text) as { options?: { actions?: { stats?: { hw_packets?: number } }[] } }[]
  return filters.flatMap(({ options }) => options?.actions?.at(-1)?.stats?.hw_packets ?? []).reduce((a, b) => a + b, 0)
}

describe('simnic carries tunnels from one NIC’s hardware to another’s', () => {
  useTopology('pair', 'max_delay_ms=20')
  before(() => {
    for (const [end, { node }] of ENDS.entries()) {
      inNs(node, 'sysctl', '-qw', 'net.ipv6.conf.p0.disable_ipv6=0')
      inNs(node, 'ip', 'address', 'add', `${V6[end]}/64`, 'dev', 'p0', 'nodad')
      inNs(node, 'tc', 'qdisc', 'add', 'dev', REP, 'clsact')
    }
    for (const [end, { node }] of ENDS.entries()) {
      const other = ENDS[1 - end]!
      const mac = inNs(other.node, 'cat', '/sys/class/net/p0/address').trim()
      for (const ip of [V4[1 - end]!, V6[1 - end]!])
        inNs(node, 'ip', 'neigh', 'replace', ip, 'lladdr', mac, 'dev', 'p0', 'nud', 'permanent')
    }
  })

  for (const { name, kind, port, vteps, options } of TUNNELS) {
    it(name, async function () {
      this.timeout(60_000)
      for (const [end, { node, pf, peer }] of ENDS.entries()) {
        const [own, far] = [vteps[end], vteps[1 - end]]
        inNs(node, 'ip', 'link', 'add', 'tun0', 'type', kind, 'external', 'dstport', String(port))
        inNs(node, 'ip', 'link', 'set', 'tun0', 'up')
        tcIn(node, 'qdisc add dev tun0 clsact')
        tcIn(
          node,
          `filter add dev ${REP} ingress protocol all pref 11 flower skip_sw src_mac ${vfMac(pf, 0)} dst_mac ${vfMac(peer, 0)} action tunnel_key set src_ip ${own} dst_ip ${far} id 5001 dst_port ${port} ttl 64 nocsum ${options ? `geneve_opts ${optionFrom(pf, 0)}` : ''} pipe action mirred egress redirect dev tun0`,
        )
        tcIn(
          node,
          `filter add dev tun0 ingress protocol all pref 10 flower verbose dst_mac ${vfMac(pf, 0)} enc_key_id 5001 enc_src_ip ${far} enc_dst_ip ${own} enc_dst_port ${port} ${options ? `geneve_opts ${optionFrom(peer, 0)}` : ''} action tunnel_key unset pipe action mirred egress redirect dev ${REP}`,
        )
      }
      try {
        inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', vfIp(2, 0))
        const server = spawn('ip', ['netns', 'exec', 'vf20', 'iperf3', '-s', '-1'], { stdio: 'ignore' })
        try {
          await waitFor('the server listens', () => inNs('vf20', 'ss', '-Hltn').includes(':5201 '))
          // Segments of 1400 bytes: what the tunnel adds must fit the wire's MTU.
          const report = JSON.parse(inNs('vf00', 'iperf3', '-J', '-c', vfIp(2, 0), '-t', '1', '-M', '1400')) as {
            end: { sum_received: { bytes: number } }
          }
          assert.ok(report.end.sum_received.bytes > 100_000)
        } finally {
          server.kill('SIGKILL')
        }
        for (const pf of [0, 2]) await settled(PCI[pf]!)
        const [sent, received] = [hwPackets('node1', REP), hwPackets('node2', 'tun0')]
        assert.ok(sent > 70, `${sent} packets were encapsulated in hardware`)
        assert.equal(received, sent, 'all that one NIC encapsulated the other decapsulated')
        assert.equal(hwPackets('node1', 'tun0'), hwPackets('node2', REP))
        for (const { node } of ENDS) {
          assert.equal(
            inNs(node, 'cat', '/sys/class/net/tun0/statistics/rx_packets').trim(),
            '0',
            'software decapsulated nothing',
          )
        }
      } finally {
        for (const { node } of ENDS) {
          inNs(node, 'ip', 'link', 'del', 'tun0')
          tcIn(node, `filter del dev ${REP} ingress pref 11`)
        }
      }
    })
  }
})

describe('simnic polices and copies', () => {
  useTopology('single', 'max_delay_ms=20')
  const burst = frame({ src: vfMac(0, 0), dst: vfMac(0, 1), payload: Buffer.alloc(86), ethertype: 0x88b5 }) // 100 bytes

  it('police: a burst passes, the rest is dropped and counted', async () => {
    freshQdisc(REP)
    const action = 'police rate 1kbit burst 1000 conform-exceed drop/pipe action mirred egress redirect dev pf0vf1'
    addRule(REP, { handle: 1, pref: 1, protocol: 'all', match: `dst_mac ${vfMac(0, 1)}`, action }, 'skip_sw')
    using vf = new PacketSocket('vf00', 'eth0')
    using other = new PacketSocket('vf01', 'eth0')
    for (let n = 0; n < 40; n += 1) vf.send(burst)
    await settled(PCI[0])
    const arrived = other.frames().filter((one) => !one.outgoing).length
    assert.ok(arrived >= 5 && arrived <= 15, `${arrived} of 40 passed a burst of 1000 bytes`)
  })

  it('mirror and redirect: each output gets its copy, both unharmed', async () => {
    freshQdisc(REP)
    const action =
      'mirred egress mirror dev pf0vf1 pipe action mirred egress mirror dev pf0vf2 pipe action mirred egress redirect dev pf0vf3'
    addRule(REP, { handle: 1, pref: 1, protocol: 'all', match: `dst_mac ${vfMac(0, 1)}`, action }, 'skip_sw')
    using vf = new PacketSocket('vf00', 'eth0')
    using vf1 = new PacketSocket('vf01', 'eth0')
    using vf2 = new PacketSocket('vf02', 'eth0')
    using vf3 = new PacketSocket('vf03', 'eth0')
    vf.send(burst)
    for (const receiver of [vf1, vf2, vf3]) {
      const copy = await waitFor('a copy', () => receiver.frames().find((one) => !one.outgoing), 5)
      assert.deepEqual(copy.data, burst)
    }
    await settled(PCI[0])
    assert.equal(ruleStates(REP)[0]?.hwPackets, 1)
    assert.equal(
      run('cat', '/sys/class/net/pf0vf0/statistics/rx_packets').trim(),
      '41',
      'the representor shows what its VF sent, in hardware',
    )
    assert.match(run('ethtool', '-S', REP), /vport_rx_packets: 41\n[\s\S]*\n +rx_packets: 0\n/, 'and software saw none')
  })
})
