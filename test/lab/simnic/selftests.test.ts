import { strict as assert } from 'node:assert'
import { type FrameSpec, frame } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { run } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule, freshQdisc, MODES, ruleStates, type TcRule } from './rules.js'

// What the kernel's forwarding selftests demand of flower in software and in hardware (tools/testing/selftests/net/forwarding:
// tc_flower.sh, tc_actions.sh, tc_chains.sh), as a table of our own: which rule counts which packet. Each case runs twice, with the
// kernel's own flower (skip_hw) and with simnic alone (skip_sw). Left out: MPLS and CT (simnic refuses them, as mlx5 does without the
// capabilities), matchall mirror (mlx5 takes matchall for policing only), egress rules (not offloaded), `action continue` (the core offers
// no such action to drivers; the fragment cases are single rules instead).
interface Case {
  name: string
  rules: TcRule[]
  /** Rules that are never offloaded: what the slow path has to see. */
  softwareRules?: TcRule[]
  frames: FrameSpec[]
  /** Packets by handle, over rules and software rules. */
  counts: Record<number, number>
  /** Frames that must have reached the other VF. */
  delivered?: number
  only?: 'skip_sw'
}

const IN = 'pf0vf0'
const OUT = 'pf0vf1'
const src = '02:00:00:00:00:01'
const dst = '02:00:00:00:00:02'
const other = 'de:ad:be:ef:aa:aa'
const ip = (spec: Partial<NonNullable<FrameSpec['ipv4']>> = {}): FrameSpec => ({
  src,
  dst,
  ipv4: { src: '192.0.2.1', dst: '192.0.2.2', ...spec },
  payload: Buffer.alloc(26),
})
const drop = (handle: number, match: string, protocol = 'ip', pref = handle - 100): TcRule => ({
  handle,
  pref,
  protocol,
  match,
  action: 'drop',
})

