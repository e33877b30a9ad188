import { strict as assert } from 'node:assert'
import { frame, outerOf } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { hardwareRules, PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule, freshQdisc, offerRule, ruleStates } from './rules.js'
import {
  decapRule,
  encapRule,
  optionFrom,
  PEER,
  REMOTE_IP,
  REMOTE_MAC,
  TUNNEL,
  vfIp,
  vfMac,
  vtep,
} from './tunnel-rules.js'

const REP = 'pf0vf0'

/** One packet of VF 0 of NIC 0 towards the peer's endpoint. */
const toPeer = frame({
  src: vfMac(0, 0),
  dst: REMOTE_MAC,
  ipv4: { src: vfIp(0, 0), dst: REMOTE_IP },
  udp: { src: 1000, dst: 2000 },
  payload: Buffer.alloc(64),
})

function onlyState(device: string) {
  const states = ruleStates(device)
  assert.equal(states.length, 1)
  return states[0]!
}

/** What `verbose` says about a rule that is refused: not in hardware, and the text. */
function refusalText(device: string, rule: Parameters<typeof offerRule>[1]): string {
  const { status, text } = offerRule(device, rule, 'verbose')
  assert.equal(status, 0, text) // a refusal is a warning: software carries the rule
  assert.equal(ruleStates(device).find((state) => state.handle === rule.handle)?.inHw, false)
  return text.replace(/^Warning: /, '').replace(/\.$/, '')
}

