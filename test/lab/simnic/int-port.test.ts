import { strict as assert } from 'node:assert'
import { outerOf } from '../support/frame.js'
import { restartOvs, vsctl } from '../support/ovs.js'
import { PacketSocket } from '../support/packet-socket.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { hardwareRules, PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule, freshQdisc, offerRule, ruleStates } from './rules.js'
import { decapRule, encapRule, REMOTE_IP, REMOTE_MAC, TUNNEL, vfMac, vtep } from './tunnel-rules.js'

// A VTEP on an OVS internal port: two stages each way, ours (encap, decap) and OVS's own of that port, with the real OVS.

const PINGS = 5
const ping = (pf: number, count = PINGS) =>
  inNs(`vf${pf}0`, 'ping', '-q', '-c', String(count), '-i', '0.2', '-W', '5', REMOTE_IP)

interface Stage {
  packets: number
  hwPackets: number
  inHw: boolean
}

/** OVS's rules of a device for IPv4 to `to`; nothing else has rules there. */
function stagesOf(device: string, direction: 'ingress' | 'egress', to: string): Stage[] {
  const text = run('tc', '-j', '-s', 'filter', 'show', 'dev', device, direction)
  const filters = JSON.parse(text) as {
    protocol: string
    options?: { in_hw?: boolean; actions?: { to_dev?: string; stats?: { packets?: number; hw_packets?: number } }[] }
  }[]
  return filters.flatMap(({ protocol, options }) => {
    if (protocol !== 'ip') return []
    const action = options?.actions?.find(({ to_dev }) => to_dev === to)
    if (action === undefined) return []
    const { packets = 0, hw_packets = 0 } = action.stats ?? {}
    return [{ packets, hwPackets: hw_packets, inHw: options?.in_hw ?? false }]
  })
}

const cpuHit = (device: string) => {
  const text = run('ip', '-j', '-s', 'stats', 'show', 'dev', device, 'group', 'offload', 'subgroup', 'cpu_hit')
  return (JSON.parse(text) as { stats64?: { rx?: { packets: number } } }[])[0]?.stats64?.rx?.packets ?? 0
}

/** Packets of our two rules of a VF, in hardware. */
function ours(pf: number): { encap: number; decap: number } {
  const decaps = ruleStates(TUNNEL)
  return {
    encap: ruleStates(`pf${pf}vf0`)[0]?.hwPackets ?? 0,
    decap: decaps.find(({ handle }) => handle === pf + 1)?.hwPackets ?? 0,
  }
}