const cases: Case[] = [
  {
    name: 'destination MAC',
    rules: [drop(101, `dst_mac ${other}`), drop(102, `dst_mac ${dst}`)],
    frames: [ip()],
    counts: { 101: 0, 102: 1 },
  },
  {
    name: 'source MAC',
    rules: [drop(101, `src_mac ${other}`), drop(102, `src_mac ${src}`)],
    frames: [ip()],
    counts: { 101: 0, 102: 1 },
  },
  {
    name: 'destination address, the exact rule before the prefix',
    rules: [drop(101, 'dst_ip 198.51.100.2'), drop(102, 'dst_ip 192.0.2.2'), drop(103, 'dst_ip 192.0.2.0/24')],
    frames: [ip()],
    counts: { 101: 0, 102: 1, 103: 0 },
  },
  {
    name: 'destination prefix',
    rules: [drop(101, 'dst_ip 198.51.100.2'), drop(103, 'dst_ip 192.0.2.0/24')],
    frames: [ip()],
    counts: { 101: 0, 103: 1 },
  },
  {
    name: 'source address, the exact rule before the prefix',
    rules: [drop(101, 'src_ip 198.51.100.1'), drop(102, 'src_ip 192.0.2.1'), drop(103, 'src_ip 192.0.2.0/24')],
    frames: [ip()],
    counts: { 101: 0, 102: 1, 103: 0 },
  },
  {
    name: 'source prefix',
    rules: [drop(101, 'src_ip 198.51.100.1'), drop(103, 'src_ip 192.0.2.0/24')],
    frames: [ip()],
    counts: { 101: 0, 103: 1 },
  },
  {
    name: 'ip_flags nofrag takes only what is whole',
    rules: [drop(101, 'ip_flags nofrag')],
    frames: [
      ip(),
      ip({ moreFragments: true }),
      ip({ moreFragments: true, fragmentOffset: 256 }),
      ip({ fragmentOffset: 256 }),
    ],
    counts: { 101: 1 },
  },
  {
    name: 'ip_flags frag takes every fragment',
    rules: [drop(101, 'ip_flags frag')],
    frames: [
      ip(),
      ip({ moreFragments: true }),
      ip({ moreFragments: true, fragmentOffset: 256 }),
      ip({ fragmentOffset: 256 }),
    ],
    counts: { 101: 3 },
  },
  {
    name: 'VLAN priority',
    rules: [drop(101, `vlan_prio 6 dst_mac ${dst}`, '802.1q'), drop(102, `vlan_prio 7 dst_mac ${dst}`, '802.1q')],
    frames: [
      { ...ip(), vlans: [{ id: 85, priority: 7 }] },
      { ...ip(), vlans: [{ id: 85, priority: 0 }] },
    ],
    counts: { 101: 0, 102: 1 },
  },
  {
    name: 'VLAN id',
    rules: [drop(101, 'vlan_id 75', '802.1q'), drop(102, 'vlan_id 85', '802.1q')],
    frames: [{ ...ip(), vlans: [{ id: 85 }] }],
    counts: { 101: 0, 102: 1 },
  },
  {
    name: 'TOS',
    rules: [drop(101, 'dst_ip 192.0.2.2 ip_tos 0x20'), drop(102, 'dst_ip 192.0.2.2 ip_tos 0x18')],
    frames: [ip({ tos: 0x18 }), ip({ tos: 0x20 }), ip({ tos: 0x20 })],
    counts: { 101: 2, 102: 1 },
  },
  {
    name: 'TTL, also of fragments',
    rules: [drop(101, 'dst_ip 192.0.2.2 ip_ttl 63'), drop(102, 'dst_ip 192.0.2.2')],
    frames: [ip({ ttl: 63 }), ip({ ttl: 63, moreFragments: true, fragmentOffset: 256 }), ip({ ttl: 255 })],
    counts: { 101: 2, 102: 1 },
  },
  {
    name: 'ingress device',
    rules: [drop(102, `indev ${IN} dst_mac ${dst}`)],
    frames: [ip()],
    counts: { 102: 1 },
  },
  {
    name: 'redirect to another port',
    rules: [
      { handle: 101, pref: 1, protocol: 'ip', match: 'dst_ip 192.0.2.2', action: `mirred egress redirect dev ${OUT}` },
    ],
    frames: [ip(), { ...ip(), ipv4: { src: '192.0.2.1', dst: '192.0.2.3' } }],
    counts: { 101: 1 },
    delivered: 1,
  },
  {
    name: 'mirror to another port, the original dropped',
    rules: [
      {
        handle: 101,
        pref: 1,
        protocol: 'ip',
        match: 'dst_ip 192.0.2.2',
        action: `mirred egress mirror dev ${OUT} pipe action mirred egress redirect dev p0`,
      },
    ],
    frames: [ip()],
    counts: { 101: 1 },
    delivered: 1,
  },
  {
    name: 'drop',
    rules: [drop(102, 'dst_ip 192.0.2.2')],
    softwareRules: [drop(103, 'dst_ip 192.0.2.2', 'ip', 9)],
    frames: [ip()],
    counts: { 102: 1, 103: 0 },
  },
  {
    name: 'ok before drop: the packet goes up, the drop behind it is not reached',
    rules: [
      { handle: 101, pref: 1, protocol: 'ip', match: 'dst_ip 192.0.2.2', action: 'ok' },
      drop(102, 'dst_ip 192.0.2.2'),
    ],
    frames: [ip()],
    counts: { 101: 1, 102: 0 },
  },
  {
    name: 'trap: software sees the packet, the rule behind it does not',
    only: 'skip_sw',
    rules: [
      { handle: 102, pref: 2, protocol: 'ip', match: 'dst_ip 192.0.2.2', action: 'trap' },
      { handle: 103, pref: 3, protocol: 'ip', match: 'dst_ip 192.0.2.2', action: `mirred egress redirect dev ${OUT}` },
    ],
    softwareRules: [drop(101, 'dst_ip 192.0.2.2')],
    frames: [ip()],
    counts: { 101: 1, 102: 1, 103: 0 },
    delivered: 0,
  },
  {
    name: 'a chain nobody goes to is never reached',
    rules: [{ ...drop(101, `dst_mac ${dst}`), chain: 1 }],
    frames: [ip()],
    counts: { 101: 0 },
  },
  {
    name: 'goto chain',
    rules: [
      { ...drop(110, `dst_mac ${dst}`, 'ip', 1), chain: 1 },
      drop(102, `dst_mac ${dst}`),
      { handle: 101, pref: 1, protocol: 'ip', match: `dst_mac ${dst}`, action: 'goto chain 1' },
    ],
    frames: [ip()],
    counts: { 101: 1, 102: 0, 110: 1 },
  },
  {
    name: 'a second VLAN tag pushed before a chain is matched in it',
    rules: [
      {
        handle: 130,
        pref: 3,
        chain: 2,
        protocol: '802.1q',
        match: 'vlan_id 100 vlan_ethtype 802.1q cvlan_id 10',
        action: 'drop',
      },
      {
        handle: 120,
        pref: 2,
        protocol: '802.1q',
        match: 'vlan_id 10',
        action: 'vlan push id 100 protocol 802.1q pipe action goto chain 2',
      },
    ],
    frames: [{ ...ip(), vlans: [{ id: 10 }] }],
    counts: { 120: 1, 130: 1 },
  },
]

