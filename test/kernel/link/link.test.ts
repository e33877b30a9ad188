import assert from 'node:assert/strict'
import { parseIfindex, parseMac } from '../../../src/base/types.js'
import { readTunnelData, tunnelData } from '../../../src/kernel/link/tunnel.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import {
  addAltName,
  createLink,
  createTunnelDevice,
  deleteLink,
  getLink,
  listCpuHits,
  listLinks,
  removeAltName,
  setLink,
} from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/link', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add name left address 02:00:00:00:00:01 type veth peer name right')
    ns.ip('link add name bridge0 type bridge')
    ns.ip('link set dev left mtu 1400 master bridge0 alias uplink-of-rail0')
    ns.ip('link property add dev left altname a-name-longer-than-fifteen')
    ns.ip('link set dev right up')
  })
  after(() => ns?.[Symbol.dispose]())

  it('agrees with ip about every link', () => {
    interface Shown {
      ifindex: number
      ifname: string
      mtu: number
      address: string
      operstate: string
      flags: string[]
      linkinfo?: { info_kind: string }
    }
    const shown = JSON.parse(ns.ip('-d -j link show')) as Shown[]
    assert.deepEqual(
      listLinks(ns.socket).map(({ ifindex, name, mtu, mac, up, carrier, operState, kind }) => ({
        ifindex,
        name,
        mtu,
        mac,
        up,
        carrier,
        operState,
        kind,
      })),
      shown.map((one) => ({
        ifindex: one.ifindex,
        name: one.ifname,
        mtu: one.mtu,
        mac: one.address,
        up: one.flags.includes('UP'),
        carrier: one.flags.includes('LOWER_UP'),
        operState: one.operstate.toLowerCase(),
        kind: one.linkinfo?.info_kind,
      })),
    )
  })

  it('finds a link by index, name and alternative name', () => {
    const left = getLink(ns.socket, 'left')
    assert.ok(left !== undefined)
    assert.deepEqual(getLink(ns.socket, left.ifindex), left)
    assert.deepEqual(getLink(ns.socket, 'a-name-longer-than-fifteen'), left)
    assert.equal(left.master, ns.ifindexOf('bridge0'))
    assert.equal(left.linkIfindex, ns.ifindexOf('right'))
    assert.equal(left.alias, 'uplink-of-rail0')
    assert.deepEqual(left.altNames, ['a-name-longer-than-fifteen'])
  })

  it('has no link where there is none', () => {
    assert.equal(getLink(ns.socket, 'nobody'), undefined)
    assert.equal(getLink(ns.socket, parseIfindex(4711)), undefined)
  })

  it('changes links', () => {
    ns.ip('link add name one type veth peer name two')
    const ifindex = ns.ifindexOf('one')
    setLink(ns.socket, ifindex, { mtu: 1300, mac: parseMac('02:00:00:00:00:09'), alias: 'ours', name: 'uno' })
    setLink(ns.socket, ifindex, { up: true, master: ns.ifindexOf('bridge0') })
    const changed = getLink(ns.socket, ifindex)
    assert.deepEqual(
      [changed?.name, changed?.mtu, changed?.mac, changed?.alias, changed?.up, changed?.master],
      ['uno', 1300, '02:00:00:00:00:09', 'ours', true, ns.ifindexOf('bridge0')],
    )
    setLink(ns.socket, ifindex, { up: false, alias: '', master: 0 })
    const back = getLink(ns.socket, ifindex)
    assert.deepEqual([back?.up, back?.alias, back?.master], [false, undefined, undefined])
    deleteLink(ns.socket, ifindex)
    assert.equal(getLink(ns.socket, ifindex), undefined)
  })

  it('moves a link to another namespace', function () {
    using other = Namespace.create(this)
    ns.ip('link add name goes type veth peer name stays')
    setLink(ns.socket, ns.ifindexOf('goes'), { netns: other.path })
    assert.equal(getLink(ns.socket, 'goes'), undefined)
    assert.equal(getLink(other.socket, 'goes')?.kind, 'veth')
    assert.throws(() => setLink(ns.socket, ns.ifindexOf('stays'), { netns: '/run/netns/nobody' }), { code: 'NO_NETNS' })
  })

  it('has the kernel’s words for a change that is refused', () => {
    assert.throws(
      () => setLink(ns.socket, ns.ifindexOf('left'), { mtu: 70_000 }),
      (error) => error instanceof KernelRefusal && error.extack === 'mtu greater than device maximum',
    )
  })

  it('makes an external VXLAN device as asked', () => {
    const wanted = {
      kind: 'vxlan',
      name: 'vx1',
      external: true,
      port: 4790,
      udpCsum: false,
      udpZeroCsum6Tx: true,
      udpZeroCsum6Rx: true,
      gbp: true,
    } as const
    const link = createTunnelDevice(ns.socket, { ...wanted, mtu: 1400 })
    const { name, ...settings } = wanted
    assert.deepEqual(link.tunnel, settings)
    assert.deepEqual([link.name, link.kind, link.mtu], [name, 'vxlan', 1400])
    assert.match(
      ns.ip('-d link show dev vx1'),
      /external.* dstport 4790.* noudpcsum udp6zerocsumtx udp6zerocsumrx.* gbp/,
    )
    assert.throws(() => createTunnelDevice(ns.socket, wanted), { errnoName: 'EEXIST' })
    deleteLink(ns.socket, link.ifindex)
  })

  it('makes both ends of a veth as asked, and takes both away', () => {
    const link = createLink(ns.socket, {
      kind: 'veth',
      name: 'here',
      mtu: 1400,
      mac: parseMac('02:00:00:00:00:0a'),
      up: true,
      master: ns.ifindexOf('bridge0'),
      txQueueLength: 50,
      peer: { name: 'there', mac: parseMac('02:00:00:00:00:0b'), mtu: 1300 },
    })
    const { name, kind, mtu, mac, up, master, slaveKind, txQueueLength, minMtu, maxMtu } = link
    assert.deepEqual(
      { name, kind, mtu, mac, up, master, slaveKind, txQueueLength, minMtu, maxMtu },
      {
        name: 'here',
        kind: 'veth',
        mtu: 1400,
        mac: '02:00:00:00:00:0a',
        up: true,
        master: ns.ifindexOf('bridge0'),
        slaveKind: 'bridge',
        txQueueLength: 50,
        minMtu: 68,
        maxMtu: 65535,
      },
    )
    const peer = getLink(ns.socket, 'there')
    assert.deepEqual([peer?.mac, peer?.mtu, peer?.up], ['02:00:00:00:00:0b', 1300, false])
    assert.deepEqual([peer?.linkIfindex, link.linkIfindex], [link.ifindex, peer?.ifindex])
    setLink(ns.socket, link.ifindex, { txQueueLength: 70 })
    assert.equal(getLink(ns.socket, 'here')?.txQueueLength, 70)
    deleteLink(ns.socket, link.ifindex)
    assert.equal(getLink(ns.socket, 'there'), undefined)
  })

  it('makes a bridge', () => {
    const link = createLink(ns.socket, { kind: 'bridge', name: 'bridge1', up: true })
    assert.deepEqual([link.kind, link.up], ['bridge', true])
    deleteLink(ns.socket, link.ifindex)
  })

  it('gives and takes alternative names', () => {
    const ifindex = ns.ifindexOf('right')
    addAltName(ns.socket, ifindex, 'rail0-of-the-first-card')
    assert.deepEqual(getLink(ns.socket, 'rail0-of-the-first-card')?.altNames, ['rail0-of-the-first-card'])
    assert.throws(() => addAltName(ns.socket, ns.ifindexOf('left'), 'rail0-of-the-first-card'), { errnoName: 'EEXIST' })
    removeAltName(ns.socket, ifindex, 'rail0-of-the-first-card')
    assert.equal(getLink(ns.socket, 'rail0-of-the-first-card'), undefined)
    // EINVAL from 6.12, ENOENT from newer kernels.
    assert.throws(() => removeAltName(ns.socket, ifindex, 'nobody'), KernelRefusal)
  })

  it('names the device and the attribute when one can’t be made', () => {
    const refused = (act: () => void) => {
      try {
        act()
      } catch (error) {
        if (error instanceof KernelRefusal) return error
        throw error
      }
      return assert.fail('it was not refused')
    }
    const exists = refused(() => createLink(ns.socket, { kind: 'bridge', name: 'left' }))
    assert.equal(exists.message, 'add bridge device left: EEXIST: file already exists')
    const longName = refused(() => createLink(ns.socket, { kind: 'bridge', name: 'longer-than-fifteen' }))
    assert.deepEqual([longName.errnoName, longName.attribute], ['ERANGE', 'IFLA_IFNAME'])
    const vni = refused(() => createLink(ns.socket, { kind: 'vxlan', name: 'vx2', external: false, id: 1 << 24 }))
    assert.deepEqual([vni.errnoName, vni.attribute], ['ERANGE', 'IFLA_VXLAN_ID'])
  })

  it('counts packets', () => {
    const stats = getLink(ns.socket, 'lo')?.stats
    assert.deepEqual([stats?.rxPackets, stats?.txPackets], [0, 0])
  })

  it('has no offload statistics where no device offloads', () => {
    assert.equal(listCpuHits(ns.socket).size, 0)
    assert.equal(listLinks(ns.socket, { cpuHit: true })[0]?.cpuHit, undefined)
  })

  it('reads the settings of tunnel devices that it wrote', () => {
    for (const settings of [
      { kind: 'geneve', external: true, port: 6081, udpZeroCsum6Rx: true, udpZeroCsum6Tx: false, udpCsum: true },
      { kind: 'geneve', external: false, id: 5001 },
      { kind: 'vxlan', external: false, id: 5001, port: 4789 },
    ] as const) {
      assert.deepEqual(readTunnelData(settings.kind, tunnelData(settings)), settings)
    }
  })
})
