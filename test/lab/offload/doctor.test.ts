import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { examine, type Finding } from '../../../src/offload/doctor/examine.js'
import { gatherState } from '../../../src/offload/doctor/gather.js'
import { knowBridges, Session } from '../../../src/offload/session.js'
import { REMOTE_IP, vfMac } from '../simnic/tunnel-rules.js'
import { startOvs, stopOvs, useProfile, vsctl } from '../support/ovs.js'
import { type Shape, showShape } from '../support/shape.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { PCI, setKnob } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile, steeringText } from './steering.js'

const VFS = [
  [0, 0],
  [1, 0],
] as const

type Turned = Record<string, 'WARN' | 'FAIL'>
/** Checks that aren't well, with what they say. */
async function ill(session: Session, shape?: Shape): Promise<Finding[]> {
  const file = shape && steeringFile({ vfs: VFS, shape })
  const { findings } = examine(await gatherState(session, { file }))
  return findings.filter(({ result }) => result === 'WARN' || result === 'FAIL')
}
const turned = async (session: Session): Promise<Turned> =>
  Object.fromEntries((await ill(session)).map(({ check, result }) => [check.id, result])) as Turned

/** What the kernel does in works of its own (the NIC's table of UDP ports) comes a moment later. */
async function becomes(session: Session, expected: Turned): Promise<void> {
  try {
    await waitFor('the doctor says so', async () => isDeepStrictEqual(await turned(session), expected), 20)
  } catch {
    assert.deepEqual(await turned(session), expected, said(await ill(session)).join('\n'))
  }
}

const said = (findings: readonly Finding[]) =>
  findings.map(({ check, result, says }) => `${result} ${check.id}: ${says}`)

/** What the file wants between the two NICs has no routing in any topology: that is true, and said. */
const INSIDE = ['WARN routing.intra-node']
const ids = (findings: readonly Finding[]) => findings.map(({ check, result }) => `${result} ${check.id}`)

const SHAPES: Shape[] = [{}, { vtep: 'vlan' }, { vtep: 'ovs' }, { underlay: 'ipv6', tunnel: 'vxlan' }]
for (const shape of SHAPES) {
  describe(`doctor, on a healthy node (${showShape(shape)})`, () => {
    useTopology('single', 'max_delay_ms=50', shape)
    let session: Session
    before(() => {
      session = new Session()
    })
    after(async () => {
      await clear(session)
      session[Symbol.dispose]()
    })

    it('finds nothing, before rules and after', async () => {
      const { findings, emulated } = examine(await gatherState(session))
      assert.equal(emulated, true)
      assert.equal(findings.find(({ check }) => check.id === 'bpf.fentry')?.result, 'OK')
      assert.deepEqual(said(await ill(session)), [])
      await knowBridges(session)
      await apply(session, steeringFile({ vfs: VFS, shape }))
      await becomes(session, {})
    })

    it('finds nothing against a file but the routing between the two NICs, where that can be made', async () => {
      const found = await ill(session, shape)
      // The driver does not look at the type of an IPv6 route; the kernel's answer is `local` for both families.
      assert.deepEqual(ids(found), INSIDE, said(found).join('\n'))
      assert.match(found[0]?.fix[0] ?? '', /ip (-6 )?rule add pref 90 from .* iif lo lookup 10[12] proto kernel/)
    })
  })
}

