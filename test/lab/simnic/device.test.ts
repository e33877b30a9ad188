import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { NetlinkSocket } from '../../../src/kernel/index.js'
import { discover } from '../../../src/node/topology.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { hardwareRules, objects, PCI, setKnob } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { addRule } from './rules.js'

const complaints = () => run('/project/hack/lab/guest/complaints')
const read = (path: string) => readFileSync(path, 'utf8').trim()
const redirect = (to: string, handle = 1) => ({
  handle,
  pref: 10,
  protocol: 'all',
  match: 'dst_mac 02:00:00:00:0e:01',
  action: `mirred egress redirect dev ${to}`,
})

/** simnic without a topology, for what it is by itself; unloading must be clean each time. */
function withSimnic(parameters: string, body: () => void): void {
  before(() => sh(`modprobe simnic ${parameters}`))
  body()
  after(() => {
    sh('modprobe -r simnic')
    assert.equal(existsSync('/sys/module/simnic'), false)
    assert.equal(complaints(), '')
  })
}

describe('simnic: one card with two PFs', () => {
  withSimnic('nics=2 total_vfs=4 max_delay_ms=10', () => {
    const pfs = ['0000:d8:00.0', '0000:d8:00.1']

    it('gets its SR-IOV from the kernel: VFs appear and disappear by sysfs, each bound to the driver', () => {
      for (const pf of pfs) {
        const path = `/sys/bus/pci/devices/${pf}`
        assert.equal(read(`${path}/sriov_totalvfs`), '4')
        writeFileSync(`${path}/sriov_numvfs`, '2')
        assert.ok(existsSync(`${path}/virtfn1/physfn`))
        assert.match(run('readlink', '-f', `${path}/virtfn0/driver`), /\/drivers\/simnic$/m)
      }
      assert.throws(() => writeFileSync(`/sys/bus/pci/devices/${pfs[0]}/sriov_numvfs`, '3'), /EBUSY/)
    })

    it('shows one switch id for both PFs, own port names, and an eswitch of its own per PF', () => {
      sh('devlink dev eswitch set pci/0000:d8:00.0 mode switchdev')
      assert.match(run('devlink', 'dev', 'eswitch', 'show', 'pci/0000:d8:00.0'), /mode switchdev/)
      assert.match(run('devlink', 'dev', 'eswitch', 'show', 'pci/0000:d8:00.1'), /mode legacy/)
      sh('devlink dev eswitch set pci/0000:d8:00.1 mode switchdev')
      assert.equal(read('/sys/class/net/p0/phys_switch_id'), read('/sys/class/net/p1/phys_switch_id'))
      assert.equal(read('/sys/class/net/p1/phys_port_name'), 'p1')
      assert.equal(read('/sys/class/net/pf1vf0/phys_port_name'), 'pf1vf0')
    })

    it('nicsteer finds one NIC with two PFs and every VF’s representor', () => {
      using route = NetlinkSocket.open('route')
      using generic = NetlinkSocket.open('generic')
      const { nics } = discover(route, generic)
      assert.equal(nics.length, 1)
      assert.deepEqual(
        nics[0]?.pfs.map(({ pci, uplink, driver, emulated, eswitchMode, hwTcOffload, vfs }) => ({
          pci,
          uplink: uplink.name,
          driver,
          emulated,
          eswitchMode,
          hwTcOffload,
          vfs: vfs.map(({ representor }) => representor?.name),
        })),
        pfs.map((pci, k) => ({
          pci,
          uplink: `p${k}`,
          driver: 'simnic',
          emulated: true,
          eswitchMode: 'switchdev',
          hwTcOffload: 'on',
          vfs: [`pf${k}vf0`, `pf${k}vf1`],
        })),
      )
    })

    it('tells devlink and ethtool who it is', () => {
      assert.match(run('devlink', 'dev', 'info', 'pci/0000:d8:00.0'), /driver simnic/)
      assert.match(run('ethtool', '-i', 'p0'), /driver: simnic[\s\S]*bus-info: 0000:d8:00\.0/)
      assert.match(run('devlink', 'port', 'show'), /flavour pcivf controller 0 pfnum 0 vfnum 1/)
    })

    it('port function hw_addr sets the VF’s own MAC', () => {
      const port = /pci\/0000:d8:00\.0\/(\d+): .*vfnum 1/.exec(run('devlink', 'port', 'show'))?.[1]
      sh(`devlink port function set pci/0000:d8:00.0/${port} hw_addr 02:00:00:00:0a:01`)
      assert.equal(read('/sys/class/net/p0v1/address'), '02:00:00:00:0a:01')
    })
  })
})

