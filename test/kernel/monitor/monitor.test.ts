import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { parseIp } from '../../../src/base/types.js'
import type { ChangeEvent, MonitorEvent } from '../../../src/kernel/monitor/event.js'
import { type Monitor, type MonitorOptions, monitor } from '../../../src/kernel/monitor/monitor.js'
import { sendto } from '../../../src/kernel/netlink/libc.js'
import { inNetns } from '../../../src/kernel/netlink/netns.js'
import { addRule } from '../../../src/kernel/rtnl.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { skip } from '../../support/skip.js'
import { Namespace } from '../support/namespace.js'

const MODULE = new URL('../../../src/kernel/monitor/monitor.js', import.meta.url).href
const LAST = 4242

describe('kernel/monitor', () => {
  let ns: Namespace
  beforeEach(function () {
    ns = Namespace.create(this)
  })
  afterEach(() => ns?.[Symbol.dispose]())

  const listen = (options: MonitorOptions) => monitor({ netns: ns.path, ...options })
  const addLast = () => addRule(ns.socket, { priority: LAST })
  const isLast = (event: MonitorEvent) => event.kind === 'rule' && event.rule.priority === LAST
  /** What is told before the rule that a test makes at its end, of both families. */
  const untilLast = async (events: Monitor): Promise<MonitorEvent[]> => {
    const told: MonitorEvent[] = []
    for await (const event of events) {
      if (isLast(event)) break
      told.push(event)
    }
    return told
  }
  const changes = (events: MonitorEvent[]) =>
    events.map((event) => {
      assert.ok(event.kind !== 'raw' && event.kind !== 'resync')
      return event
    })
  const short = (event: ChangeEvent) => `${event.kind} ${event.change}`

  it('tells what is made and what goes, from the moment it returns', async () => {
    const events = listen({ groups: ['link', 'address', 'neigh', 'route', 'rule', 'tc'] })
    ns.ip('link add name left type veth peer name right')
    const left = ns.ifindexOf('left')
    ns.ip('address add 10.0.0.1/24 dev left')
    ns.ip('neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev left')
    ns.ip('neigh del 10.0.0.9 dev left')
    ns.ip('-6 route add blackhole fd00:1::/64')
    ns.ip('rule add from 10.0.0.1 lookup 100 pref 7')
    ns.tc('qdisc add dev left clsact')
    ns.tc('qdisc del dev left clsact')
    ns.ip('link del left')
    addLast()
    const told = changes(await untilLast(events))

    const wanted = ['link new', 'address new', 'neighbour new', 'neighbour del', 'route new', 'rule new', 'qdisc new']
    // In this order, whatever else the kernel tells in between.
    let at = 0
    for (const what of [...wanted, 'qdisc del', 'address del', 'link del']) {
      at = told.findIndex((event, i) => i >= at && short(event) === what)
      assert.ok(at >= 0, what)
    }
    const find = (what: string) => told.find((event) => short(event) === what)
    const made = find('neighbour new')
    assert.ok(made?.kind === 'neighbour' && made.neighbour.ip === '10.0.0.9' && made.neighbour.ifindex === left)
    const route = told.find((event) => event.kind === 'route' && event.route.dst === parseIp('fd00:1::'))
    assert.ok(route?.kind === 'route' && route.route.type === 'blackhole')
    const rule = find('rule new')
    assert.ok(rule?.kind === 'rule' && rule.rule.src === '10.0.0.1' && rule.rule.table === 100)
    const qdisc = find('qdisc del')
    assert.ok(qdisc?.kind === 'qdisc' && qdisc.qdisc.kind === 'clsact' && qdisc.qdisc.ifindex === left)
    const gone = find('link del')
    assert.ok(gone?.kind === 'link' && ['left', 'right'].includes(gone.link.name))
  })

  it('listens to nothing but what was asked for', async () => {
    const events = listen({ groups: ['rule'] })
    ns.ip('link add name left type veth peer name right')
    ns.ip('-6 rule add pref 7 lookup 100')
    addLast()
    const [only, ...others] = changes(await untilLast(events))
    assert.ok(only?.kind === 'rule' && only.rule.family === 6)
    assert.deepEqual(others, [])
  })

  it('tells whose request made a change', async () => {
    const events = listen({ groups: ['rule'] })
    addLast()
    const { value } = await events.next()
    assert.equal(value.by, ns.socket.portId)
    await events.close()
  })

  it('marks a route that replaces another', async () => {
    const events = listen({ groups: ['route', 'rule'] })
    ns.ip('route add blackhole 10.1.0.0/16')
    ns.ip('route replace unreachable 10.1.0.0/16')
    addLast()
    const told = (await untilLast(events)).map((event) =>
      event.kind === 'route' ? [event.change, event.route.type, event.replaces] : event,
    )
    assert.deepEqual(told, [
      ['new', 'blackhole', undefined],
      ['new', 'unreachable', true],
    ])
  })

  it('doesn’t take a port that leaves a bridge for a link that is gone', async function () {
    try {
      ns.ip('link add name br type bridge')
    } catch {
      skip(this, 'this kernel has no bridges')
    }
    ns.ip('link add name left type veth peer name right')
    ns.ip('link set left master br')
    const events = listen({ groups: ['link', 'neigh', 'rule'] })
    ns.ip('link set left nomaster')
    addLast()
    const told = await untilLast(events)
    assert.ok(told.some((event) => event.kind === 'raw' && event.type === uapi.RTM_DELLINK))
    assert.ok(!told.some((event) => event.kind === 'link' && event.change === 'del'))
    assert.ok(told.some((event) => event.kind === 'fdb' && event.change === 'del' && event.entry.of === 'master'))
  })

  it('says that a message was too large, and has room for the next one', async () => {
    const events = listen({ groups: ['link', 'rule'], datagramBytes: 256 })
    ns.ip('link set lo up')
    addLast()
    assert.deepEqual(await untilLast(events), [{ kind: 'resync', reason: 'truncated' }])

    const again = listen({ groups: ['link', 'rule'], datagramBytes: 256 })
    ns.ip('link set lo down')
    assert.deepEqual((await again.next()).value, { kind: 'resync', reason: 'truncated' })
    ns.ip('link set lo up')
    const { value } = await again.next()
    assert.ok(value.kind === 'link' && value.link.up)
    await again.close()
  })

  it('believes nobody but the kernel', async () => {
    const events = listen({ groups: ['rule'] })
    const sockets = inNetns(ns.path, () => readFileSync('/proc/thread-self/net/netlink', 'utf8'))
    // Columns: address, protocol, port id, bit mask of the groups.
    const listening = sockets.split('\n').map((line) => line.trim().split(/\s+/))
    const portId = Number(listening.find(([, protocol, , groups]) => protocol === '0' && groups !== '00000000')?.[2])
    assert.ok(portId > 0)
    const address = new Uint8Array(12)
    new DataView(address.buffer).setUint16(0, uapi.AF_NETLINK, true)
    new DataView(address.buffer).setUint32(4, portId, true)
    const rubbish = new Uint8Array(64).fill(0xff)
    assert.equal(sendto(ns.socket.fd, rubbish, rubbish.length, 0, address, address.length), rubbish.length)
    addLast()
    assert.deepEqual(await untilLast(events), [])
  })

  it('refuses a namespace that isn’t there', () => {
    assert.throws(() => monitor({ groups: ['link'], netns: '/run/netns/nobody' }), { code: 'NO_NETNS' })
  })

  describe('ends', () => {
    const threads = () => readdirSync('/proc/self/task').length
    const files = () => readdirSync('/proc/self/fd').length

    it('for a reader that waits, and leaves neither a thread nor a file open', async () => {
      // The first worker of a process brings more than itself.
      await listen({ groups: ['link'] }).close()
      const before = [threads(), files()]
      for (let i = 0; i < 5; i++) {
        const events = listen({ groups: ['link'] })
        const [next] = await Promise.all([events.next(), events.close(), events.close()])
        assert.deepEqual(next, { done: true, value: undefined })
        assert.equal((await events.next()).done, true)
      }
      assert.deepEqual([threads(), files()], before)
    })

    it('when a loop over it is broken off, also by an error', async () => {
      const events = listen({ groups: ['rule'] })
      addLast()
      await assert.rejects(async () => {
        for await (const _ of events) throw new Error('inside')
      }, /inside/)
      assert.equal((await events.next()).done, true)
    })

    it('when its thread waits for a reader that never comes', async () => {
      const events = listen({ groups: ['rule'], queueBytes: 1, receiveBytes: 1 })
      for (let i = 0; i < 1000; i++) addRule(ns.socket, { priority: 1 + i })
      await events.close()
    })

    it('with the error of its thread', async () => {
      const events = listen({ groups: ['rule'], datagramBytes: 2 ** 50 })
      await assert.rejects(events.next(), /array/i)
      assert.equal((await events.next()).done, true)
    })

    it('with its process, whatever that ends by', () => {
      const run = (ending: string) => {
        const text = `
          import { monitor } from '${MODULE}'
          import { execFileSync } from 'node:child_process'
          const events = monitor({ groups: ['rule'], netns: '${ns.path}' })
          execFileSync('ip', ['-n', '${ns.name}', 'rule', 'add', 'lookup', '100'])
          await events.next() // Now its thread waits in the kernel.
          ${ending}`
        // Less than the socket's own time limit.
        const { status, signal, stderr } = spawnSync('node', ['--input-type=module', '-e', text], { timeout: 9000 })
        return [signal ?? status, `${stderr}`.includes('own error')]
      }
      assert.deepEqual(run('process.exit(3)'), [3, false])
      assert.deepEqual(run('events.close()'), [0, false])
      assert.deepEqual(run('throw new Error("own error")'), [1, true])
    })
  })
})
