import assert from 'node:assert/strict'
import type { Ifindex } from '../../../src/base/types.js'
import * as ethtool from '../../../src/kernel/ethtool/ethtool.js'
import { readGroups, statsGroup } from '../../../src/kernel/ethtool/stats.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { decode, fromHex } from '../support/bytes.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/ethtool', () => {
  let ns: Namespace
  let socket: NetlinkSocket
  let ioctl: ethtool.EthtoolIoctl
  let left: Ifindex
  let lo: Ifindex
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add left numrxqueues 4 numtxqueues 4 type veth peer name right')
    left = ns.ifindexOf('left')
    lo = ns.ifindexOf('lo')
    socket = NetlinkSocket.open('generic', { netns: ns.path })
    ioctl = ethtool.EthtoolIoctl.open({ netns: ns.path })
  })
  after(() => {
    socket?.[Symbol.dispose]()
    ioctl?.[Symbol.dispose]()
    ns?.[Symbol.dispose]()
  })

  it('switches features, and tells what followed from it and what the device can’t', () => {
    const { changed, refused } = ethtool.setFeatures(socket, left, {
      'tx-checksum-ip-generic': false,
      'rx-checksum': false,
      'hw-tc-offload': true,
    })
    assert.deepEqual(refused, { 'hw-tc-offload': true })
    assert.deepEqual([changed['rx-checksum'], changed['tx-checksum-ip-generic']], [false, false])
    // Segmentation needs checksums (net/core/dev.c netdev_fix_features).
    assert.equal(changed['tx-tcp-segmentation'], false)
    const { active, wanted } = ethtool.getFeatures(socket, left)
    assert.deepEqual([active.includes('tx-tcp-segmentation'), wanted.includes('tx-tcp-segmentation')], [false, true])
    const back = ethtool.setFeatures(socket, left, { 'tx-checksum-ip-generic': true, 'rx-checksum': true })
    assert.equal(back.changed['tx-tcp-segmentation'], true)
    assert.deepEqual(ethtool.setFeatures(socket, left, { 'rx-checksum': true }), { changed: {}, refused: {} })
  })

  it('names the bit that no feature has', () => {
    assert.throws(
      () => ethtool.setFeatures(socket, left, { 'warp-drive': true }),
      (error) =>
        error instanceof KernelRefusal &&
        error.attribute === 'ETHTOOL_A_BITSET_BIT_NAME' &&
        error.extack === 'bit name not found',
    )
  })

  it('changes the number of channels up to the maximum', () => {
    assert.deepEqual(ethtool.getChannels(socket, left), { current: { rx: 4, tx: 4 }, maximum: { rx: 4, tx: 4 } })
    ethtool.setChannels(socket, left, { rx: 2 })
    assert.deepEqual(ethtool.getChannels(socket, left).current, { rx: 2, tx: 4 })
    assert.throws(
      () => ethtool.setChannels(socket, left, { rx: 30 }),
      (error) => error instanceof KernelRefusal && error.attribute === 'ETHTOOL_A_CHANNELS_RX_COUNT',
    )
  })

  it('reads speed and duplex', () => {
    assert.deepEqual(ethtool.getLinkModes(socket, left), { autonegotiation: false, speed: 10_000, duplex: 'full' })
  })

  it('has the standard’s counters of a device that counts none', () => {
    assert.deepEqual(ethtool.getStats(socket, left, ['eth-mac', 'rmon']), {
      'eth-mac': { counters: {} },
      rmon: { counters: {} },
    })
  })

  it('reads counters and histograms by their names', () => {
    // id eth-mac, its string set, counter 1; then id rmon with one bucket (linux/ethtool_netlink.h ETHTOOL_A_STATS_GRP_*)
    const u32 = (type: string, value: string) => `0800${type}00${value}000000`
    const mac = `${u32('02', '01')}${u32('03', '12')}100004000c0001000700000000000000`
    const bucket = `${u32('07', '40')}${u32('08', '7f')}0c0009000300000000000000`
    const rmon = `${u32('02', '03')}${u32('03', '14')}20000500${bucket}`
    const groups = [mac, rmon].map((hex) => decode(statsGroup, fromHex(hex)))
    const names = (set: number) => (set === 0x12 ? ['FramesTransmittedOK', 'SingleCollisionFrames'] : [])
    assert.deepEqual(readGroups(groups, names), {
      'eth-mac': { counters: { SingleCollisionFrames: 7 } },
      rmon: { counters: {}, rxHistogram: [{ low: 64, high: 127, packets: 3 }] },
    })
  })

  it('has the kernel’s names of its string sets, and a driver’s', () => {
    assert.ok(ethtool.getStrings(socket, uapi.ETH_SS_FEATURES).includes('hw-tc-offload'))
    assert.deepEqual(
      ethtool.getStrings(socket, uapi.ETH_SS_STATS, left),
      Object.keys(ethtool.driverStats(ioctl, 'left')),
    )
  })

  it('reads the driver’s name and counters, in its namespace only', () => {
    assert.equal(ethtool.driverInfo(ioctl, 'left').driver, 'veth')
    assert.equal(ethtool.driverStats(ioctl, 'left').peer_ifindex, ns.ifindexOf('right'))
    assert.deepEqual(ethtool.driverStats(ioctl, 'lo'), {})
    using here = ethtool.EthtoolIoctl.open()
    for (const read of [ethtool.driverInfo, ethtool.driverStats]) {
      assert.throws(() => read(here, 'left'), { errnoName: 'ENODEV' })
      assert.throws(() => read(ioctl, 'a-name-longer-than-fifteen'), { errnoName: 'ENODEV' })
    }
  })

  it('has the kernel’s words for what a device hasn’t got', () => {
    for (const [read, text] of [
      [ethtool.getChannels, undefined],
      [ethtool.getTunnelInfo, 'device does not report tunnel offload info'],
    ] as const) {
      assert.throws(
        () => read(socket, lo),
        (error) => error instanceof KernelRefusal && error.errnoName === 'EOPNOTSUPP' && error.extack === text,
      )
    }
  })
})