describe('simnic goes away cleanly, whatever holds it', () => {
  afterEach(() => assert.equal(complaints(), ''))

  function load(): void {
    sh('modprobe simnic nics=1,1 total_vfs=4 max_delay_ms=10')
    for (const pci of PCI.slice(0, 2)) {
      writeFileSync(`/sys/bus/pci/devices/${pci}/sriov_numvfs`, '4')
      sh(`devlink dev eswitch set pci/${pci} mode switchdev`)
    }
    for (const device of ['pf0vf0', 'pf0vf1']) sh(`ip link set ${device} up`)
    sh('tc qdisc add dev pf0vf0 clsact')
  }

  it('with rules, VFs in namespaces and a tunnel device with rules', () => {
    load()
    sh('ip netns add holder')
    sh('ip link set p0v0 netns holder')
    sh('ip -n holder link set p0v0 up')
    sh('ip link add gnv0 type geneve external dstport 6081')
    sh('tc qdisc add dev gnv0 clsact')
    addRule('pf0vf0', redirect('pf0vf1'), 'skip_sw')
    addRule(
      'gnv0',
      {
        ...redirect('pf0vf0'),
        match: 'dst_mac 02:00:00:00:00:01 enc_key_id 1 enc_dst_ip 10.0.0.1 enc_dst_port 6081',
        action: 'tunnel_key unset pipe action mirred egress redirect dev pf0vf0',
      },
      'verbose',
    )
    assert.equal(objects().rules, 2)
    sh('modprobe -r simnic')
    sh('ip link delete gnv0')
    sh('ip netns delete holder')
  })

  it('when the namespace that holds VFs dies first', async () => {
    load()
    sh('ip netns add holder')
    sh('ip link set p0v0 netns holder')
    sh('ip netns delete holder')
    await waitFor('the VF’s netdev is back', () => existsSync('/sys/class/net/p0v0'))
    sh('modprobe -r simnic')
  })

  it('back in legacy mode with rules in hardware: no rule is left, no representor', () => {
    load()
    addRule('pf0vf0', redirect('pf0vf1'), 'skip_sw')
    sh('devlink dev eswitch set pci/0000:d8:00.0 mode legacy')
    assert.equal(existsSync('/sys/class/net/pf0vf0'), false)
    assert.equal(objects().rules, 0)
    sh('modprobe -r simnic')
  })

  it('after a driver reset with rules in hardware', async () => {
    load()
    addRule('pf0vf0', redirect('pf0vf1'), 'skip_sw')
    setKnob(PCI[0], 'reset', '1')
    await waitFor('hardware is empty', () => hardwareRules(PCI[0]).length === 0)
    sh('modprobe -r simnic')
  })

  it('in profile mlx5-like the mode can’t change while rules are offloaded, with the driver’s text', () => {
    load()
    setKnob(PCI[0], 'profile', 'mlx5-like')
    addRule('pf0vf0', redirect('pf0vf1'), 'skip_sw')
    const { status, stderr } = attempt('devlink', 'dev', 'eswitch', 'set', 'pci/0000:d8:00.0', 'mode', 'legacy')
    assert.notEqual(status, 0)
    assert.match(stderr, /Can't change mode, E-Switch is busy/)
    sh('modprobe -r simnic')
  })
})

describe('topology pair: two nodes as namespaces', () => {
  useTopology('pair', 'max_delay_ms=20')

  for (const [node, cards] of [
    ['node1', ['0000:d8:00.0', '0000:d9:00.0']],
    ['node2', ['0000:da:00.0', '0000:db:00.0']],
  ] as const) {
    it(`${node} has two NICs of its own, and sees no others`, () => {
      const report = JSON.parse(inNs(node, 'nicsteer', 'topology', '-o', 'json')) as {
        items: { pfs: { pci: string; uplink: { name: string }; vfs: { representor: { name: string } | null }[] }[] }[]
        summary: { gaps: unknown[] }
      }
      const pfs = report.items.flatMap((nic) => nic.pfs)
      assert.deepEqual(
        pfs.map(({ pci, uplink }) => [pci, uplink.name]),
        [
          [cards[0], 'p0'],
          [cards[1], 'p1'],
        ],
      )
      assert.deepEqual(
        pfs.map(({ vfs }) => vfs.map(({ representor }) => representor?.name)),
        [0, 1].map((k) => [0, 1, 2, 3].map((n) => `pf${k}vf${n}`)),
      )
      assert.deepEqual(report.summary.gaps, [])
    })
  }

  it('a rule of one node is offered to that node’s NICs only', () => {
    inNs('node1', 'ip', 'link', 'add', 'gnv0', 'type', 'geneve', 'external', 'dstport', '6081')
    inNs('node1', 'tc', 'qdisc', 'add', 'dev', 'gnv0', 'clsact')
    inNs(
      'node1',
      ...('tc filter add dev gnv0 ingress protocol all pref 10 flower verbose enc_key_id 1 enc_dst_ip 10.0.0.1 enc_dst_port 6081 action drop'.split(
        ' ',
      ) as [string, ...string[]]),
    )
    assert.deepEqual(
      PCI.map((pci) => hardwareRules(pci).length),
      [1, 1, 0, 0],
    )
    inNs('node1', 'ip', 'link', 'del', 'gnv0')
    assert.equal(objects().rules, 0)
  })
})
