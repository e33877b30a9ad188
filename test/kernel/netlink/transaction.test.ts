import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { type Ifindex, parseIfindex } from '../../../src/base/types.js'
import { linkMessage } from '../../../src/kernel/link/message.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import { readBody, request } from '../../../src/kernel/netlink/message.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { execute, query, transact, transactAsync } from '../../../src/kernel/netlink/transaction.js'
import { tcMessage } from '../../../src/kernel/tc/message.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { Namespace } from '../support/namespace.js'

const CREATE_EXCL = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL

function addQdisc(ifindex: number, kind = 'clsact') {
  return request(
    tcMessage,
    { what: 'add qdisc', type: uapi.RTM_NEWQDISC, flags: CREATE_EXCL },
    { family: 0, ifindex, handle: 0xffff0000, parent: 0xfffffff1, info: 0 },
    { kind },
  )
}

function renameLink(ifindex: number, name: string) {
  const header = { family: 0, type: 0, index: ifindex, flags: 0, change: 0 }
  return request(linkMessage, { what: 'rename', type: uapi.RTM_NEWLINK }, header, { mtu: 1500, name })
}

describe('kernel/netlink/transaction', () => {
  let ns: Namespace
  let a: Ifindex
  let b: Ifindex

  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add name left type veth peer name right')
    a = ns.ifindexOf('left')
    b = ns.ifindexOf('right')
  })
  after(() => ns?.[Symbol.dispose]())

  it('goes on after a refusal in the middle and says which request it was', () => {
    const outcomes = transact(ns.socket, [addQdisc(a), addQdisc(4711), addQdisc(a), addQdisc(b)])
    assert.deepEqual(
      outcomes.map(({ error }) => error?.errnoName),
      [undefined, 'ENODEV', 'EEXIST', undefined],
    )
  })

  it('has the kernel’s own words for a refusal', () => {
    const [outcome] = transact(ns.socket, [addQdisc(a)])
    assert.ok(outcome?.error instanceof KernelRefusal)
    assert.equal(outcome.error.code, 'KERNEL_REFUSED')
    assert.equal(outcome.error.errno, constants.errno.EEXIST)
    assert.equal(outcome.error.extack, 'Exclusivity flag on, cannot modify')
    assert.equal(outcome.error.message, 'add qdisc: EEXIST: Exclusivity flag on, cannot modify')
  })

  it('names the attribute that the kernel objects to', () => {
    // Longer than IFNAMSIZ: refused by the policy of IFLA_IFNAME (net/core/rtnetlink.c ifla_policy).
    const [outcome] = transact(ns.socket, [renameLink(a, 'a-name-that-is-far-too-long')])
    assert.equal(outcome?.error?.errnoName, 'ERANGE')
    assert.deepEqual(outcome?.error?.attributePath, ['IFLA_IFNAME'])
    assert.equal(outcome?.error?.policy?.maxLength, 15)
  })

  it('names an attribute inside a nest whose content depends on a kind beside it', () => {
    const header = { family: 0, type: 0, index: 0, flags: 0, change: 0 }
    // IFLA_VXLAN_ID beyond 24 bits (drivers/net/vxlan/vxlan_core.c vxlan_validate).
    const info = { kind: 'vxlan', data: '08000100ffffff7f' }
    const add = request(linkMessage, { what: 'add', type: uapi.RTM_NEWLINK, flags: CREATE_EXCL }, header, { info })
    const [outcome] = transact(ns.socket, [add])
    assert.equal(outcome?.error?.errnoName, 'ERANGE')
    assert.deepEqual(outcome?.error?.attributePath, ['IFLA_LINKINFO', 'IFLA_INFO_DATA', 'IFLA_VXLAN_ID'])
  })

  it('keeps the requests of more than one send apart', () => {
    const requests = Array.from({ length: 1000 }, (_, i) => addQdisc(i % 2 === 0 ? a : 4711))
    const names = transact(ns.socket, requests).map(({ error }) => error?.errnoName)
    assert.deepEqual(
      names,
      requests.map((_, i) => (i % 2 === 0 ? 'EEXIST' : 'ENODEV')),
    )
  })

  it('knows which quiet requests were refused, and that the others are done, without an answer to each', () => {
    // Small ones are cut off by their number, big ones by their bytes; either way the last of a send is answered.
    for (const alias of ['', 'x'.repeat(200)]) {
      const header = { family: 0, type: 0, flags: 0, change: 0 }
      const requests = Array.from({ length: 5000 }, (_, i) => ({
        ...request(
          linkMessage,
          { what: 'set', type: uapi.RTM_NEWLINK },
          { ...header, index: i % 7 === 3 ? 4711 : a },
          { alias },
        ),
        quiet: true,
      }))
      const outcomes = transact(ns.socket, requests)
      assert.deepEqual(
        outcomes.map(({ error }) => error?.errnoName),
        requests.map((_, i) => (i % 7 === 3 ? 'ENODEV' : undefined)),
      )
      assert.equal(ns.socket.receive({ wait: false }), undefined)
    }
  })

  it('tells of a quiet request that is the last and refused', () => {
    const names = transact(ns.socket, [addQdisc(a), { ...addQdisc(4711), quiet: true }]).map(
      ({ error }) => error?.errnoName,
    )
    assert.deepEqual(names, ['EEXIST', 'ENODEV'])
  })

  it('asks for each request when its turn comes', () => {
    const asked: number[] = []
    const outcomes = transact(ns.socket, {
      length: 300,
      at: (i) => {
        asked.push(i)
        return i < 300 ? addQdisc(a) : undefined
      },
    })
    assert.equal(outcomes.length, 300)
    assert.deepEqual(
      [...new Set(asked)].slice(0, 300),
      Array.from({ length: 300 }, (_, i) => i),
    )
  })

  it('does the same on another thread, and lets timers run meanwhile', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const requests = Array.from({ length: 10_000 }, () => addQdisc(a))
    const outcomes = await transactAsync(ns.socket, requests)
    clearInterval(timer)
    assert.equal(outcomes.length, requests.length)
    assert.ok(outcomes.every(({ error }) => error?.errnoName === 'EEXIST'))
    assert.ok(ticks > 0)
  })

  it('has the outcome of each request of many, sent on another thread', async () => {
    const requests = Array.from({ length: 1000 }, (_, i) => ({
      ...addQdisc(i % 7 === 3 ? parseIfindex(4711) : a),
      quiet: i % 2 === 0,
    }))
    const outcomes = await transactAsync(ns.socket, requests)
    assert.deepEqual(
      outcomes.map(({ error }) => error?.errnoName),
      requests.map((_, i) => (i % 7 === 3 ? 'ENODEV' : 'EEXIST')),
    )
    assert.equal(ns.socket.receive({ wait: false }), undefined)
  })

  it('takes the answers to what was sent when a later request can’t be encoded', async () => {
    const requests = {
      length: 600,
      at: (i: number) => {
        if (i === 300) throw new RangeError('request 300')
        return addQdisc(a)
      },
    }
    await assert.rejects(transactAsync(ns.socket, requests), RangeError)
    assert.equal(ns.socket.receive({ wait: false }), undefined)
  })

  it('refuses other use of a socket that another thread uses', async () => {
    using socket = NetlinkSocket.open('route', { netns: ns.path })
    const running = transactAsync(socket, [addQdisc(a)])
    assert.throws(() => transact(socket, [addQdisc(a)]), { code: 'NETLINK_BUSY' })
    await assert.rejects(transactAsync(socket, [addQdisc(a)]), { code: 'NETLINK_BUSY' })
    const [outcome] = await running
    assert.equal(outcome?.error?.errnoName, 'EEXIST')
    assert.equal(transact(socket, [addQdisc(a)]).length, 1)
  })

  it('leaves no file open behind a socket that is closed while another thread uses it', async () => {
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    const socket = NetlinkSocket.open('route', { netns: ns.path })
    const running = transactAsync(socket, [addQdisc(a)])
    socket[Symbol.dispose]()
    await assert.rejects(running, { code: 'NETLINK_CLOSED' })
    assert.equal(open(), before)
  })

  it('gives the answer to a question', () => {
    const header = { family: 0, type: 0, index: a, flags: 0, change: 0 }
    const get = request(linkMessage, { what: 'get link', type: uapi.RTM_GETLINK }, header, {})
    assert.equal(
      query(ns.socket, get, (reply) => readBody(linkMessage, reply).attributes.name),
      'left',
    )
  })

  it('throws the refusal of a single request', () => {
    assert.throws(() => execute(ns.socket, addQdisc(a)), KernelRefusal)
  })

  it('says so when a question has no answer', () => {
    ns.ip('link add name lonely type veth peer name other')
    const header = { family: 0, ifindex: ns.ifindexOf('lonely'), handle: 0, parent: 0xffffffff, info: 0 }
    const get = request(tcMessage, { what: 'get qdisc', type: uapi.RTM_GETQDISC }, header, {})
    assert.throws(() => query(ns.socket, get, () => 1), { code: 'NETLINK_NO_REPLY' })
  })

  it('tells the answers of an abandoned transaction from its own', () => {
    // Sent, and its ACK left in the queue.
    const stale = parseIfindex(4711)
    ns.socket.send(new Uint8Array(Buffer.from('10000000120005006300000000000000', 'hex')))
    const [outcome] = transact(ns.socket, [addQdisc(stale)])
    assert.equal(outcome?.error?.errnoName, 'ENODEV')
  })
})
