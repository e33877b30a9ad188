import { strict as assert } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import { NicsteerError } from '../../../src/base/errors.js'
import { ethtool, KernelRefusal, NetlinkSocket, rtnl } from '../../../src/kernel/index.js'
import { withFamily } from '../../../src/kernel/netlink/family.js'
import { genericLayout, genericRequest } from '../../../src/kernel/netlink/genetlink.js'
import { attributes } from '../../../src/kernel/netlink/schema.js'
import { transact } from '../../../src/kernel/netlink/transaction.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { run, sh } from '../support/shell.js'
import { waitFor } from '../support/wait.js'

const layout = genericLayout(attributes({}))

describe('kernel/ethtool against ethtool(8)', () => {
  let socket: NetlinkSocket
  let ioctl: ethtool.EthtoolIoctl
  const ifindexOf = (name: string) => {
    using route = NetlinkSocket.open('route')
    return rtnl.getLink(route, name)!.ifindex
  }
  before(() => {
    sh('modprobe simnic nics=1 total_vfs=4')
    sh('ip link add left numrxqueues 4 numtxqueues 4 type veth peer name right')
    sh('devlink dev eswitch set pci/0000:d8:00.0 mode switchdev')
    socket = NetlinkSocket.open('generic')
    ioctl = ethtool.EthtoolIoctl.open()
  })
  after(() => {
    socket[Symbol.dispose]()
    ioctl[Symbol.dispose]()
    sh('ip link delete left')
    sh('modprobe -r simnic')
  })

  for (const device of ['p0', 'left', 'lo']) {
    it(`reads the features of ${device}`, () => {
      const [theirs] = JSON.parse(run('ethtool', '--json', '-k', device)) as Record<
        string,
        { active: boolean; fixed: boolean; requested: boolean | null }
      >[]
      const { active, changeable } = ethtool.getFeatures(socket, ifindexOf(device))
      // ethtool(8) has old names for groups of features, which the kernel doesn't know.
      const names = ethtool.getStrings(socket, uapi.ETH_SS_FEATURES)
      const known = Object.entries(theirs!).filter(([name]) => names.includes(name))
      assert.ok(known.length > 40)
      for (const [name, shown] of known) {
        assert.deepEqual([name, active.includes(name)], [name, shown.active])
        assert.deepEqual([name, changeable.includes(name)], [name, !shown.fixed])
      }
    })
  }

  it('switches hw-tc-offload off and on', () => {
    const ifindex = ifindexOf('p0')
    const shows = () => /hw-tc-offload: (\w+)/.exec(run('ethtool', '-k', 'p0'))?.[1]
    assert.deepEqual(ethtool.setFeatures(socket, ifindex, { 'hw-tc-offload': false }).changed, {
      'hw-tc-offload': false,
    })
    assert.deepEqual([ethtool.hwTcOffload(socket, ifindex), shows()], ['off', 'off'])
    assert.deepEqual(ethtool.setFeatures(socket, ifindex, { 'hw-tc-offload': true }).changed, { 'hw-tc-offload': true })
    assert.deepEqual([ethtool.hwTcOffload(socket, ifindex), shows()], ['on', 'on'])
  })

  it('reads who the driver is', () => {
    for (const device of ['p0', 'left']) {
      const text = run('ethtool', '-i', device)
      const shown = (key: string) => new RegExp(`^${key}:[ ]?(.*)$`, 'm').exec(text)?.[1]
      const { driver, version, firmware, busInfo } = ethtool.driverInfo(ioctl, device)
      assert.equal(driver, shown('driver'))
      // A driver without a version has the kernel's.
      assert.equal(version, shown('version'))
      assert.equal(firmware, shown('firmware-version'))
      assert.equal(busInfo, shown('bus-info'))
    }
  })

  it('reads the driver’s own counters', () => {
    for (const device of ['p0', 'left']) {
      const lines = [...run('ethtool', '-S', device).matchAll(/^ +(\S+): (\d+)$/gm)]
      assert.ok(lines.length > 5)
      assert.deepEqual(
        Object.entries(ethtool.driverStats(ioctl, device)),
        lines.map(([, name, value]) => [name, Number(value)]),
      )
    }
    assert.deepEqual(ethtool.driverStats(ioctl, 'lo'), {})
  })

  it('reads which UDP ports the NIC parses as tunnels', async () => {
    const ifindex = ifindexOf('p0')
    sh('ip link set p0 up')
    const before = ethtool.getTunnelInfo(socket, ifindex)
    sh('ip link add gnv0 type geneve external dstport 6081')
    sh('ip link set gnv0 up')
    // The kernel tells the driver in a work of its own (net/ipv4/udp_tunnel_nic.c).
    const ours = await waitFor('the NIC knows the port', () => {
      const tables = ethtool.getTunnelInfo(socket, ifindex)
      return tables.some(({ ports }) => ports.some(({ port, type }) => port === 6081 && type === 'geneve')) && tables
    })
    const shown = run('ethtool', '--show-tunnels', 'p0')
    assert.deepEqual(
      [...shown.matchAll(/Size: (\d+)\s+Types: (.*)/g)].map(([, size, types]) => [Number(size), types]),
      // Static entries come without types.
      ours.map(({ size, types }) => [size, types.length > 0 ? types.join(', ') : 'none (static entries)']),
    )
    assert.deepEqual(
      [...shown.matchAll(/port (\d+), (\S+)/g)].map(([, port, type]) => ({ port: Number(port), type })),
      ours.flatMap(({ ports }) => ports),
    )
    sh('ip link delete gnv0')
    await waitFor('the NIC has forgotten it', () => isDeepStrictEqual(ethtool.getTunnelInfo(socket, ifindex), before))
    sh('ip link set p0 down')
  })

  it('reads the speed', () => {
    assert.deepEqual(ethtool.getLinkModes(socket, ifindexOf('left')), {
      autonegotiation: false,
      speed: 10_000,
      duplex: 'full',
    })
  })

  it('has the kernel’s words for what a device hasn’t got', () => {
    for (const read of [ethtool.getChannels, ethtool.getTunnelInfo, ethtool.getLinkModes]) {
      assert.throws(
        () => read(socket, ifindexOf('lo')),
        (error) => error instanceof KernelRefusal && error.errnoName === 'EOPNOTSUPP',
      )
    }
  })

  it('finds a family again whose module was loaded anew, and says so where there is none', () => {
    // Too short for it: whoever has the number refuses with EINVAL, nobody with ENOENT.
    const ask = (name: string) =>
      withFamily(
        socket,
        name,
        () => new NicsteerError('NO_FAMILY', `no ${name}`),
        (family) => {
          const [outcome] = transact(socket, [genericRequest(layout, family, { what: 'ask', command: 3 }, {})])
          if (outcome?.error?.errnoName !== 'EINVAL') throw outcome?.error
          return family.id
        },
      )
    const before = ask('ovs_datapath')
    assert.equal(ask('ovs_datapath'), before)
    sh('modprobe -r openvswitch')
    // Looking for the family loads its module.
    assert.notEqual(ask('ovs_datapath'), before)
    sh('modprobe -r openvswitch')
    assert.throws(() => ask('nicsteer-nobody'), { code: 'NO_FAMILY' })
  })
})
