import assert from 'node:assert/strict'
import type { Ifindex } from '../../../src/base/types.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { createTunnelDevice, deleteLink, getLink } from '../../../src/kernel/rtnl.js'
import {
  asNew,
  deleteFilters,
  deleteQdisc,
  dumpFilters,
  ETH_P_ALL,
  ensureClsact,
  type Filter,
  type FilterRef,
  type FlowerFilter,
  installFilters,
  isFlower,
  listChains,
} from '../../../src/kernel/tc/index.js'
import { sh } from '../support/shell.js'
import { type Case, cases, type Devices } from './rules.js'

const NAMES = { dummy: 'dummy0', other: 'dummy1', geneve: 'gen1', vxlan: 'vx1' } as const

describe('kernel/tc against iproute2', () => {
  const socket = NetlinkSocket.open('route')
  let devices: Devices

  before(() => {
    sh(`ip link add ${NAMES.dummy} type dummy`)
    sh(`ip link add ${NAMES.other} type dummy`)
    createTunnelDevice(socket, { kind: 'geneve', name: NAMES.geneve, external: true, port: 6081 })
    createTunnelDevice(socket, { kind: 'vxlan', name: NAMES.vxlan, external: true, port: 4789, gbp: true })
    const indexOf = (name: string) => getLink(socket, name)!.ifindex
    devices = {
      dummy: indexOf(NAMES.dummy),
      other: indexOf(NAMES.other),
      geneve: indexOf(NAMES.geneve),
      vxlan: indexOf(NAMES.vxlan),
    }
  })
  // Every test has fresh qdiscs, whatever the one before left.
  beforeEach(() => {
    for (const ifindex of Object.values(devices)) ensureClsact(socket, ifindex)
  })
  afterEach(() => {
    for (const ifindex of Object.values(devices)) deleteQdisc(socket, ifindex)
  })
  after(() => {
    for (const ifindex of Object.values(devices)) deleteLink(socket, ifindex)
    socket[Symbol.dispose]()
  })

  const dumpOn = (ifindex: Ifindex) => dumpFilters(socket, { ifindex, parent: 'ingress' })
  const clear = (ifindex: Ifindex) => {
    for (const { error } of deleteFilters(socket, dumpOn(ifindex) as FilterRef[])) assert.equal(error, undefined)
    assert.deepEqual(dumpOn(ifindex), [])
  }

  // The devices' indices aren't known yet; the titles don't need them.
  const titles = cases({} as Devices).map(({ tc, on = 'dummy' }) => `${on}: ${tc}`)
  titles.forEach((title, i) => {
    it(`agrees on ${title}`, () => {
      const { tc, ours, on = 'dummy' } = cases(devices)[i] as Case
      const device = NAMES[on]
      const ifindex = devices[on]
      const wanted: FlowerFilter = {
        kind: 'flower',
        ifindex,
        parent: 'ingress',
        chain: 0,
        priority: 10,
        protocol: ETH_P_ALL,
        ...ours,
      }

      sh(
        `tc filter add dev ${device} ingress pref 10 ${tc.startsWith('protocol') || tc.startsWith('chain') ? '' : 'protocol all '}${tc}`,
      )
      const theirs = shown(device)
      const [decoded, ...others] = dumpOn(ifindex).filter(isFlower)
      assert.equal(others.length, 0)
      assert.deepEqual(asNew(decoded!), wanted)
      clear(ifindex)

      const [outcome] = installFilters(socket, [wanted], { echo: true })
      assert.equal(outcome?.error, undefined)
      assert.deepEqual(asNew(outcome!.installed!), wanted)
      assert.deepEqual(shown(device), theirs)
      clear(ifindex)
    })
  })

  it('leaves what it has no codec for as it was', () => {
    const { dummy } = devices
    const raw = [
      'flower action pedit ex munge eth dst set 02:00:00:00:00:09 pipe action csum ip4h',
      'flower action police rate 1mbit burst 10k conform-exceed drop',
      'flower num_of_vlans 1 action drop',
    ]
    for (const tc of raw) {
      sh(`tc filter add dev ${NAMES.dummy} ingress pref 10 protocol ip ${tc}`)
      const theirs = shown(NAMES.dummy)
      const [decoded] = dumpOn(dummy).filter(isFlower)
      // While the first one is there, its shared action is found by its index.
      const [outcome] = installFilters(socket, [{ ...asNew(decoded!), priority: 11 }])
      assert.equal(outcome?.error, undefined)
      const [first, second] = [
        shown(NAMES.dummy).filter((one) => one.pref === 10),
        shown(NAMES.dummy).filter((one) => one.pref === 11),
      ]
      assert.deepEqual(first, theirs)
      assert.deepEqual(
        second.map((one) => ({ ...one, pref: 10 })),
        theirs,
      )
      clear(dummy)
    }
  })

  it('lists filters of other kinds raw and deletes exactly those asked for', () => {
    const { dummy } = devices
    sh(`tc filter add dev ${NAMES.dummy} ingress pref 5 protocol all matchall action drop`)
    sh(`tc filter add dev ${NAMES.dummy} ingress pref 6 protocol ip u32 match ip dst 10.0.0.1/32 action drop`)
    sh(`tc filter add dev ${NAMES.dummy} ingress pref 7 protocol all flower dst_mac 02:00:00:00:00:01 action drop`)
    const found = dumpOn(dummy)
    const names = (filters: Filter[]) => filters.map((one) => (one.kind === 'raw' ? one.name : one.kind))
    assert.deepEqual([...new Set(names(found))], ['matchall', 'u32', 'flower'])
    deleteFilters(socket, found.filter((one) => one.kind === 'flower') as FilterRef[])
    assert.deepEqual([...new Set(names(dumpOn(dummy)))], ['matchall', 'u32'])
  })

  it('lists chains, and filters of one chain', () => {
    const { dummy: ifindex } = devices
    const rule = (chain: number): FlowerFilter => ({
      kind: 'flower',
      ifindex,
      parent: 'ingress',
      chain,
      priority: 10,
      protocol: ETH_P_ALL,
      match: {},
      actions: [{ kind: 'gact', control: 'ok' }],
    })
    installFilters(socket, [rule(0), rule(3), rule(7)])
    assert.deepEqual(
      listChains(socket, { ifindex, parent: 'ingress' }).map(({ chain }) => chain),
      [0, 3, 7],
    )
    assert.deepEqual(
      dumpFilters(socket, { ifindex, parent: 'ingress', chain: 3 }).map(({ chain }) => chain),
      [3],
    )
    clear(ifindex)
  })

  it('has the kernel’s text and attribute for a filter that flower refuses', () => {
    const { dummy: ifindex } = devices
    const base = { kind: 'flower', ifindex, parent: 'ingress', chain: 0, priority: 10, protocol: ETH_P_ALL } as const
    const actions: FlowerFilter['actions'] = [{ kind: 'gact', control: 'ok' }]
    const [options, cookie, mask, skipSw] = installFilters(socket, [
      { ...base, match: { encKeyId: 1, encOpts: { geneve: [{ class: 1, type: 1, data: '0102030405' }] } }, actions },
      { ...base, match: {}, actions: [{ kind: 'gact', control: 'ok', cookie: '00'.repeat(17) }] },
      { ...base, match: { ipFlags: 1 }, actions },
      { ...base, match: {}, actions, flags: { skipSw: true } },
    ])
    assert.equal(options?.error?.extack, 'Tunnel key geneve option data is not a multiple of 4 bytes long')
    assert.deepEqual(cookie?.error?.attributePath, ['TCA_OPTIONS', 'TCA_FLOWER_ACT', '[1]', 'TCA_ACT_COOKIE'])
    assert.equal(cookie?.error?.policy?.maxLength, 16)
    assert.equal(mask?.error?.extack, 'Missing flags mask')
    assert.equal(mask?.error?.missing, 'TCA_FLOWER_KEY_FLAGS_MASK')
    assert.equal(skipSw?.error?.errnoName, 'EOPNOTSUPP')
    assert.deepEqual(dumpOn(ifindex), [])
  })

  it('replaces the actions of a filter with the same handle, and refuses to without being told', () => {
    const { dummy: ifindex } = devices
    const base: FlowerFilter = {
      kind: 'flower',
      ifindex,
      parent: 'ingress',
      chain: 0,
      priority: 10,
      protocol: ETH_P_ALL,
      handle: 5,
      match: {},
      actions: [{ kind: 'gact', control: 'ok' }],
    }
    const changed: FlowerFilter = { ...base, actions: [{ kind: 'gact', control: 'drop' }] }
    const [first] = installFilters(socket, [base])
    const [again] = installFilters(socket, [changed])
    const [replaced] = installFilters(socket, [changed], { replace: true })
    assert.deepEqual([first?.error, again?.error?.errnoName, replaced?.error], [undefined, 'EEXIST', undefined])
    const [found] = dumpOn(ifindex).filter(isFlower)
    assert.equal(found?.handle, 5)
    assert.deepEqual(asNew(found!).actions, changed.actions)
    clear(ifindex)
  })

  it('reads flags and counters in a terse dump', () => {
    const { dummy: ifindex } = devices
    sh(`tc filter add dev ${NAMES.dummy} ingress pref 10 protocol all flower dst_mac 02:00:00:00:00:01 action drop`)
    const [found] = dumpFilters(socket, { ifindex, parent: 'ingress', terse: true }).filter(isFlower)
    assert.equal(found?.flags?.notInHw, true)
    assert.equal(found?.actions[0]?.stats?.packets, 0)
    clear(ifindex)
  })

  it('keeps the two directions apart where the device has an ingress qdisc only', () => {
    sh('ip link add dummy2 type dummy')
    sh('tc qdisc add dev dummy2 ingress')
    const { ifindex } = getLink(socket, 'dummy2')!
    assert.equal(ensureClsact(socket, ifindex), 'present')
    const rule: FlowerFilter = {
      kind: 'flower',
      ifindex,
      parent: 'ingress',
      chain: 0,
      priority: 10,
      protocol: ETH_P_ALL,
      match: {},
      actions: [{ kind: 'gact', control: 'ok' }],
    }
    assert.equal(installFilters(socket, [rule])[0]?.error, undefined)
    assert.equal(dumpFilters(socket, { ifindex, parent: 'ingress' }).length, 1)
    assert.deepEqual(dumpFilters(socket, { ifindex, parent: 'egress' }), [])
    assert.throws(() => installFilters(socket, [{ ...rule, parent: 'egress' }]), { code: 'BAD_FILTER' })
    deleteLink(socket, ifindex)
  })
})

interface Shown {
  pref: number
  [key: string]: unknown
}

/** What `tc -j` prints, without what differs from one installation of the same rule to the next. */
function shown(device: string): Shown[] {
  const all = JSON.parse(sh(`tc -j filter show dev ${device} ingress`), (key, value) =>
    key === 'index' || key === 'ref' || key === 'bind' ? undefined : value,
  ) as Shown[]
  return all.filter((one) => one.options !== undefined)
}
