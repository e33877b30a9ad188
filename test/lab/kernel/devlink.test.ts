import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { parseMac } from '../../../src/base/types.js'
import { devlink, KernelRefusal, NetlinkSocket, rtnl, tc } from '../../../src/kernel/index.js'
import { run, sh } from '../support/shell.js'
import { objects, PCI } from '../support/simnic.js'

const [first, second] = PCI.map((dev) => ({ bus: 'pci', dev })) as [devlink.DevlinkDev, devlink.DevlinkDev]
const NOBODY = { bus: 'pci', dev: '0000:ff:1f.7' }

/** What `devlink -j` prints, by device: `{"dev": {"pci/0000:d8:00.0": {…}}}`. */
function shown<T>(object: string, command: string): Record<string, T> {
  const text = run('devlink', '-j', ...command.split(' '))
  return (JSON.parse(text) as Record<string, Record<string, T>>)[object] ?? {}
}

const nameOf = ({ bus, dev }: devlink.DevlinkDev) => `${bus}/${dev}`

describe('kernel/devlink against devlink(8)', () => {
  let socket: NetlinkSocket
  let route: NetlinkSocket
  before(() => {
    sh('modprobe simnic nics=1,1 total_vfs=4')
    for (const pci of PCI.slice(0, 2)) writeFileSync(`/sys/bus/pci/devices/${pci}/sriov_numvfs`, '2')
    socket = NetlinkSocket.open('generic')
    route = NetlinkSocket.open('route')
  })
  after(() => {
    socket[Symbol.dispose]()
    route[Symbol.dispose]()
    sh('modprobe -r simnic')
  })

  it('lists the same devices, and has none that isn’t there', () => {
    assert.deepEqual(devlink.listDevlinkDevs(socket).map(nameOf), Object.keys(shown('dev', 'dev show')))
    assert.deepEqual(devlink.getDevlinkDev(socket, first), { ...first, reloadFailed: false })
    assert.equal(devlink.getDevlinkDev(socket, NOBODY), undefined)
  })

  it('reads driver, serial number and versions', () => {
    interface Info {
      driver: string
      serial_number: string
      versions: Record<'fixed' | 'running' | 'stored', Record<string, string>>
    }
    const info = shown<Info>('info', `dev info ${nameOf(first)}`)[nameOf(first)]!
    assert.deepEqual(devlink.devInfo(socket, first), {
      driver: info.driver,
      serial: info.serial_number,
      ...info.versions,
    })
  })

  it('sets every mode of the eswitch, as devlink(8) then shows it', () => {
    interface Eswitch {
      mode: string
      'inline-mode': string
      'encap-mode': string
    }
    const theirs = () => shown<Eswitch>('dev', `dev eswitch show ${nameOf(first)}`)[nameOf(first)]!
    const changes: Partial<devlink.EswitchInfo>[] = [
      { mode: 'switchdev' },
      { encapMode: 'none' },
      { encapMode: 'basic', inlineMode: 'transport' },
      { inlineMode: 'none' },
      { mode: 'legacy' },
      { mode: 'switchdev', encapMode: 'basic' },
    ]
    for (const change of changes) {
      devlink.setEswitch(socket, first, change)
      const { mode, inlineMode, encapMode } = devlink.eswitchMode(socket, first)
      for (const [name, wanted] of Object.entries(change)) assert.equal({ mode, inlineMode, encapMode }[name], wanted)
      const shows = theirs()
      assert.deepEqual([mode, inlineMode, encapMode], [shows.mode, shows['inline-mode'], shows['encap-mode']])
    }
    assert.equal(devlink.eswitchMode(socket, second).mode, 'legacy')
    assert.throws(() => devlink.setEswitch(socket, NOBODY, { mode: 'switchdev' }), { errnoName: 'ENODEV' })
  })

  it('reads ports and port functions, one by one and all', () => {
    interface Port {
      type: string
      netdev?: string
      flavour: string
      port?: number
      controller?: number
      pfnum?: number
      vfnum?: number
      external?: boolean
      splittable: boolean
      function?: { hw_addr: string }
    }
    const theirs = shown<Port>('port', 'port show')
    const ours = devlink.listDevlinkPorts(socket)
    assert.ok(ours.some(({ flavour }) => flavour === 'pcivf') && ours.some(({ flavour }) => flavour === 'physical'))
    assert.deepEqual(
      ours.map((port) => [
        `${nameOf(port)}/${port.index}`,
        port.type,
        port.netdevName,
        port.flavour,
        port.portNumber,
        port.controller,
        port.pfNumber,
        port.vfNumber,
        port.external,
        port.splittable,
        port.hwAddr,
      ]),
      Object.entries(theirs).map(([name, port]) => [
        name,
        port.type,
        port.netdev,
        port.flavour,
        port.port,
        port.controller,
        port.pfnum,
        port.vfnum,
        port.external,
        port.splittable,
        port.function?.hw_addr,
      ]),
    )
    assert.deepEqual(
      devlink.listDevlinkPorts(socket, second),
      ours.filter(({ dev }) => dev === second.dev),
    )
    for (const port of ours) {
      assert.deepEqual(devlink.getDevlinkPort(socket, port), port)
      if (port.netdevIfindex !== undefined) {
        assert.equal(rtnl.getLink(route, port.netdevIfindex)?.name, port.netdevName)
      }
    }
    assert.throws(() => devlink.getDevlinkPort(socket, { ...first, index: 4711 }), { errnoName: 'ENODEV' })
  })

  it('gives a VF its MAC, and has the kernel’s words for what the driver can’t set', () => {
    const port = devlink.listDevlinkPorts(socket, first).find(({ vfNumber }) => vfNumber === 1)!
    const hwAddr = parseMac('02:00:00:00:0a:01')
    devlink.setPortFunction(socket, port, { hwAddr })
    assert.equal(devlink.getDevlinkPort(socket, port).hwAddr, hwAddr)
    assert.equal(rtnl.getLink(route, 'p0v1')?.mac, hwAddr)
    const refusals = [
      [{ roce: true, migratable: false }, /doesn't support RoCE/],
      [{ functionState: 'active' }, /support/],
      [{ maxIoEqs: 8 }, /support/],
    ] as const
    for (const [change, text] of refusals) {
      assert.throws(
        () => devlink.setPortFunction(socket, port, change),
        (error) =>
          error instanceof KernelRefusal &&
          error.errnoName === 'EOPNOTSUPP' &&
          text.test(error.extack ?? '') &&
          error.attributePath.includes('DEVLINK_ATTR_PORT_FUNCTION'),
      )
    }
  })

  it('reloads a driver, and moves it to another namespace and back', () => {
    writeFileSync(`/sys/bus/pci/devices/${PCI[1]}/sriov_numvfs`, '0')
    const before = rtnl.getLink(route, 'p1')?.ifindex
    assert.deepEqual(devlink.reload(socket, second), ['driver_reinit'])
    const after = rtnl.getLink(route, 'p1')?.ifindex
    assert.ok(after !== undefined && after !== before)

    sh('ip netns add elsewhere')
    devlink.reload(socket, second, { netns: '/run/netns/elsewhere' })
    assert.equal(devlink.getDevlinkDev(socket, second), undefined)
    using there = NetlinkSocket.open('generic', { netns: '/run/netns/elsewhere' })
    assert.deepEqual(devlink.listDevlinkDevs(there).map(nameOf), [nameOf(second)])
    devlink.reload(there, second, { netns: '/proc/self/ns/net' })
    assert.equal(devlink.getDevlinkDev(socket, second)?.reloadFailed, false)
    sh('ip netns delete elsewhere')

    for (const options of [{ action: 'fw_activate' }, { noReset: true }] as const) {
      assert.throws(
        () => devlink.reload(socket, second, options),
        (error) => error instanceof KernelRefusal && /not supported/.test(error.extack ?? ''),
      )
    }
    assert.throws(() => devlink.reload(socket, second, { netns: '/run/netns/nobody' }), { code: 'NO_NETNS' })
  })

  it('has the driver’s words where rules forbid a change; back to legacy takes them out of hardware', () => {
    const representor = rtnl.getLink(route, 'pf0vf0')!
    tc.ensureClsact(route, representor.ifindex)
    sh('tc filter add dev pf0vf0 ingress pref 10 protocol all flower skip_sw dst_mac 02:00:00:00:00:01 action drop')
    assert.equal(objects().rules, 1)
    assert.throws(
      () => devlink.setEswitch(socket, first, { encapMode: 'none' }),
      (error) =>
        error instanceof KernelRefusal &&
        error.extack === "simnic: Can't set encapsulation when flows are configured" &&
        error.message.startsWith('set eswitch mode of pci/0000:d8:00.0: EOPNOTSUPP: '),
    )
    devlink.setEswitch(socket, first, { mode: 'legacy' })
    assert.equal(objects().rules, 0)
    assert.equal(rtnl.getLink(route, 'pf0vf0'), undefined)
  })

  it('has no health reporters and parameters where the driver has none, and the kernel’s refusal for one by name', () => {
    assert.deepEqual(devlink.listHealthReporters(socket), [])
    assert.deepEqual(devlink.listParams(socket, first), [])
    const reporter = { ...first, name: 'fw' }
    assert.throws(() => devlink.recover(socket, reporter), { errnoName: 'EINVAL' })
    assert.throws(() => devlink.setHealthReporter(socket, reporter, { autoRecover: false }), { errnoName: 'EINVAL' })
    assert.throws(() => devlink.getParam(socket, first, 'flow_steering_mode'), { errnoName: 'EINVAL' })
  })
})
