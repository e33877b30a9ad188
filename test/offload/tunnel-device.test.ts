import { strict as assert } from 'node:assert'
import { NicsteerError } from '../../src/base/errors.js'
import { rtnl } from '../../src/kernel/index.js'
import { createTunnelDevice, findTunnelDevice, raiseTunnelDevice } from '../../src/offload/tunnel-device.js'
import { Namespace } from '../kernel/support/namespace.js'

// VXLAN only: not every kernel of a development machine has GENEVE. The lab has both.
describe('the tunnel device', () => {
  let ns: Namespace
  beforeEach(function () {
    ns = Namespace.create(this)
  })
  afterEach(() => ns?.[Symbol.dispose]())

  const found = (port: number) => findTunnelDevice(rtnl.listLinks(ns.socket), 'vxlan', port)

  it('is not there at first, and found again once it is made, up and ours', () => {
    assert.equal(found(4789), undefined)
    const made = createTunnelDevice(ns.socket, 'vxlan', 4789)
    assert.deepEqual(found(4789), { ...made, name: 'nicsteer-vxl', ours: true, up: true })
    assert.equal(found(4790), undefined)
    assert.equal(findTunnelDevice(rtnl.listLinks(ns.socket), 'geneve', 4789), undefined)
  })

  it('may be somebody else’s, if it is external', () => {
    ns.ip('link add plain type vxlan id 7 dstport 4790 dev lo')
    ns.ip('link add theirs type vxlan external dstport 4789')
    assert.equal(found(4790), undefined)
    assert.equal(found(4789)?.name, 'theirs')
    assert.equal(found(4789)?.ours, false)
  })

  it('is set up where it is ours, and left alone where it is not', () => {
    const made = createTunnelDevice(ns.socket, 'vxlan', 4789)
    ns.ip('link set nicsteer-vxl down')
    raiseTunnelDevice(ns.socket, { ...made, up: false })
    assert.equal(found(4789)?.up, true)
    ns.ip('link add theirs type vxlan external dstport 4790')
    const theirs = found(4790)
    assert.ok(theirs)
    assert.throws(
      () => raiseTunnelDevice(ns.socket, theirs),
      (error: unknown) => error instanceof NicsteerError && error.code === 'TUNNEL_DEVICE_DOWN',
    )
    assert.equal(found(4790)?.up, false)
  })

  it('that cannot be made is refused with the kernel’s reason', () => {
    ns.ip('link set lo up')
    ns.ip('link add plain type vxlan id 0 dstport 4789')
    ns.ip('link set plain up')
    assert.throws(
      () => createTunnelDevice(ns.socket, 'vxlan', 4789),
      (error: unknown) => {
        assert.ok(error instanceof NicsteerError)
        assert.equal(error.code, 'TUNNEL_PORT_TAKEN')
        assert.match(error.message, /^cannot make vxlan device nicsteer-vxl on UDP port 4789: ./)
        return true
      },
    )
  })
})
