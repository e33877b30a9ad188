import { strict as assert } from 'node:assert'
import { type FrameSpec, frame } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule, freshQdisc, MODES, type Mode, ruleStates } from './rules.js'

// The kernel's software path as the oracle of simnic's data path: the same rule and the same frames, once carried by software and once
// by simnic alone, must put the same bytes on the other VF.
const IN = 'pf0vf0'
const OUT = 'pf0vf1'
const src = '02:00:00:00:00:01'
const dst = '02:00:00:00:00:02'
const v4 = { src: '192.0.2.1', dst: '192.0.2.2' }
const v6 = { src: '2001:db8::1', dst: '2001:db8::2' }
const payload = Buffer.from('what is carried must not change, whatever its length')

interface Case {
  name: string
  protocol: string
  match: string
  actions: string[]
  frames: FrameSpec[]
}

const udp4: FrameSpec = { src, dst, ipv4: v4, udp: { src: 1000, dst: 2000 }, payload }
const tcp4: FrameSpec = { src, dst, ipv4: v4, tcp: { src: 1000, dst: 2000 }, payload }
const udp6: FrameSpec = { src, dst, ipv6: v6, udp: { src: 1000, dst: 2000 }, payload }
const tcp6: FrameSpec = { src, dst, ipv6: v6, tcp: { src: 1000, dst: 2000 }, payload }
const odd = payload.subarray(0, 31)

const cases: Case[] = [
  {
    name: 'redirect',
    protocol: 'all',
    match: `dst_mac ${dst}`,
    actions: [],
    frames: [udp4, tcp6, { src, dst, ethertype: 0x88b5, payload: odd }],
  },
  { name: 'VLAN push', protocol: 'ip', match: '', actions: ['vlan push id 7 priority 3'], frames: [udp4] },
  {
    name: 'two VLAN pushes',
    protocol: 'ip',
    match: '',
    actions: ['vlan push id 7', 'vlan push id 9 protocol 802.1ad'],
    frames: [udp4],
  },
  {
    name: 'VLAN pop',
    protocol: '802.1q',
    match: 'vlan_id 7',
    actions: ['vlan pop'],
    frames: [{ ...udp4, vlans: [{ id: 7, priority: 5 }] }],
  },
  {
    name: 'VLAN modify',
    protocol: '802.1q',
    match: 'vlan_id 7',
    actions: ['vlan modify id 8'],
    frames: [{ ...udp4, vlans: [{ id: 7 }] }],
  },
  {
    name: 'outer VLAN pop of two',
    protocol: '802.1q',
    match: 'vlan_id 7',
    actions: ['vlan pop'],
    frames: [{ ...udp4, vlans: [{ id: 7 }, { id: 70 }] }],
  },
  {
    name: 'MAC rewrite',
    protocol: 'ip',
    match: '',
    actions: ['pedit ex munge eth src set 02:aa:aa:aa:aa:01 munge eth dst set 02:aa:aa:aa:aa:02'],
    frames: [udp4, tcp4],
  },
  {
    name: 'TTL decrement with checksum',
    protocol: 'ip',
    match: 'ip_proto udp',
    actions: ['pedit ex munge ip ttl dec', 'csum ip4h'],
    frames: [udp4, { ...udp4, payload: odd }],
  },
  {
    name: 'IPv4 address rewrite, UDP checksum',
    protocol: 'ip',
    match: 'ip_proto udp',
    actions: ['pedit ex munge ip src set 203.0.113.7 munge ip dst set 203.0.113.8', 'csum ip4h and udp'],
    frames: [udp4, { ...udp4, payload: odd }],
  },
  {
    name: 'IPv4 address and port rewrite, TCP checksum',
    protocol: 'ip',
    match: 'ip_proto tcp',
    actions: ['pedit ex munge ip dst set 203.0.113.8 munge tcp dport set 8080', 'csum ip4h and tcp'],
    frames: [tcp4, { ...tcp4, payload: odd }],
  },
  {
    name: 'IPv6 address rewrite, TCP checksum',
    protocol: 'ipv6',
    match: 'ip_proto tcp',
    actions: ['pedit ex munge ip6 dst set 2001:db8::99', 'csum tcp'],
    frames: [tcp6, { ...tcp6, payload: odd }],
  },
  {
    name: 'IPv6 hop limit and UDP ports',
    protocol: 'ipv6',
    match: 'ip_proto udp',
    actions: ['pedit ex munge ip6 hoplimit set 9 munge udp sport set 53', 'csum udp'],
    frames: [udp6],
  },
]

/** The frames that reach the other VF when `mode` carries the rule. */
async function delivered(mode: Mode, entry: Case): Promise<string[]> {
  freshQdisc(IN)
  const action = [...entry.actions, `mirred egress redirect dev ${OUT}`].join(' pipe action ')
  addRule(IN, { handle: 101, pref: 1, protocol: entry.protocol, match: entry.match, action }, mode)
  assert.equal(ruleStates(IN)[0]?.inHw, mode === 'skip_sw')
  using receiver = new PacketSocket('vf01', 'eth0')
  using sender = new PacketSocket('vf00', 'eth0')
  const arrived: string[] = []
  for (const spec of entry.frames) {
    sender.send(frame(spec))
    await waitFor(
      `a frame by ${mode}`,
      () => {
        const incoming = receiver.frames().filter((one) => !one.outgoing)
        arrived.push(...incoming.map((one) => one.data.toString('hex')))
        return incoming.length > 0
      },
      5,
    )
  }
  return arrived
}

describe('simnic does to a packet what software flower does', () => {
  useTopology('single', 'max_delay_ms=20')

  for (const entry of cases) {
    it(entry.name, async () => {
      const [software, hardware] = [
        await delivered(MODES[0] ?? 'skip_hw', entry),
        await delivered(MODES[1] ?? 'skip_sw', entry),
      ]
      assert.equal(software.length, entry.frames.length)
      assert.deepEqual(hardware, software)
    })
  }
})
