import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { parseIfindex } from '../../../src/base/types.js'
import { ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { writeMessage } from '../../../src/kernel/netlink/message.js'
import { inNetns } from '../../../src/kernel/netlink/netns.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { filterRequest } from '../../../src/kernel/tc/filter-message.js'
import { ensureClsact } from '../../../src/kernel/tc/qdisc.js'
import { Namespace } from '../support/namespace.js'

const thisNetns = () => readlinkSync('/proc/thread-self/ns/net')

describe('kernel/netlink/socket', () => {
  it('opens without privileges, each socket with an address of its own', () => {
    using one = NetlinkSocket.open('route')
    using other = NetlinkSocket.open('generic')
    using third = NetlinkSocket.open('route')
    assert.ok(one.portId > 0 && other.portId > 0)
    assert.notEqual(one.portId, third.portId)
  })

  it('refuses to work when it is closed, and closes once only', () => {
    const socket = NetlinkSocket.open('route')
    socket[Symbol.dispose]()
    socket[Symbol.dispose]()
    assert.throws(() => socket.receive({ wait: false }), { code: 'NETLINK_CLOSED' })
  })

  it('has nothing to read where nothing was asked', () => {
    using socket = NetlinkSocket.open('route')
    assert.equal(socket.receive({ wait: false }), undefined)
  })

  describe('in a network namespace', () => {
    let ns: Namespace
    before(function () {
      ns = Namespace.create(this)
    })
    after(() => ns?.[Symbol.dispose]())

    it('is back afterwards', () => {
      const home = thisNetns()
      assert.notEqual(
        inNetns(ns.path, () => thisNetns()),
        home,
      )
      assert.equal(thisNetns(), home)
    })

    it('is back also when the work inside throws', () => {
      const home = thisNetns()
      assert.throws(() =>
        inNetns(ns.path, () => {
          throw new Error('inside')
        }),
      )
      assert.equal(thisNetns(), home)
    })

    it('says which path is no namespace', () => {
      assert.throws(() => NetlinkSocket.open('route', { netns: '/run/netns/nobody' }), { code: 'NO_NETNS' })
      assert.throws(() => NetlinkSocket.open('route', { netns: '/proc/self/status' }), { code: 'NETNS_REFUSED' })
    })

    it('says that answers were lost, and works again afterwards', () => {
      const place = { ifindex: parseIfindex(4711), parent: 'ingress', chain: 0, priority: 1, protocol: 3 } as const
      const out = new ByteWriter()
      for (let i = 0; i < 1000; i++) writeMessage(out, filterRequest('', 44, 0, place, {}), 5, 0xffff0000 + i)
      // Each of these is answered, and nobody reads: the receive buffer has 8 MiB.
      for (let i = 0; i < 40; i++) ns.socket.send(out.written())
      assert.throws(() => ensureClsact(ns.socket, parseIfindex(1)), { code: 'NETLINK_OVERRUN' })
      assert.equal(ensureClsact(ns.socket, parseIfindex(1)), 'present')
    })
  })
})