describe('a VTEP on an OVS internal port', () => {
  useTopology('single', 'max_delay_ms=50', { vtep: 'ovs' })
  before(async () => {
    // What came before our first rule is OVS's ARP for nobody; its rules go when they idle.
    await waitFor('NIC 1 has no rules', () => hardwareRules(PCI[1]).length === 0)
    setKnob(PCI[1], 'profile', 'no-int-port')
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link set ${TUNNEL} up`)
    freshQdisc(TUNNEL)
    for (const pf of [0, 1]) {
      // Neighbour and OVS's table of MAC addresses are there before the first tunnel packet.
      run('ping', '-q', '-c', '1', '-W', '5', '-I', vtep(pf), '10.0.0.11')
      freshQdisc(`pf${pf}vf0`)
      addRule(`pf${pf}vf0`, encapRule(pf, 0), 'verbose')
      addRule(TUNNEL, decapRule(pf, 0, { handle: pf + 1 }), 'verbose')
      assert.equal(ruleStates(`pf${pf}vf0`)[0]?.inHw, true)
    }
    assert.deepEqual(
      ruleStates(TUNNEL).map(({ inHw, inHwCount }) => [inHw, inHwCount]),
      [
        [true, 1],
        [true, 1],
      ],
    )
  })
  after(() => sh(`ip link delete ${TUNNEL}`))

  it('is in hardware all the way when OVS’s own rules of the port are: both stages count, software sees nothing', async () => {
    ping(0)
    const stages = () => [stagesOf('vtep0', 'egress', 'p0'), stagesOf('p0', 'ingress', 'vtep0')]
    await waitFor('OVS has both its rules in hardware', () =>
      stages().every((list) => list.length === 1 && list[0]?.inHw === true),
    )
    await settled(PCI[0])
    const before = { ...ours(0), stages: stages().map(([stage]) => stage) }
    ping(0)
    await settled(PCI[0])
    const after = { ...ours(0), stages: stages().map(([stage]) => stage) }
    assert.deepEqual([after.encap - before.encap, after.decap - before.decap], [PINGS, PINGS])
    for (const [index, stage] of after.stages.entries()) {
      assert.equal((stage?.hwPackets ?? 0) - (before.stages[index]?.hwPackets ?? 0), PINGS)
      assert.equal(
        (stage?.packets ?? 0) - (stage?.hwPackets ?? 0),
        (before.stages[index]?.packets ?? 0) - (before.stages[index]?.hwPackets ?? 0),
      )
    }
    assert.equal(cpuHit('pf0vf0'), 0)
  })

  it('pushes the VLAN tag that OVS pushes there, as part of the second stage', async () => {
    using cable = new PacketSocket('fabric', 'cable0')
    vsctl('set port vtep0 tag=100')
    try {
      const tagged = await waitFor('a tagged tunnel packet', () => {
        attempt('ip', 'netns', 'exec', 'vf00', 'ping', '-q', '-c', '1', '-W', '0.1', REMOTE_IP)
        return cable
          .frames()
          .flatMap(({ data, outgoing }) => (outgoing ? [] : (outerOf(data) ?? [])))
          .find(({ vlan }) => vlan !== undefined)
      })
      assert.deepEqual([tagged.vlan, tagged.src], [100, vtep(0)])
    } finally {
      vsctl('clear port vtep0 tag')
    }
  })

  it('a NIC that knows no internal ports sends out of the uplink, past OVS', async () => {
    using cable = new PacketSocket('fabric', 'cable1')
    vsctl('set port vtep1 tag=100')
    try {
      const before = ours(1)
      attempt('ip', 'netns', 'exec', 'vf10', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '0.1', REMOTE_IP)
      await settled(PCI[1])
      assert.equal(ours(1).encap - before.encap, 2)
      const sent = cable.frames().flatMap(({ data, outgoing }) => (outgoing ? [] : (outerOf(data) ?? [])))
      assert.deepEqual(
        sent.map(({ vlan }) => vlan),
        [undefined, undefined],
      )
      assert.deepEqual(
        stagesOf('vtep1', 'egress', 'p1')
          .map(({ inHw }) => inHw)
          .filter(Boolean),
        [],
      )
    } finally {
      vsctl('clear port vtep1 tag')
    }
  })

  it('is not, though our rule counts and the VF’s representor sees nothing, when OVS’s rule of the port isn’t in hardware', async () => {
    vsctl('set Open_vSwitch . other_config:tc-policy=skip_hw')
    restartOvs()
    ping(0)
    const second = await waitFor('OVS has its rule in software', () => stagesOf('vtep0', 'egress', 'p0')[0])
    assert.equal(second.inHw, false)
    await settled(PCI[0])
    const before = { ...ours(0), second }
    ping(0)
    await settled(PCI[0])
    const after = { ...ours(0), second: stagesOf('vtep0', 'egress', 'p0')[0] }
    assert.equal(after.encap - before.encap, PINGS, 'the first stage counts')
    assert.equal((after.second?.packets ?? 0) - before.second.packets, PINGS, 'and software carries them on')
    assert.equal(after.second?.hwPackets, 0)
    assert.equal(cpuHit('pf0vf0'), 0)
    assert.equal(after.decap, before.decap, 'on the way in nothing comes to our decap rule in hardware')
  })

  it('has the driver’s limits: one destination, chain 0, no way from port to port', () => {
    const texts = (device: string, rule: Parameters<typeof offerRule>[1]) => {
      freshQdisc(device)
      return offerRule(device, rule, 'verbose').text
    }
    const match = `dst_mac ${REMOTE_MAC}`
    const base = { handle: 1, pref: 40, protocol: 'ip', match }
    assert.match(
      texts('pf0vf1', {
        ...base,
        action: 'mirred egress mirror dev vtep0 pipe action mirred egress redirect dev pf0vf2',
      }),
      /simnic: Rules with internal port can have only one destination/,
    )
    assert.match(
      texts('pf0vf1', { ...base, action: 'mirred ingress redirect dev vtep0' }),
      /simnic: redirect to int port ingress requires ptype=host action/,
    )
    assert.match(
      texts('pf0vf1', { ...base, action: 'skbedit ptype host pipe action mirred ingress redirect dev pf0vf2' }),
      /simnic: redirect to ingress is supported only for OVS internal ports/,
    )
    assert.equal(texts('pf0vf1', { ...base, action: 'mirred egress redirect dev vtep0' }), '')
    assert.match(
      offerRule(
        TUNNEL,
        {
          ...decapRule(0, 1, { handle: 9, pref: 9 }),
          action: 'tunnel_key unset pipe action mirred egress redirect dev vtep0',
        },
        'verbose',
      ).text,
      /simnic: Forwarding from tunnel\/internal port to internal port is not supported/,
    )
    sh('tc qdisc del dev pf0vf1 clsact')
    const egress = (words: string) =>
      attempt('tc', ...`filter add dev vtep0 egress protocol ip pref 40 ${words}`.split(' ')).stderr
    const flower = `flower verbose src_mac ${vfMac(0, 3)} action`
    assert.match(
      egress(`chain 1 ${flower} mirred egress redirect dev p0`),
      /simnic: Internal port rule is only supported on chain 0/,
    )
    assert.match(egress(`${flower} goto chain 2`), /simnic: Internal port rule offload doesn't support goto action/)
  })
})