describe('doctor, on the healthy nodes of topology pair', () => {
  useTopology('pair')

  for (const node of ['node1', 'node2']) {
    it(`finds nothing on ${node}, and ends with 0`, () => {
      const { status, stdout, stderr } = attempt('ip', 'netns', 'exec', node, 'nicsteer', 'doctor', '-o', 'json')
      const { items, summary } = REPORTS.doctor.parse(JSON.parse(stdout))
      const problems = items.filter(({ result }) => result === 'WARN' || result === 'FAIL')
      assert.deepEqual(
        problems.map(({ id, says }) => `${id}: ${says}`),
        [],
      )
      assert.deepEqual([status, stderr, summary.emulated], [0, '', true])
      assert.match(summary.truth, /\(emulated NIC\)/)
    })
  }

  it('a broken one ends with 3, and its last line says where to begin', () => {
    inNs('node1', 'ip', 'link', 'set', 'p1', 'down')
    try {
      const { status, stdout } = attempt('ip', 'netns', 'exec', 'node1', 'nicsteer', 'doctor')
      assert.equal(status, 3)
      assert.match(stdout, /^FAIL {2}nic\.link .*p1 .* is down\n/)
      assert.match(stdout, /fix: {2}ip link set p1 up\n/)
      assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /begin with nic\.link$/)
    } finally {
      inNs('node1', 'ip', 'link', 'set', 'p1', 'up')
    }
  })
})

describe('doctor, one thing broken at a time', () => {
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  before(() => {
    session = new Session()
  })
  after(() => session[Symbol.dispose]())

  /** They come back down. */
  const REPRESENTORS = [0, 1, 2, 3].map((index) => `pf1vf${index}`)
  const ROUTE = 'ip route replace 10.0.0.0/24 dev p1 src 10.0.0.2 table 102'
  const CASES: [title: string, breaks: string[], repairs: string[], expected: Turned][] = [
    [
      'legacy mode',
      [`devlink dev eswitch set pci/${PCI[1]} mode legacy`],
      [`devlink dev eswitch set pci/${PCI[1]} mode switchdev`, ...REPRESENTORS.map((one) => `ip link set ${one} up`)],
      { 'nic.switchdev': 'FAIL' },
    ],
    [
      'hw-tc-offload off',
      ['ethtool -K p1 hw-tc-offload off'],
      ['ethtool -K p1 hw-tc-offload on'],
      { 'nic.hw-tc-offload': 'FAIL' },
    ],
    [
      'hw-tc-offload off on a representor',
      ['ethtool -K pf0vf2 hw-tc-offload off'],
      ['ethtool -K pf0vf2 hw-tc-offload on'],
      { 'nic.hw-tc-offload': 'FAIL' },
    ],
    [
      'encap-mode none',
      [`devlink dev eswitch set pci/${PCI[1]} encap-mode none`],
      [`devlink dev eswitch set pci/${PCI[1]} encap-mode basic`],
      { 'nic.encap-mode': 'FAIL' },
    ],
    [
      'no VTEP',
      ['ip address del 10.0.0.2/24 dev p1'],
      ['ip address add 10.0.0.2/24 dev p1', ROUTE],
      { 'vtep.address': 'FAIL' },
    ],
    [
      'a route by the other PF',
      ['ip route replace 10.0.0.0/24 dev p0 src 10.0.0.2 table 102'],
      [ROUTE],
      { 'vtep.route': 'FAIL' },
    ],
    [
      'no rule for a VTEP',
      ['ip rule del pref 110 from 10.0.0.2'],
      ['ip rule add pref 110 from 10.0.0.2 lookup 102'],
      { 'vtep.route': 'FAIL' },
    ],
    [
      'strict source validation',
      ['sysctl -wq net.ipv4.conf.p1.rp_filter=1'],
      ['sysctl -wq net.ipv4.conf.p1.rp_filter=2'],
      { 'vtep.rp-filter': 'WARN' },
    ],
    [
      'ARP for all',
      ['sysctl -wq net.ipv4.conf.p0.arp_ignore=0'],
      ['sysctl -wq net.ipv4.conf.p0.arp_ignore=1'],
      { 'vtep.arp-ignore': 'WARN' },
    ],
    ['an underlay of 1500 bytes', ['ip link set p1 mtu 1500'], ['ip link set p1 mtu 2000'], { 'tunnel.mtu': 'WARN' }],
    ['a pulled cable', ['CABLE down'], ['CABLE up'], { 'nic.link': 'FAIL' }],
    ['no local rule', ['ip rule del pref 0'], ['ip rule add pref 0 lookup local'], { 'routing.local-rule': 'FAIL' }],
    [
      'a tunnel device of ours without rules',
      ['ip link add nicsteer-gnv type geneve external dstport 6081', 'ip link set nicsteer-gnv up'],
      ['ip link del nicsteer-gnv'],
      { 'tc.leftovers': 'WARN' },
    ],
  ]
  const change = (line: string) =>
    line.startsWith('CABLE ') ? setKnob(PCI[1], 'cable', line.slice('CABLE '.length)) : sh(line)

  for (const [title, breaks, repairs, expected] of CASES) {
    it(`${title} turns ${Object.keys(expected).join(', ')}, and nothing else`, async () => {
      assert.deepEqual(await turned(session), {})
      try {
        breaks.forEach(change)
        await becomes(session, expected)
      } finally {
        repairs.forEach(change)
      }
      await becomes(session, {})
    })
  }

  it('a filter of somebody else before ours is named, with the command that removes it', async () => {
    await apply(session, steeringFile({ vfs: VFS }))
    try {
      const filter = `flower src_mac ${vfMac(0, 0)} action drop`
      sh(`tc filter add dev pf0vf0 ingress protocol all pref 40 ${filter}`)
      await becomes(session, {})
      sh(`tc filter add dev pf0vf0 ingress protocol all pref 5 ${filter}`)
      const [found, ...others] = await ill(session)
      assert.deepEqual(said(others), [])
      assert.deepEqual([found?.check.id, found?.result], ['tc.foreign-filters', 'WARN'])
      const [command] = /^tc filter del [^,]+/.exec(found?.fix[0] ?? '') ?? []
      sh(command ?? '')
      assert.deepEqual(await turned(session), {})
      assert.match(run('tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress'), /pref 40 flower/)
    } finally {
      sh('tc filter del dev pf0vf0 ingress protocol all pref 40')
      await clear(session)
    }
  })

  it('the file’s VTEP is missing: the check of VTEPs says so, and the one of the file refers to it', async () => {
    writeFileSync('/tmp/doctor.yaml', steeringText({ vfs: VFS, vteps: ['10.0.0.1', '10.0.0.9'] }))
    const { status, stdout } = attempt('nicsteer', 'doctor', '-f', '/tmp/doctor.yaml', '-o', 'json')
    assert.equal(status, 3)
    const { items } = REPORTS.doctor.parse(JSON.parse(stdout))
    const problems = items.filter(({ result }) => result === 'WARN' || result === 'FAIL')
    assert.deepEqual(
      problems.map(({ id, says }) => [id, says]),
      [['vtep.address', 'VTEP 10.0.0.9 (spec.nics) is not an address of this node']],
    )
    assert.match(items.find(({ id }) => id === 'steering.file')?.says ?? '', /VTEP_NOT_CONFIGURED/)
  })
})

