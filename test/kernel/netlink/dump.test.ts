import assert from 'node:assert/strict'
import { linkMessage } from '../../../src/kernel/link/message.js'
import { dump } from '../../../src/kernel/netlink/dump.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import { type Message, readBody, request } from '../../../src/kernel/netlink/message.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { neighbourMessage } from '../../../src/kernel/route/message.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { Namespace } from '../support/namespace.js'

const LINKS = request(
  linkMessage,
  { what: 'list links', type: uapi.RTM_GETLINK },
  { family: 0, type: 0, index: 0, flags: 0, change: 0 },
  {},
)
const nameOf = (message: Message) => readBody(linkMessage, message).attributes.name

describe('kernel/netlink/dump', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    // More than one datagram's worth.
    for (let i = 0; i < 30; i++) ns.ip(`link add name left${i} type veth peer name right${i}`)
  })
  after(() => ns?.[Symbol.dispose]())

  it('reads all parts', () => {
    const names = dump(ns.socket, LINKS, nameOf)
    assert.equal(new Set(names).size, 61)
  })

  it('begins again when something changed while it read', () => {
    using socket = NetlinkSocket.open('route', { netns: ns.path, datagrams: 1 })
    let calls = 0
    const names = dump(socket, LINKS, (message) => {
      if (calls++ === 0) ns.ip('link add name late type veth peer name later')
      return nameOf(message)
    })
    assert.ok(calls > names.length)
    assert.equal(new Set(names).size, names.length)
    assert.ok(names.includes('late') && names.includes('later'))
    ns.ip('link del late')
  })

  it('gives up when it never stands still', () => {
    using socket = NetlinkSocket.open('route', { netns: ns.path, datagrams: 1 })
    let i = 0
    const change = (message: Message) => {
      if (nameOf(message) === 'lo') ns.ip(`link add name churn${i++} type veth peer name other${i}`)
      return true
    }
    assert.throws(() => dump(socket, LINKS, change), { code: 'NETLINK_DUMP_INTERRUPTED' })
    while (i-- > 0) ns.ip(`link del churn${i}`)
  })

  it('reads datagrams that were too big for its buffer at first', () => {
    using socket = NetlinkSocket.open('route', { netns: ns.path, receiveBytes: 512 })
    assert.equal(new Set(dump(socket, LINKS, nameOf)).size, 61)
  })

  it('leaves out what decodes to undefined', () => {
    assert.deepEqual(
      dump(ns.socket, LINKS, (message) => (nameOf(message) === 'lo' ? 'lo' : undefined)),
      ['lo'],
    )
  })

  it('throws what decoding throws, and can dump again at once', () => {
    const fail = () => {
      throw new RangeError('no')
    }
    assert.throws(() => dump(ns.socket, LINKS, fail), RangeError)
    assert.equal(dump(ns.socket, LINKS, nameOf).length, 61)
  })

  it('has the kernel’s words when it is refused', () => {
    // Strict checking: a dump's header has no state.
    const header = { family: 0, ifindex: 0, state: 1, flags: 0, type: 0 }
    const message = request(neighbourMessage, { what: 'list neighbours', type: uapi.RTM_GETNEIGH }, header, {})
    assert.throws(
      () => dump(ns.socket, message, () => 1),
      (error) =>
        error instanceof KernelRefusal && error.extack === 'Invalid values in header for neighbor dump request',
    )
  })
})
