import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Monitor, monitor } from '../../../src/kernel/monitor/monitor.js'
import { addRule, listRoutes, listRules, type Route } from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'

const TABLE = 100
const ADDED = 60_000
const DELETED = 40_000
/** The writer's last change, by which a reader knows that nothing more comes. */
const LAST = 4242

const keyOf = ({ dst, dstPrefix, type }: Route) => `${type} ${dst}/${dstPrefix}`

describe('kernel/monitor with 100,000 changes', function () {
  this.timeout(120_000)
  let ns: Namespace
  const folder = mkdtempSync(join(tmpdir(), 'nicsteer-test-'))
  const batch = join(folder, 'changes')

  before(() => {
    const dst = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    const lines = [
      ...Array.from({ length: ADDED }, (_, i) => `route add blackhole ${dst(i)} table ${TABLE}`),
      ...Array.from({ length: DELETED }, (_, i) => `route del blackhole ${dst(i)} table ${TABLE}`),
      `rule add pref ${LAST}`,
    ]
    writeFileSync(batch, `${lines.join('\n')}\n`)
  })
  after(() => rmSync(folder, { recursive: true }))
  beforeEach(function () {
    ns = Namespace.create(this)
  })
  afterEach(() => ns?.[Symbol.dispose]())

  const write = () => promisify(execFile)('ip', ['-n', ns.name, '-batch', batch])
  const dumped = () => new Set(listRoutes(ns.socket, { family: 4, table: TABLE }).map(keyOf))
  const isOver = () => listRules(ns.socket, 4).some(({ priority }) => priority === LAST)

  /** Applies what is told until the last change, and dumps where it is told to. */
  async function follow(events: Monitor, onEvent: () => Promise<unknown> | undefined) {
    let routes = dumped()
    let told = 0
    let resyncs = 0
    for await (const event of events) {
      if (event.kind === 'resync') {
        resyncs++
        // Which is told after the mark too, or is in what is read now.
        if (isOver()) return { routes: dumped(), told, resyncs }
        routes = dumped()
      } else if (event.kind === 'rule') {
        break
      } else if (event.kind === 'route' && event.route.table === TABLE) {
        told++
        if (event.change === 'new') routes.add(keyOf(event.route))
        else routes.delete(keyOf(event.route))
      }
      await onEvent()
    }
    return { routes, told, resyncs }
  }

  it('tells every single one to a reader that keeps up', async () => {
    await using events = monitor({ groups: ['route', 'rule'], netns: ns.path, receiveBytes: 256 << 20 })
    const written = write()
    const { routes, told, resyncs } = await follow(events, () => undefined)
    await written
    assert.equal(resyncs, 0)
    assert.equal(told, ADDED + DELETED)
    assert.deepEqual(routes, dumped())
  })

  it('tells a slow reader where something is lost, and everything after that', async () => {
    const small = { receiveBytes: 64 << 10, queueBytes: 64 << 10 }
    await using events = monitor({ groups: ['route', 'rule'], netns: ns.path, ...small })
    // The reader is stuck until more was written than both buffers hold, then reads slower than is written.
    const full = new Promise((resolve) =>
      setImmediate(function look() {
        if (dumped().size > 5000) resolve(undefined)
        else setImmediate(look)
      }),
    )
    const written = write()
    await full
    const { routes, told, resyncs } = await follow(events, () => new Promise(setImmediate))
    await written
    assert.ok(resyncs > 0)
    assert.ok(told < ADDED + DELETED)
    assert.deepEqual(routes, dumped())
    assert.equal(routes.size, ADDED - DELETED)
  })

  it('tells what happens as soon as it has told of a loss', async () => {
    // The queue takes one receive only, so its thread reads nothing more than it must.
    await using events = monitor({ groups: ['rule'], netns: ns.path, receiveBytes: 256 << 10, queueBytes: 1 })
    addRule(ns.socket, { priority: 1 })
    await events.next()
    for (let i = 0; i < 5000; i++) addRule(ns.socket, { priority: 10_000 + i })
    while ((await events.next()).value.kind !== 'resync') {}
    addRule(ns.socket, { priority: LAST })
    const { value } = await events.next()
    assert.equal(value.rule?.priority, LAST)
  })
})