describe('doctor, with Open vSwitch that has VFs and a tunnel', () => {
  useTopology('single', 'max_delay_ms=50', { tunnel: 'geneve' })
  let session: Session
  before(async () => {
    session = new Session()
    startOvs()
    vsctl('set Open_vSwitch . other_config:max-idle=60000')
    vsctl('add-br br-int -- add-port br-int pf0vf0')
    vsctl(
      'add-port br-int gnv -- set interface gnv type=geneve options:remote_ip=10.0.0.11 options:local_ip=10.0.0.1 options:key=5001',
    )
    await waitFor('Open vSwitch has its qdiscs', () => {
      const qdiscs = run('tc', 'qdisc')
      return ['pf0vf0', 'genev_sys_6081'].every((device) => qdiscs.includes(`qdisc ingress ffff: dev ${device} `))
    })
  })
  after(() => {
    session[Symbol.dispose]()
    stopOvs()
  })
  /** The lab's kernel is built without NET_TC_SKB_EXT: that is true. */
  const LAB: Turned = { 'kernel.tc-skb-ext': 'WARN' }
  const ping = () => inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)

  it('finds what is true of the lab’s kernel, and nothing else, with traffic too', async () => {
    assert.deepEqual(await turned(session), LAB)
    ping()
    assert.match(run('tc', 'filter', 'show', 'dev', 'genev_sys_6081', 'ingress'), /in_hw/)
    const found = await ill(session)
    assert.deepEqual(ids(found), ['WARN kernel.tc-skb-ext'], said(found).join('\n'))
  })

  it('hw-offload=false turns ovs.hw-offload; then nothing recirculates in TC', async () => {
    vsctl('set Open_vSwitch . other_config:hw-offload=false')
    try {
      assert.deepEqual(await turned(session), { 'ovs.hw-offload': 'FAIL' })
    } finally {
      vsctl('set Open_vSwitch . other_config:hw-offload=true')
    }
  })

  it('tc-policy turns ovs.tc-policy', async () => {
    vsctl('set Open_vSwitch . other_config:tc-policy=skip_hw')
    try {
      assert.deepEqual(await turned(session), { ...LAB, 'ovs.tc-policy': 'FAIL' })
    } finally {
      vsctl('remove Open_vSwitch . other_config tc-policy')
    }
  })

  it('names of OVN that mean nothing here turn their checks', async () => {
    const ids = [
      'ovn-encap-type=geneve',
      'ovn-encap-ip="10.0.0.1,10.0.0.2"',
      'ovn-pf-encap-ip-mapping="p0:10.0.0.1,p1:10.0.0.2"',
    ]
    const set = (...settings: string[]) =>
      run('ovs-vsctl', 'set', 'Open_vSwitch', '.', ...settings.map((one) => `external_ids:${one}`))
    try {
      set(...ids)
      assert.deepEqual(await turned(session), LAB)
      set('ovn-encap-ip="10.0.0.1,10.0.0.2,10.0.0.3"')
      assert.deepEqual(await turned(session), { ...LAB, 'vtep.address': 'FAIL' })
      set('ovn-encap-ip="10.0.0.1,10.0.0.2"', 'ovn-pf-encap-ip-mapping="p0:10.0.0.1,p1:10.0.0.2,ens1f0:10.0.0.2"')
      assert.deepEqual(await turned(session), { ...LAB, 'ovs.ovn-pf-mapping': 'FAIL' })
    } finally {
      for (const key of ['ovn-encap-type', 'ovn-encap-ip', 'ovn-pf-encap-ip-mapping'])
        vsctl(`remove Open_vSwitch . external_ids ${key}`)
    }
  })

  it('another program’s qdisc in the place of Open vSwitch’s turns tc.qdisc', async () => {
    sh('tc qdisc del dev pf0vf0 ingress')
    sh('tc qdisc add dev pf0vf0 clsact')
    try {
      assert.deepEqual(await turned(session), { ...LAB, 'tc.qdisc': 'WARN' })
    } finally {
      sh('tc qdisc del dev pf0vf0 clsact')
      sh('tc qdisc add dev pf0vf0 ingress')
    }
  })

  it('a NIC that refuses tunnel flags makes its pair of versions known', async () => {
    for (const pci of PCI.slice(0, 2)) await useProfile(pci, 'mlx5-like')
    ping()
    const found = await waitFor('a decap flow is refused', async () =>
      (await ill(session)).find(({ check }) => check.id === 'ovs.enc-flags'),
    )
    assert.equal(found.result, 'FAIL')
    assert.match(
      found.says,
      /^Open vSwitch 3\.5\.\d+ on kernel 6\.12\.\S+ matches tunnel flags \(enc_flags\) in its decap rules: \d+ of them are not in hardware$/,
    )
    assert.deepEqual(await turned(session), { ...LAB, 'ovs.enc-flags': 'FAIL' })
  })
})
