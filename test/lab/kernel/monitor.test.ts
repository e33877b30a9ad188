import assert from 'node:assert/strict'
import { type Ifindex, parseMac } from '../../../src/base/types.js'
import type { MonitorEvent } from '../../../src/kernel/monitor/event.js'
import { monitor } from '../../../src/kernel/monitor/monitor.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { createLink, deleteLink } from '../../../src/kernel/rtnl.js'
import {
  addChain,
  asNew,
  deleteChain,
  deleteFilters,
  deleteQdisc,
  dumpFilters,
  ETH_P_ALL,
  ensureClsact,
  type FilterRef,
  type FlowerFilter,
  installFilters,
  isFlower,
} from '../../../src/kernel/tc/index.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { sh } from '../support/shell.js'

const DEVICE = 'dummy-mon'

describe('kernel/monitor of tc', () => {
  const socket = NetlinkSocket.open('route')
  let ifindex: Ifindex

  before(() => {
    ifindex = createLink(socket, { kind: 'dummy', name: DEVICE }).ifindex
  })
  beforeEach(() => {
    ensureClsact(socket, ifindex)
  })
  after(() => {
    deleteLink(socket, ifindex)
    socket[Symbol.dispose]()
  })

  const filter = (priority: number, more: Partial<FlowerFilter> = {}): FlowerFilter => ({
    kind: 'flower',
    ifindex,
    parent: 'ingress',
    chain: 0,
    priority,
    protocol: ETH_P_ALL,
    match: { ethDst: parseMac('02:00:00:00:00:01') },
    actions: [{ kind: 'gact', control: 'drop' }],
    ...more,
  })

  /** What is told of `work`; its end is the device's qdisc, which is deleted. */
  async function toldOf(work: () => void): Promise<MonitorEvent[]> {
    const events = monitor({ groups: ['tc'] })
    work()
    deleteQdisc(socket, ifindex)
    const told: MonitorEvent[] = []
    for await (const event of events) {
      if (event.kind === 'qdisc' && event.change === 'del' && event.qdisc.kind === 'clsact') break
      told.push(event)
    }
    return told
  }

  it('tells filters that come and go as a dump shows them', async () => {
    let dumped: FlowerFilter[] = []
    const wanted = [filter(10), filter(11, { chain: 3 }), filter(12, { parent: 'egress' })]
    const told = await toldOf(() => {
      for (const { error } of installFilters(socket, wanted)) assert.equal(error, undefined)
      const dumps = (['ingress', 'egress'] as const).flatMap((parent) => dumpFilters(socket, { ifindex, parent }))
      dumped = dumps.filter(isFlower)
      deleteFilters(socket, dumped as FilterRef[])
    })
    const filters = (change: string) =>
      told.flatMap((event) =>
        event.kind === 'filter' && event.change === change && isFlower(event.filter) ? [event.filter] : [],
      )
    assert.deepEqual(filters('new').map(asNew), wanted)
    assert.deepEqual(
      filters('new').map(({ handle }) => handle),
      dumped.map(({ handle }) => handle),
    )
    assert.deepEqual(filters('del').map(asNew), wanted)
  })

  it('tells of a whole priority and of all filters that are deleted at once', async () => {
    const told = await toldOf(() => {
      installFilters(socket, [filter(10), filter(11), filter(12)])
      sh(`tc filter del dev ${DEVICE} ingress pref 11`)
      sh(`tc filter del dev ${DEVICE} ingress`)
    })
    const place = { ifindex, parent: 'ingress', chain: 0, protocol: ETH_P_ALL }
    assert.deepEqual(
      told.flatMap((event) => (event.kind === 'priority' ? [event.place] : [])),
      [11, 10, 12].map((priority) => ({ ...place, priority })),
    )
  })

  it('tells of chains, other classifiers, and filters on a shared block', async () => {
    const told = await toldOf(() => {
      addChain(socket, { ifindex, parent: 'ingress', chain: 5, match: { ethDst: parseMac('ff:ff:ff:ff:ff:ff') } })
      deleteChain(socket, { ifindex, parent: 'ingress', chain: 5 })
      sh(`tc filter add dev ${DEVICE} ingress pref 5 protocol all matchall action drop`)
      sh('ip link add dummy-block type dummy')
      sh('tc qdisc add dev dummy-block ingress_block 7 clsact')
      sh('tc filter add block 7 pref 6 protocol all flower action drop')
      sh('tc filter del block 7 pref 6')
      sh('ip link del dummy-block')
    })
    const words = told.flatMap((event) => {
      if (event.kind === 'chain' && event.chain.chain === 0) return []
      if (event.kind === 'chain') return [`${event.change} chain ${event.chain.chain} ${event.chain.template}`]
      if (event.kind === 'filter') return [`${event.change} ${event.filter.kind} block ${event.filter.block}`]
      return event.kind === 'priority' ? [`${event.change} ${event.name} priority block ${event.place.block}`] : []
    })
    assert.deepEqual(words, [
      'new chain 5 flower',
      'del chain 5 flower',
      'new matchall priority block undefined',
      'new flower block 7',
      'del flower priority block 7',
    ])
  })

  it('passes on filters of qdiscs that aren’t ours as they came', async () => {
    const told = await toldOf(() => {
      sh(`tc qdisc add dev ${DEVICE} root handle 1: prio`)
      sh(`tc filter add dev ${DEVICE} parent 1: pref 5 protocol all matchall classid 1:1`)
      sh(`tc qdisc del dev ${DEVICE} root`)
    })
    const raw = told.filter((event) => event.kind === 'raw')
    assert.deepEqual(
      raw.map(({ type }) => type),
      [uapi.RTM_NEWTFILTER],
    )
  })

  it('tells 2,000 flower rules one by one', async () => {
    const rules = Array.from({ length: 2000 }, (_, i) => {
      const low = (i & 255).toString(16).padStart(2, '0')
      return filter(20, { match: { ethDst: parseMac(`02:00:00:00:0${i >> 8}:${low}`) } })
    })
    const told = await toldOf(() => installFilters(socket, rules))
    assert.deepEqual(
      told.flatMap((event) => (event.kind === 'filter' && isFlower(event.filter) ? [asNew(event.filter)] : [])),
      rules,
    )
    // A chain of filters is told to come and go with them.
    assert.equal(told.length, rules.length + 1)
  })
})