describe("the kernel's forwarding selftests, re-expressed", () => {
  useTopology('single', 'max_delay_ms=20')

  for (const mode of MODES) {
    for (const entry of cases.filter((one) => (one.only ?? mode) === mode)) {
      it(`${mode}: ${entry.name}`, async () => {
        freshQdisc(IN)
        for (const rule of entry.rules) addRule(IN, rule, mode)
        for (const rule of entry.softwareRules ?? []) addRule(IN, rule, 'skip_hw')
        using sender = new PacketSocket('vf00', 'eth0')
        using receiver = new PacketSocket('vf01', 'eth0')
        for (const spec of entry.frames) sender.send(frame(spec))

        const counted = () => {
          const states = ruleStates(IN)
          return Object.fromEntries(
            Object.keys(entry.counts).map((handle) => [
              handle,
              states.find((s) => s.handle === Number(handle))?.packets,
            ]),
          )
        }
        // A packet that matches nothing still has to have passed before a zero means something: the representor or hardware has counted it by then.
        await settled(PCI[0])
        await waitFor(
          `counters ${JSON.stringify(entry.counts)}, last seen ${JSON.stringify(counted())}`,
          () => {
            const now = counted()
            return Object.entries(entry.counts).every(([handle, packets]) => now[handle] === packets)
          },
          5,
        )
        const arrived = receiver.frames().filter((one) => !one.outgoing)
        if (entry.delivered !== undefined) assert.equal(arrived.length, entry.delivered)
        const inHw = ruleStates(IN).filter((state) => entry.rules.some((rule) => rule.handle === state.handle))
        assert.deepEqual(new Set(inHw.map((state) => state.inHw)), new Set([mode === 'skip_sw']))
      })
    }
  }

  it('a chain that exists only in a template takes what fits it and refuses what does not', () => {
    freshQdisc(IN)
    run(
      'tc',
      ...`chain add dev ${IN} ingress chain 1 protocol ip flower src_mac 00:00:00:00:00:00/ff:ff:ff:ff:ff:ff`.split(
        ' ',
      ),
    )
    addRule(IN, { ...drop(101, `src_mac ${src}`), chain: 1 }, 'skip_sw')
    assert.throws(() => addRule(IN, { ...drop(102, `dst_mac ${dst}`), chain: 1 }, 'skip_sw'), /does not fit/)
  })
})