describe('simnic refuses and pretends where mlx5 does', () => {
  useTopology('single', 'profile=mlx5-like max_delay_ms=50')
  before(() => {
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link set ${TUNNEL} up`)
  })
  after(() => sh(`ip link delete ${TUNNEL}`))
  beforeEach(() => {
    for (const device of [REP, 'pf1vf0', 'p0', TUNNEL]) freshQdisc(device)
    for (const k of [0, 1])
      inNs('node', 'ip', 'neigh', 'replace', PEER, 'lladdr', peerMac(), 'dev', `p${k}`, 'nud', 'reachable')
  })

  const peerMac = () => run('ip', 'netns', 'exec', 'peer', 'cat', '/sys/class/net/eth0/address').trim()

  it('skip_sw is refused on a tunnel device', () => {
    const { status, text } = offerRule(TUNNEL, decapRule(0, 0), 'skip_sw')
    assert.equal(status, 2)
    assert.match(text, /RTNETLINK answers: Operation not supported/)
  })

  it('a healthy decap rule is in hardware once: the NIC that does not own the VF refuses it without a word', () => {
    const { status, text } = offerRule(TUNNEL, decapRule(0, 0), 'verbose')
    assert.deepEqual({ status, text }, { status: 0, text: '' })
    assert.equal(onlyState(TUNNEL).inHwCount, 1)
    assert.equal(hardwareRules(PCI[0]).length, 1)
    assert.equal(hardwareRules(PCI[1]).length, 0)
  })

  it('a redirect to a port of another switch is refused with its message', () => {
    const rule = {
      handle: 1,
      pref: 10,
      protocol: 'all',
      match: `dst_mac ${vfMac(1, 0)}`,
      action: 'mirred egress redirect dev pf1vf0',
    }
    assert.equal(refusalText(REP, rule), "simnic: devices are not on same switch HW, can't offload forwarding")
  })

  it('a local tunnel destination is ENETUNREACH without text', () => {
    const { status, text } = offerRule(REP, encapRule(0, 0, { dst: vtep(1) }), 'skip_sw')
    assert.equal(status, 2)
    assert.match(text, /^RTNETLINK answers: Network is unreachable\nWe have an error talking to the kernel$/)
  })

  it('a route by another NIC is accepted, and the packet leaves by its own NIC with the other one’s source MAC', async () => {
    sh(`ip rule add pref 105 from ${vtep(0)} to ${PEER} lookup 102`)
    try {
      addRule(REP, encapRule(0, 0), 'skip_sw')
      await settled(PCI[0])
      using cable = new PacketSocket('fabric', 'cable0')
      using vf = new PacketSocket('vf00', 'eth0')
      vf.send(toPeer)
      const sent = await waitFor('the packet on its own cable', () => cable.frames().find((one) => !one.outgoing), 5)
      const outer = outerOf(sent.data)
      assert.equal(outer?.src, vtep(0))
      assert.equal(outer?.srcMac, run('cat', '/sys/class/net/p1/address').trim())
    } finally {
      sh('ip rule delete pref 105')
    }
  })

  it('with an unresolved neighbour a rule is in_hw, its packets take the representor, and later it is in hardware without a word', async () => {
    sh(`ip neigh del ${PEER} dev p0`)
    inNs('peer', 'sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=8') // the peer does not answer
    try {
      assert.deepEqual(offerRule(REP, encapRule(0, 0), 'verbose'), { status: 0, text: '' })
      assert.equal(onlyState(REP).inHw, true)
      using vf = new PacketSocket('vf00', 'eth0')
      using representor = new PacketSocket('node', REP)
      vf.send(toPeer)
      await waitFor('the packet on the representor', () => representor.frames().some((one) => !one.outgoing), 5)
      await settled(PCI[0])
      assert.equal(onlyState(REP).hwPackets, 0)
    } finally {
      inNs('peer', 'sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=0')
    }
    sh(`ip neigh replace ${PEER} lladdr ${peerMac()} dev p0 nud reachable`)
    await settled(PCI[0])
    using vf = new PacketSocket('vf00', 'eth0')
    using representor = new PacketSocket('node', REP)
    vf.send(toPeer)
    await waitFor('the hardware counter', () => onlyState(REP).hwPackets === 1, 10)
    assert.equal(representor.frames().filter((one) => !one.outgoing).length, 0)
  })

  it('the text of a decap refusal is overwritten; the true one is in the log', () => {
    const rule = decapRule(0, 0, {
      option: 'geneve_opts 0102:80:00000001/ffff:ff:0000ffff,0102:81:00000002/ffff:ff:ffffffff',
    })
    assert.equal(refusalText(TUNNEL, rule), 'simnic: Failed to parse tunnel attributes')
    assert.match(run('dmesg'), /Matching on GENEVE options: unsupported options len/)
  })

  const unmatchable: [name: string, change: Parameters<typeof decapRule>[2]][] = [
    ['an option of two dwords', { option: 'geneve_opts 0102:80:0000000100000002/ffff:ff:ffffffffffffffff' }],
    ['an option whose data is zero', { option: 'geneve_opts 0102:80:00000000/ffff:ff:ffffffff' }],
    ['no destination port', { enc: `enc_key_id 5001 enc_src_ip ${PEER} enc_dst_ip ${vtep(0)}` }],
    [
      'a port that is not GENEVE’s',
      { enc: `enc_key_id 5001 enc_src_ip ${PEER} enc_dst_ip ${vtep(0)} enc_dst_port 6082` },
    ],
  ]
  for (const [name, change] of unmatchable) {
    it(`a decap rule with ${name} is refused`, () => {
      assert.equal(refusalText(TUNNEL, decapRule(0, 0, change)), 'simnic: Failed to parse tunnel attributes')
    })
  }

  it('a second class and type of option on the same NIC is refused, the first again is not', () => {
    assert.deepEqual(offerRule(TUNNEL, decapRule(0, 0), 'verbose'), { status: 0, text: '' })
    const second = decapRule(0, 1, { handle: 2, option: 'geneve_opts 0103:80:00000002/ffff:ff:0000ffff' })
    assert.equal(refusalText(TUNNEL, second), 'simnic: Failed to parse tunnel attributes')
    assert.deepEqual(offerRule(TUNNEL, decapRule(0, 1, { handle: 3 }), 'verbose'), { status: 0, text: '' })
  })

  it('a match on enc_flags is refused, as what OVS 3.5 writes on kernels from 6.11', () => {
    const text = refusalText(TUNNEL, decapRule(0, 0, { match: 'enc_flags tuncsum' }))
    assert.match(
      text,
      /^simnic: (Unsupported match on enc_control\.flags 0x[0-9a-f]+|Failed to parse tunnel attributes)$/,
    )
  })

  it('a decap rule that matches both outer addresses of a peer on this node is refused: the reverse look-up finds a local route', () => {
    const enc = `enc_key_id 5001 enc_src_ip ${vtep(1)} enc_dst_ip ${vtep(0)} enc_dst_port 6081`
    const { status } = offerRule(TUNNEL, decapRule(0, 0, { enc }), 'verbose')
    assert.equal(status, 0)
    assert.equal(onlyState(TUNNEL).inHw, false)
    const withoutSource = decapRule(0, 0, {
      handle: 2,
      enc: `enc_key_id 5001 enc_dst_ip ${vtep(0)} enc_dst_port 6081`,
      pref: 11,
    })
    assert.deepEqual(offerRule(TUNNEL, withoutSource, 'verbose'), { status: 0, text: '' })
  })

  it('priorities end at 16 and chains at 3', () => {
    assert.equal(
      refusalText(REP, encapRule(0, 0, { pref: 17 })),
      'simnic: Requested priority is out of supported range',
    )
    freshQdisc(REP)
    assert.equal(refusalText(REP, encapRule(0, 0, { chain: 4 })), 'simnic: Requested chain is out of supported range')
    freshQdisc(REP)
    assert.deepEqual(offerRule(REP, encapRule(0, 0, { pref: 16, chain: 3 }), 'verbose'), { status: 0, text: '' })
  })

  it('connection tracking is refused with the driver’s text', () => {
    const ct = {
      handle: 1,
      pref: 2,
      protocol: 'ip',
      match: `dst_mac ${REMOTE_MAC}`,
      action: 'ct pipe action goto chain 1',
    }
    assert.equal(refusalText(REP, ct), "simnic: offload of ct action isn't available")
    freshQdisc(REP)
    const state = { handle: 1, pref: 2, protocol: 'ip', match: 'ct_state +trk+est', action: 'drop' }
    assert.equal(refusalText(REP, state), "simnic: offload of ct matching isn't available")
  })

  const refusedActions: [text: string, action: string][] = [
    [
      'Drop with modify header action is not supported',
      'pedit ex munge eth dst set 02:00:00:00:00:09 pipe action drop',
    ],
    ['TC csum action is only offloaded with pedit', 'csum ip4h pipe action mirred egress redirect dev pf0vf1'],
    ["can't forward from a VF to itself", `mirred egress redirect dev ${REP}`],
  ]
  for (const [text, action] of refusedActions) {
    it(`${text}`, () => {
      const rule = { handle: 1, pref: 2, protocol: 'ip', match: `dst_mac ${vfMac(0, 1)} ip_proto udp`, action }
      assert.equal(refusalText(REP, rule), `simnic: ${text}`)
    })
  }

  it('a rule on egress is not offloaded', () => {
    const { status } = attempt(
      'tc',
      ...`filter add dev ${REP} egress protocol ip pref 2 flower skip_sw action drop`.split(' '),
    )
    assert.equal(status, 2)
  })

  it('hw-tc-offload off: the core refuses, in its own words', () => {
    sh(`ethtool -K ${REP} hw-tc-offload off`)
    try {
      assert.match(offerRule(REP, encapRule(0, 0), 'skip_sw').text, /TC offload is disabled on net device/)
    } finally {
      sh(`ethtool -K ${REP} hw-tc-offload on`)
    }
  })
})

describe('simnic’s counters come late', () => {
  useTopology('single', 'max_delay_ms=600')

  it('hardware counts at once, the kernel hears of it later', async () => {
    freshQdisc(REP)
    addRule(
      REP,
      {
        handle: 1,
        pref: 10,
        protocol: 'all',
        match: `src_mac ${vfMac(0, 0)}`,
        action: 'mirred egress redirect dev pf0vf1',
      },
      'skip_sw',
    )
    using vf = new PacketSocket('vf00', 'eth0')
    let late = 0
    for (let round = 1; round <= 5; round += 1) {
      vf.send(toPeer)
      if (onlyState(REP).hwPackets < round) late += 1
      await waitFor('the counter', () => onlyState(REP).hwPackets === round, 5)
    }
    assert.ok(late > 0, 'no counter was late in five rounds')
  })
})

describe('simnic’s fault knobs and profiles', () => {
  useTopology('single', 'max_delay_ms=20')
  before(() => {
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link set ${TUNNEL} up`)
  })
  after(() => sh(`ip link delete ${TUNNEL}`))
  beforeEach(() => {
    for (const device of [REP, TUNNEL]) freshQdisc(device)
  })
  afterEach(() => {
    for (const device of [REP, TUNNEL]) freshQdisc(device)
    setKnob(PCI[0], 'refuse', '0 95')
    setKnob(PCI[0], 'carry', '1')
    setKnob(PCI[0], 'table_full', '0')
    setKnob(PCI[0], 'profile', 'full')
  })
  const local = (handle: number) => ({
    handle,
    pref: 10,
    protocol: 'all',
    match: `dst_mac 02:00:00:00:02:${handle.toString(16).padStart(2, '0')}`,
    action: 'mirred egress redirect dev pf0vf1',
  })

  it('refuses the next rules with a given errno and text, then takes rules again', () => {
    setKnob(PCI[0], 'refuse', '2 28 firmware has no room')
    assert.equal(refusalText(REP, local(1)), 'simnic: firmware has no room')
    assert.equal(refusalText(REP, local(2)), 'simnic: firmware has no room')
    assert.deepEqual(offerRule(REP, local(3), 'verbose'), { status: 0, text: '' })
    freshQdisc(REP)
    setKnob(PCI[0], 'refuse', '1 28')
    assert.match(offerRule(REP, local(4), 'skip_sw').text, /No space left on device/)
  })

  it('accepts but does not carry: in_hw, and the packet on the representor', async () => {
    setKnob(PCI[0], 'carry', '0')
    addRule(REP, { ...local(1), match: `dst_mac ${REMOTE_MAC}` }, 'skip_sw')
    using vf = new PacketSocket('vf00', 'eth0')
    using representor = new PacketSocket('node', REP)
    vf.send(toPeer)
    await waitFor('the packet on the representor', () => representor.frames().some((one) => !one.outgoing), 5)
    assert.deepEqual({ inHw: onlyState(REP).inHw, packets: onlyState(REP).hwPackets }, { inHw: true, packets: 0 })
  })

  it('says when its table is full', () => {
    setKnob(PCI[0], 'table_full', '1')
    assert.match(offerRule(REP, local(1), 'skip_sw').text, /No space left on device/)
  })

  it('takes as many rules as its profile has room for', () => {
    setKnob(PCI[0], 'profile', 'small-table')
    let taken = 0
    for (let handle = 1; handle <= 80; handle += 1)
      if (offerRule(REP, local(handle), 'skip_sw').status === 0) taken += 1
    assert.equal(taken, 64)
  })

  it('refuses everything in profile none, and says so', () => {
    setKnob(PCI[0], 'profile', 'none')
    assert.match(refusalText(REP, local(1)), /^simnic: this profile offloads no rule$/)
    assert.equal(ruleStates(REP)[0]?.inHw, false)
  })

  it('refuses GENEVE options, a second chain, a longer header where the profile has none of it', () => {
    setKnob(PCI[0], 'profile', 'no-geneve-option-match')
    assert.equal(refusalText(TUNNEL, decapRule(0, 0)), 'simnic: Failed to parse tunnel attributes')
    freshQdisc(TUNNEL)
    setKnob(PCI[0], 'profile', 'one-chain')
    assert.equal(refusalText(REP, { ...local(1), chain: 2 }), 'simnic: Requested chain is out of supported range')
    freshQdisc(REP)
    setKnob(PCI[0], 'profile', 'small-header')
    assert.deepEqual(offerRule(REP, encapRule(0, 0), 'verbose'), { status: 0, text: '' })
    freshQdisc(REP)
    const long = encapRule(0, 0, { option: `${optionFrom(0, 0)},0102:81:0000000a` })
    assert.equal(offerRule(REP, long, 'skip_sw').status, 2)
  })

  it('loses every rule in a driver reset, and is in legacy mode afterwards, as mlx5; the VFs stay', async () => {
    addRule(REP, local(1), 'skip_sw')
    setKnob(PCI[0], 'reset', '1')
    await waitFor('hardware is empty', () => hardwareRules(PCI[0]).length === 0)
    await waitFor('legacy mode', () => /mode legacy/.test(run('devlink', 'dev', 'eswitch', 'show', `pci/${PCI[0]}`)))
    sh(`devlink dev eswitch set pci/${PCI[0]} mode switchdev`)
    assert.deepEqual(ruleStates(REP), [])
    sh(`ip link set ${REP} up`)
    sh('ip link set p0 up')
    assert.match(inNs('vf00', 'cat', '/sys/class/net/eth0/address'), new RegExp(vfMac(0, 0)))
  })

  it('loses the carrier when the cable is down', async () => {
    setKnob(PCI[0], 'cable', 'down')
    await waitFor('no carrier', () => run('cat', '/sys/class/net/p0/operstate').trim() === 'down')
    setKnob(PCI[0], 'cable', 'up')
    await waitFor('carrier', () => run('cat', '/sys/class/net/p0/operstate').trim() === 'up')
  })
})
