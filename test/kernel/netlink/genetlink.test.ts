import assert from 'node:assert/strict'
import { parseIfindex } from '../../../src/base/types.js'
import { eswitchMode, listDevlinkDevs, listDevlinkPorts } from '../../../src/kernel/devlink/devlink.js'
import { getFeatures, hwTcOffload } from '../../../src/kernel/ethtool/ethtool.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import { findFamily } from '../../../src/kernel/netlink/genetlink.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { skip } from '../../support/skip.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/netlink/genetlink, devlink and ethtool', () => {
  let socket: NetlinkSocket
  before(() => {
    socket = NetlinkSocket.open('generic')
  })
  after(() => socket[Symbol.dispose]())

  it('finds families by name, and none that isn’t there', () => {
    assert.equal(findFamily(socket, 'nlctrl')?.id, 16)
    assert.equal(findFamily(socket, 'nicsteer-nobody'), undefined)
  })

  it('lists no devlink devices on a machine that has none', function () {
    if (findFamily(socket, 'devlink') !== undefined) skip(this, 'this machine has devlink')
    assert.deepEqual(listDevlinkDevs(socket), [])
    assert.deepEqual(listDevlinkPorts(socket), [])
    assert.throws(() => eswitchMode(socket, { bus: 'pci', dev: '0000:d8:00.0' }), { code: 'NO_DEVLINK' })
  })

  it('reads a device’s features', function () {
    using ns = Namespace.create(this)
    using inside = NetlinkSocket.open('generic', { netns: ns.path })
    ns.ip('link add name left type veth peer name right')
    const { active, changeable } = getFeatures(inside, ns.ifindexOf('left'))
    assert.ok(active.includes('tx-tcp-segmentation') && changeable.includes('tx-tcp-segmentation'))
    assert.equal(hwTcOffload(inside, ns.ifindexOf('left')), 'unsupported')
  })

  it('names the attribute that names a device that isn’t there', () => {
    assert.throws(
      () => getFeatures(socket, parseIfindex(0x7fffffff)),
      (error) =>
        error instanceof KernelRefusal &&
        error.attributePath.join() === 'ETHTOOL_A_FEATURES_HEADER,ETHTOOL_A_HEADER_DEV_INDEX',
    )
  })
})
