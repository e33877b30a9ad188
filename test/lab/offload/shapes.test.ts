import { strict as assert } from 'node:assert'
import { apply } from '../../../src/offload/apply.js'
import type { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { addRule, freshQdisc } from '../simnic/rules.js'
import { decapRule, encapRule, REMOTE_IP, REMOTE_MAC, TUNNEL, vfIp, vfMac } from '../simnic/tunnel-rules.js'
import { outerOf } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { useSession } from '../support/session.js'
import { encapsulationOf, type Shape, showShape, vtepAddress } from '../support/shape.js'
import { attempt, inNs, sh } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile } from './steering.js'

// Every value of each choice once, with another value of the others: the peer is plain Linux, so it says what the tunnels really are.
const SHAPES: readonly Shape[] = [
  { tunnel: 'geneve-ovn', underlay: 'ipv6', vtep: 'uplink' },
  { tunnel: 'geneve', underlay: 'ipv4', vtep: 'vlan' },
  { tunnel: 'vxlan', underlay: 'ipv6', vtep: 'vlan' },
  { tunnel: 'vxlan-ovn', underlay: 'ipv4', vtep: 'uplink' },
]
const VFS = [
  [0, 0],
  [1, 3],
] as const

for (const shape of SHAPES) {
  describe(`the way to a plain-Linux peer: ${showShape(shape)}`, () => {
    let session: Session
    useSession((opened) => {
      session = opened
    }, 'at the end')
    useTopology('single', 'max_delay_ms=50', shape)
    const file = steeringFile({ vfs: VFS, shape })
    before(async () => {
      await apply(session, file)
    })

    it('each VF’s packets have its own NIC’s outer headers, on its own cable, and come back through hardware', async () => {
      using cable0 = new PacketSocket('fabric', 'cable0')
      using cable1 = new PacketSocket('fabric', 'cable1')
      for (const [pf, vf] of VFS) {
        inNs(`vf${pf}${vf}`, 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
        const sent = [cable0, cable1].map((cable) =>
          cable.frames().flatMap(({ outgoing, data }) => (outgoing ? [] : (outerOf(data) ?? []))),
        )
        assert.deepEqual([sent[pf]?.length, sent[1 - pf]?.length], [2, 0])
        for (const outer of sent[pf] ?? []) {
          assert.deepEqual([outer.src, outer.dst], [vtepAddress(pf + 1, shape), vtepAddress(11, shape)])
          const { vni } = encapsulationOf(shape)
          // OVN's packing has the egress key, the remote endpoint's, before the datapath's.
          assert.equal(outer.vni, shape.tunnel === 'vxlan-ovn' ? (101 << 12) | vni : vni)
          assert.equal(outer.options.length, shape.tunnel === 'geneve-ovn' ? 8 : 0)
          assert.equal(outer.vlan, shape.vtep === 'vlan' ? 100 : undefined)
        }
      }
      for (const pci of PCI.slice(0, 2)) await settled(pci)
      const { rules } = await verify(session, file)
      const tunnels = rules.filter(({ rule }) => rule.kind === 'encap' || rule.kind === 'decap')
      assert.equal(tunnels.filter(({ rule }) => rule.intraNode === undefined).length, 4)
      for (const { rule, verdict, carrying, software } of tunnels) {
        assert.deepEqual(
          { verdict, carrying, software: software.packets },
          { verdict: 'hardware', carrying: 'yes', software: 0 },
          rule.why,
        )
      }
    })
  })
}

describe('endpoints without static neighbours', () => {
  useTopology('single', 'max_delay_ms=50', { cold: ['vf00', 'remote'] })

  it('ask for them; the others need not', () => {
    const neighbours = (ns: string) =>
      inNs(ns, 'ip', 'neighbour', 'show', 'nud', 'permanent').split('\n').filter(Boolean)
    assert.deepEqual([neighbours('vf00').length, neighbours('remote').length, neighbours('vf01').length], [0, 0, 8])
    assert.match(inNs('vf00', 'ip', '-6', 'address', 'show', 'dev', 'eth0'), /fd00:7::1\/64/)
  })

  it('have their questions carried by the peer: to all VTEPs, and from a VF to the host behind it', () => {
    using cable0 = new PacketSocket('fabric', 'cable0')
    using cable1 = new PacketSocket('fabric', 'cable1')
    attempt('ip', 'netns', 'exec', 'remote', 'ping', '-c', '1', '-W', '1', vfIp(0, 0))
    for (const [pf, cable] of [cable0, cable1].entries()) {
      const outers = cable.frames().flatMap(({ data }) => outerOf(data) ?? [])
      const question = outers.find(({ inner }) => inner.subarray(0, 6).equals(Buffer.alloc(6, 0xff)))
      assert.equal(question?.dst, vtepAddress(pf + 1, {}), `ARP's question on cable ${pf}`)
      assert.equal(question?.options.toString('hex'), '01028001' + '0065' + '8000', 'to OVN’s group of all ports')
    }

    // The rules by hand: this is about the lab, not about those that nicsteer makes.
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link set ${TUNNEL} up`)
    for (const device of [TUNNEL, 'pf0vf0']) freshQdisc(device)
    addRule(TUNNEL, decapRule(0, 0))
    addRule('pf0vf0', encapRule(0, 0))
    const toAll = encapRule(0, 0, { handle: 2, pref: 12, option: '0102:80:00018000' })
    const multicast = `src_mac ${vfMac(0, 0)} dst_mac 01:00:00:00:00:00/01:00:00:00:00:00`
    addRule('pf0vf0', { ...toAll, match: multicast })
    try {
      for (const to of [REMOTE_IP, 'fd00:7::101']) inNs('vf00', 'ping', '-q', '-c', '1', '-W', '5', to)
      assert.match(inNs('vf00', 'ip', 'neighbour', 'show', REMOTE_IP), new RegExp(REMOTE_MAC))
    } finally {
      sh(`ip link delete ${TUNNEL}`)
      sh('tc qdisc del dev pf0vf0 clsact')
    }
  })
})

describe('two nodes with an Open vSwitch each', () => {
  useTopology('pair', 'max_delay_ms=50', { vtep: 'ovs' })

  it('reach each other’s VTEPs and the peer’s by bridges of their own', () => {
    const ends = [
      ['node1', 0],
      ['node1', 1],
      ['node2', 2],
    ] as const
    for (const [from, pf] of ends)
      for (const to of [vtepAddress(4, {}), vtepAddress(11, {})])
        inNs(from, 'ping', '-q', '-c', '1', '-W', '5', '-I', vtepAddress(pf + 1, {}), to)
    const ports = inNs('node2', 'env', 'OVS_RUNDIR=/run/openvswitch-node2', 'ovs-vsctl', 'list-ports', 'br1')
    assert.equal(ports, 'p1\nvtep1\n')
  })
})
