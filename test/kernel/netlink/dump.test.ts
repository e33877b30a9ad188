import assert from 'node:assert/strict'
import { linkMessage } from '../../../src/kernel/link/message.js'
import { dump, dumpAsync } from '../../../src/kernel/netlink/dump.js'
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

const WAYS = {
  dump: async <R>(...args: Parameters<typeof dump<R>>) => dump(...args),
  dumpAsync,
}

for (const [name, read] of Object.entries(WAYS)) {
  describe(`kernel/netlink/dump ${name}`, () => {
    let ns: Namespace
    before(function () {
      ns = Namespace.create(this)
      // More than one datagram's worth.
      for (let i = 0; i < 30; i++) ns.ip(`link add name left${i} type veth peer name right${i}`)
    })
    after(() => ns?.[Symbol.dispose]())

    it('reads all parts', async () => {
      const names = await read(ns.socket, LINKS, nameOf)
      assert.equal(new Set(names).size, 61)
    })

    it('begins again when something changed while it read', async () => {
      using socket = NetlinkSocket.open('route', { netns: ns.path, datagrams: 1, receiveBytes: 8192 })
      let calls = 0
      const names = await read(socket, LINKS, (message) => {
        if (calls++ === 0) ns.ip('link add name late type veth peer name later')
        return nameOf(message)
      })
      assert.ok(calls > names.length)
      assert.equal(new Set(names).size, names.length)
      assert.ok(names.includes('late') && names.includes('later'))
      ns.ip('link del late')
    })

    it('gives up when it never stands still', async () => {
      using socket = NetlinkSocket.open('route', { netns: ns.path, datagrams: 1, receiveBytes: 8192 })
      let i = 0
      const change = (message: Message) => {
        if (nameOf(message) === 'lo') ns.ip(`link add name churn${i++} type veth peer name other${i}`)
        return true
      }
      await assert.rejects(read(socket, LINKS, change), { code: 'NETLINK_DUMP_INTERRUPTED' })
      while (i-- > 0) ns.ip(`link del churn${i}`)
    })

    it('reads datagrams that were too big for its buffer at first', async () => {
      using socket = NetlinkSocket.open('route', { netns: ns.path, receiveBytes: 512 })
      assert.equal(new Set(await read(socket, LINKS, nameOf)).size, 61)
    })

    it('leaves out what decodes to undefined', async () => {
      assert.deepEqual(await read(ns.socket, LINKS, (message) => (nameOf(message) === 'lo' ? 'lo' : undefined)), ['lo'])
    })

    it('throws what decoding throws, and can dump again at once', async () => {
      const fail = () => {
        throw new RangeError('no')
      }
      await assert.rejects(read(ns.socket, LINKS, fail), RangeError)
      assert.equal((await read(ns.socket, LINKS, nameOf)).length, 61)
    })

    it('has the kernel’s words when it is refused', async () => {
      // Strict checking: a dump's header has no state.
      const header = { family: 0, ifindex: 0, state: 1, flags: 0, type: 0 }
      const message = request(neighbourMessage, { what: 'list neighbours', type: uapi.RTM_GETNEIGH }, header, {})
      await assert.rejects(
        read(ns.socket, message, () => 1),
        (error) =>
          error instanceof KernelRefusal && error.extack === 'Invalid values in header for neighbor dump request',
      )
    })
  })
}
