import assert from 'node:assert/strict'
import type { Ifindex } from '../../../src/base/types.js'
import {
  deleteFilters,
  deleteQdisc,
  dumpFilters,
  ETH_P_ALL,
  ensureClsact,
  type FilterRef,
  type FlowerFilter,
  ingressQdisc,
  installFilters,
  listQdiscs,
} from '../../../src/kernel/tc/index.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/tc/filter and qdisc', () => {
  let ns: Namespace
  let left: Ifindex
  let right: Ifindex

  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add name left type veth peer name right')
    left = ns.ifindexOf('left')
    right = ns.ifindexOf('right')
  })
  after(() => ns?.[Symbol.dispose]())
  afterEach(() => {
    for (const ifindex of [left, right]) {
      if (ingressQdisc(ns.socket, ifindex) !== undefined) deleteQdisc(ns.socket, ifindex)
    }
  })

  const flower = (change: Partial<FlowerFilter>): FlowerFilter => ({
    kind: 'flower',
    ifindex: left,
    parent: 'ingress',
    chain: 0,
    priority: 10,
    protocol: ETH_P_ALL,
    match: {},
    actions: [{ kind: 'gact', control: 'drop' }],
    ...change,
  })

  it('adds clsact once', () => {
    assert.equal(ensureClsact(ns.socket, left), 'added')
    assert.equal(ensureClsact(ns.socket, left), 'present')
    assert.deepEqual(
      listQdiscs(ns.socket, left).map(({ kind, handle }) => [kind, handle]),
      [['clsact', 0xffff0000]],
    )
    assert.equal(ingressQdisc(ns.socket, right), undefined)
  })

  it('leaves an ingress qdisc alone, and uses it', () => {
    ns.tc('qdisc add dev left ingress')
    assert.equal(ensureClsact(ns.socket, left), 'present')
    assert.equal(ingressQdisc(ns.socket, left)?.kind, 'ingress')
    ns.tc('filter add dev left ingress pref 7 protocol ip u32 match ip dst 10.0.0.1/32 flowid 1:1')
    const found = dumpFilters(ns.socket, { ifindex: left, parent: 'ingress' })
    assert.ok(found.length > 0)
    assert.deepEqual(dumpFilters(ns.socket, { ifindex: left, parent: 'egress' }), [])
  })

  it('says for a missing device that it is missing', () => {
    assert.throws(() => ensureClsact(ns.socket, 4711 as Ifindex), { errnoName: 'ENODEV' })
    assert.throws(() => deleteQdisc(ns.socket, left), { errnoName: 'ENOENT' })
  })

  it('keeps filters of other kinds raw, with place and handle', () => {
    ensureClsact(ns.socket, left)
    ns.tc('filter add dev left ingress pref 7 protocol ip u32 match ip dst 10.0.0.1/32 flowid 1:1')
    ns.tc('filter add dev left egress pref 8 protocol all u32 match u32 0 0 flowid 1:1')
    const found = dumpFilters(ns.socket, { ifindex: left, parent: 'ingress' })
    const last = found.at(-1)
    assert.ok(last?.kind === 'raw')
    assert.deepEqual(
      [last.name, last.ifindex, last.parent, last.chain, last.priority, last.protocol],
      ['u32', left, 'ingress', 0, 7, 0x0800],
    )
    assert.ok((last.options?.length ?? 0) > 0)
    assert.equal(dumpFilters(ns.socket, { ifindex: left, parent: 'egress' }).at(-1)?.priority, 8)
  })

  it('deletes exactly the filter that is named', () => {
    ensureClsact(ns.socket, left)
    for (const ip of ['10.0.0.1', '10.0.0.2']) {
      ns.tc(`filter add dev left ingress pref 7 protocol ip u32 match ip dst ${ip}/32 flowid 1:1`)
    }
    const before = dumpFilters(ns.socket, { ifindex: left, parent: 'ingress' })
    const last = before.at(-1) as FilterRef
    assert.deepEqual(deleteFilters(ns.socket, [last]), [{ filter: last }])
    const left7 = dumpFilters(ns.socket, { ifindex: left, parent: 'ingress' })
    assert.deepEqual(
      left7.map(({ handle }) => handle),
      before.slice(0, -1).map(({ handle }) => handle),
    )
  })

  it('has a refusal for a filter that isn’t there, or is of another kind', () => {
    ensureClsact(ns.socket, left)
    ns.tc('filter add dev left ingress pref 7 protocol ip u32 match ip dst 10.0.0.1/32 flowid 1:1')
    const [last] = dumpFilters(ns.socket, { ifindex: left, parent: 'ingress' }).slice(-1) as FilterRef[]
    const [gone, other] = deleteFilters(ns.socket, [
      { ...last!, priority: 9 },
      { ...last!, name: 'flower' },
    ])
    assert.equal(gone?.error?.errnoName, 'ENOENT')
    assert.equal(other?.error?.extack, 'Specified filter kind does not match existing one')
  })

  it('refuses what would reach more than one filter, before anything is sent', () => {
    const ref: FilterRef = { ifindex: left, parent: 'ingress', chain: 0, priority: 7, protocol: 3, handle: 1 }
    for (const change of [{ priority: 0 }, { priority: 65536 }, { handle: 0 }, { handle: Number.NaN }]) {
      assert.throws(() => deleteFilters(ns.socket, [{ ...ref, ...change }]), { code: 'BAD_FILTER' })
    }
    assert.throws(() => installFilters(ns.socket, [flower({ priority: 0 })]), { code: 'BAD_FILTER' })
  })

  it('refuses egress filters where they would land on ingress', () => {
    ns.tc('qdisc add dev left ingress')
    const ref: FilterRef = { ifindex: left, parent: 'egress', chain: 0, priority: 7, protocol: 3, handle: 1 }
    assert.throws(() => installFilters(ns.socket, [flower({ parent: 'egress' })]), { code: 'BAD_FILTER' })
    assert.throws(() => deleteFilters(ns.socket, [ref]), { code: 'BAD_FILTER' })
  })

  it('says which filters of several were refused, and why', () => {
    const outcomes = installFilters(ns.socket, [flower({}), flower({ ifindex: 4711 as Ifindex })])
    // No qdisc on the first, no device for the second.
    assert.deepEqual(
      outcomes.map(({ error }) => error?.code),
      ['KERNEL_REFUSED', 'KERNEL_REFUSED'],
    )
    assert.equal(outcomes[1]?.error?.errnoName, 'ENODEV')
  })
})
