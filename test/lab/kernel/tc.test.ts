import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { type Ifindex, parseIp, parseMac } from '../../../src/base/types.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { createTunnelDevice, deleteLink, getLink } from '../../../src/kernel/rtnl.js'
import {
  addChain,
  addQdisc,
  asNew,
  type BpfFilter,
  deleteChain,
  deleteFilters,
  deleteQdisc,
  dumpFilters,
  ETH_P_ALL,
  ETH_P_ARP,
  ETH_P_IP,
  ensureClsact,
  type Filter,
  type FilterRef,
  type FlowerFilter,
  getFilter,
  installFilters,
  isFlower,
  listChains,
  listQdiscs,
  type MatchallFilter,
} from '../../../src/kernel/tc/index.js'
import { sh } from '../support/shell.js'
import { cases, type Devices } from './rules.js'

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
  const shownEverywhere = () => Object.values(NAMES).flatMap(shown)
  const clear = (ifindex: Ifindex) => {
    for (const { error } of deleteFilters(socket, dumpOn(ifindex) as FilterRef[])) assert.equal(error, undefined)
    assert.deepEqual(dumpOn(ifindex), [])
  }

  it('reads and writes fields by the same names and values as are meant', () => {
    const all = cases(devices).map(({ tc, ours, on = 'dummy' }, i) => {
      const place = { ifindex: devices[on], parent: 'ingress', chain: 0, priority: i + 1, protocol: ETH_P_ALL } as const
      const protocol = /^(protocol|chain)/.test(tc) ? '' : 'protocol all '
      const line = `filter add dev ${NAMES[on]} ingress pref ${i + 1} ${protocol}${tc}`
      const wanted: FlowerFilter = { kind: 'flower', ...place, ...ours }
      return { line, wanted }
    })
    batch(all.map(({ line }) => line))
    const theirs = shownEverywhere()
    const decoded = Object.values(devices).flatMap(dumpOn).filter(isFlower)
    for (const { line, wanted } of all) {
      const found = decoded.find(({ priority }) => priority === wanted.priority)
      assert.deepEqual(found && asNew(found), wanted, line)
    }
    for (const ifindex of Object.values(devices)) clear(ifindex)

    const outcomes = installFilters(
      socket,
      all.map(({ wanted }) => wanted),
      { echo: true },
    )
    for (const [i, { error, installed }] of outcomes.entries()) {
      assert.equal(error, undefined, all[i]?.line)
      assert.deepEqual(installed && asNew(installed), all[i]?.wanted, all[i]?.line)
    }
    for (const [i, one] of shownEverywhere().entries()) assert.deepEqual(one, theirs[i])
  })

  it('writes what tc has no words for, so that tc prints it as it is meant', () => {
    const { geneve } = devices
    const place = { kind: 'flower', ifindex: geneve, parent: 'ingress', chain: 0, protocol: ETH_P_IP } as const
    const tcp = { ethType: ETH_P_IP, ipProto: 6 }
    const pipe: FlowerFilter['actions'] = [{ kind: 'gact', control: 'pipe' }]
    const wanted = [
      {
        match: {
          encKeyId: 1,
          encOpts: { geneve: [0x80, 0x81].map((type) => ({ class: 0x102, type, data: '00010003' })) },
          encOptsMask: { geneve: ['0000ffff', '00000000'].map((data) => ({ class: 0xffff, type: 0xff, data })) },
        },
      },
      { match: { encSrcPort: 1, encDstPort: 6081, encDstPortMask: 0xfff0 } },
      { match: { arpOp: 3, arpOpMask: 0x0f, ethType: ETH_P_ARP }, protocol: ETH_P_ARP },
      { match: { ethType: ETH_P_IP, ipProto: 50, spi: 0x1000, spiMask: 0xff00 } },
      { match: { hash: 7, hashMask: 0xff } },
      { match: { ...tcp, dstIp: parseIp('10.0.0.1'), dstIpMask: parseIp('255.0.255.0') } },
      { match: { ...tcp, tcpSrc: 0x10, tcpSrcMask: 0x30 } },
      {
        match: tcp,
        actions: [{ kind: 'ct', commit: true, nat: { direction: 'dst', port: 8080 } }],
      },
      {
        match: tcp,
        actions: [
          { kind: 'police', rate: 125_000, burst: 10_001, mtu: 2040, exceed: { gotoChain: 4 }, conform: { jump: 1 } },
        ],
      },
    ].map((one, i) => ({ ...place, priority: i + 1, actions: pipe, ...one })) as FlowerFilter[]

    for (const { filter, error } of installFilters(socket, wanted))
      assert.equal(error, undefined, JSON.stringify(filter))
    const found = dumpOn(geneve).filter(isFlower)
    assert.deepEqual(found.map(asNew), wanted)
    const keys = shown(NAMES.geneve).map((one) => (one.options as { keys: object }).keys)
    assert.deepEqual(keys, [
      {
        enc_key_id: 1,
        geneve_opt_key: [0x80, 0x81].map((type) => ({ class: 0x102, type, data: [0, 1, 0, 3] })),
        geneve_opt_mask: [
          { class: 65535, type: 255, data: [0, 0, 255, 255] },
          { class: 65535, type: 255, data: [0, 0, 0, 0] },
        ],
      },
      // It has no words for source ports, SPI masks and hashes here either.
      { enc_dst_port: 6081, enc_dst_port_mask: 'fff0' },
      { eth_type: 'arp', arp_op: '3/15' },
      { eth_type: 'ipv4', ip_proto: 'esp', spi: '1000' },
      {},
      { eth_type: 'ipv4', ip_proto: 'tcp', dst_ip: '10.0.0.1/255.0.255.0' },
      { eth_type: 'ipv4', ip_proto: 'tcp', src_port: 16, src_port_mask: '30' },
      { eth_type: 'ipv4', ip_proto: 'tcp' },
      { eth_type: 'ipv4', ip_proto: 'tcp' },
    ])
    const text = sh(`tc filter show dev ${NAMES.geneve} ingress`)
    assert.match(text, /ct commit zone 0 nat dst port 8080 pipe/)
    assert.match(text, /rate 1Mbit burst 10001b mtu 2Kb action goto chain 4\/jump 1/)
  })

  it('makes actions of their own of what it has no codec for, which say the same', () => {
    const { dummy } = devices
    const raw = ['nat ingress 10.0.0.0/24 10.1.0.0', 'skbmod swap mac', 'simple sdata hello', 'connmark zone 3']
    raw.forEach((action, i) => {
      sh(`tc filter add dev ${NAMES.dummy} ingress pref ${i + 1} protocol ip flower action ${action}`)
    })
    const decoded = dumpOn(dummy).filter(isFlower)
    const copies = decoded.map((filter) => ({ ...asNew(filter), priority: filter.priority + 100 }))
    for (const { error } of installFilters(socket, copies)) assert.equal(error, undefined)
    const found = dumpOn(dummy).filter(isFlower)
    assert.deepEqual(
      found.slice(raw.length).map((filter) => asNew(filter)),
      copies,
    )
    for (const { actions } of found) assert.deepEqual([actions[0]?.refs, actions[0]?.binds], [1, 1])
    const texts = shown(NAMES.dummy).map(({ options }) => options)
    assert.deepEqual(texts.slice(raw.length), texts.slice(0, raw.length))

    // With the index, as it was read, the action is shared.
    const [shared] = installFilters(socket, [{ ...(decoded[0] as FlowerFilter), handle: undefined, priority: 500 }])
    assert.equal(shared?.error, undefined)
    assert.equal(dumpOn(dummy).filter(isFlower).at(-1)?.actions[0]?.binds, 2)
  })

  it('lists filters of all kinds, has each by its handle, and deletes exactly those asked for', () => {
    const { dummy } = devices
    batch([
      `filter add dev ${NAMES.dummy} ingress pref 5 protocol all matchall action drop`,
      `filter add dev ${NAMES.dummy} ingress pref 6 protocol ip u32 match ip dst 10.0.0.1/32 action drop`,
      `filter add dev ${NAMES.dummy} ingress pref 7 protocol all flower dst_mac 02:00:00:00:00:01 action drop`,
      `filter add dev ${NAMES.dummy} ingress pref 8 protocol all bpf bytecode "1,6 0 0 4294967295," action drop`,
    ])
    const found = dumpOn(dummy)
    const names = (filters: Filter[]) => filters.map((one) => (one.kind === 'raw' ? one.name : one.kind))
    // The first of u32 is its hash table.
    assert.deepEqual(names(found), ['matchall', 'u32', 'u32', 'flower', 'bpf'])
    for (const filter of found) assert.deepEqual(asNew(getFilter(socket, filter as FilterRef)!), asNew(filter))

    const [gone] = found.filter((one) => one.kind === 'matchall') as FilterRef[]
    for (const { error } of deleteFilters(socket, [gone!])) assert.equal(error, undefined)
    assert.equal(getFilter(socket, gone!), undefined)
    assert.throws(() => getFilter(socket, { ...(found.at(-1) as FilterRef), kind: 'matchall' }), {
      errnoName: 'EINVAL',
    })
    deleteFilters(socket, found.filter((one) => one.kind !== 'raw' && one !== found[0]) as FilterRef[])
    assert.deepEqual([...new Set(names(dumpOn(dummy)))], ['u32'])
  })

  it('installs matchall and bpf filters', () => {
    const { dummy: ifindex } = devices
    const place = { ifindex, parent: 'ingress', chain: 0, protocol: ETH_P_ALL } as const
    const drop: FlowerFilter['actions'] = [{ kind: 'gact', control: 'drop' }]
    const wanted: (MatchallFilter | BpfFilter)[] = [
      { kind: 'matchall', ...place, priority: 3, classId: 0x10003, flags: { skipHw: true }, actions: drop },
      { kind: 'bpf', ...place, priority: 4, ops: '06000000ffffffff', actions: drop },
      { kind: 'bpf', ...place, priority: 5, ops: '06000000ffffffff', directAction: true, actions: [] },
    ]
    for (const { error } of installFilters<Filter>(socket, wanted)) assert.equal(error, undefined)
    assert.deepEqual(dumpOn(ifindex).map(asNew), wanted)
    const [matchall, bpf, direct] = shown(NAMES.dummy).map((one): Record<string, unknown> => {
      return { kind: one.kind, ...(one.options as object) }
    })
    assert.deepEqual([matchall?.kind, matchall?.flowid, matchall?.skip_hw], ['matchall', '1:3', true])
    assert.deepEqual(bpf?.bytecode, { length: 1, insns: [{ code: 6, jt: 0, jf: 0, k: 0xffffffff }] })
    assert.equal(direct?.['direct-action'], true)
  })

  it('measures an average rate where the filter has an estimator', () => {
    const { dummy: ifindex } = devices
    const filter: FlowerFilter = {
      kind: 'flower',
      ifindex,
      parent: 'ingress',
      chain: 0,
      priority: 10,
      protocol: ETH_P_ALL,
      match: {},
      actions: [{ kind: 'police', averageRate: 125_000, exceed: 'drop' }],
    }
    const [without, withOne] = installFilters(socket, [
      filter,
      { ...filter, priority: 11, estimator: { interval: 0, ewmaLog: 2 } },
    ])
    assert.equal(without?.error?.errnoName, 'EINVAL')
    assert.equal(withOne?.error, undefined)
    const [found] = dumpOn(ifindex).filter(isFlower)
    assert.deepEqual(asNew(found!).actions, filter.actions)
    assert.match(sh(`tc filter show dev ${NAMES.dummy} ingress`), / avrate 1Mbit /)
  })

  it('has one set of filters for all devices of a shared block', () => {
    const block = 22
    const members = ['dummy3', 'dummy4'].map((name) => {
      sh(`ip link add ${name} type dummy`)
      return getLink(socket, name)!.ifindex
    })
    const [first, second] = members as [Ifindex, Ifindex]
    addQdisc(socket, { ifindex: first, kind: 'ingress', ingressBlock: block })
    addQdisc(socket, { ifindex: second, kind: 'clsact', ingressBlock: block, egressBlock: block + 1 })
    assert.deepEqual(
      members
        .flatMap((ifindex) => listQdiscs(socket, ifindex))
        .map(({ kind, ingressBlock, egressBlock }) => [kind, ingressBlock, egressBlock]),
      [
        ['ingress', block, undefined],
        ['clsact', block, block + 1],
      ],
    )
    assert.throws(() => addQdisc(socket, { ifindex: first, kind: 'clsact' }), { errnoName: 'EEXIST' })

    const rule: FlowerFilter = {
      kind: 'flower',
      ifindex: first,
      parent: 'ingress',
      block,
      chain: 3,
      priority: 10,
      protocol: ETH_P_ALL,
      match: { ethDst: parseMac('02:00:00:00:00:01') },
      actions: [{ kind: 'gact', control: 'ok' }],
    }
    assert.equal(installFilters(socket, [rule])[0]?.error, undefined)
    const places = [
      { ifindex: first, parent: 'ingress', block },
      { ifindex: first, parent: 'ingress' },
      { ifindex: second, parent: 'ingress' },
    ] as const
    for (const place of places) {
      assert.deepEqual(dumpFilters(socket, place).map(asNew), [{ ...rule, ifindex: place.ifindex }])
    }
    assert.deepEqual(dumpFilters(socket, { ...places[0], chain: 4 }), [])
    assert.deepEqual(
      listChains(socket, places[0]).map(({ chain, block: of }) => [chain, of]),
      [[3, block]],
    )
    assert.match(sh(`tc filter show block ${block}`), /chain 3 handle 0x1 \n {2}dst_mac 02:00:00:00:00:01/)

    const [found] = dumpFilters(socket, places[2])
    for (const { error } of deleteFilters(socket, [found as FilterRef])) assert.equal(error, undefined)
    assert.deepEqual(dumpFilters(socket, places[0]), [])
    for (const ifindex of members) deleteLink(socket, ifindex)
  })

  it('makes chains with a template, which filters must not go beyond', () => {
    const { dummy: ifindex } = devices
    const place = { ifindex, parent: 'ingress' } as const
    const match = { ethType: ETH_P_IP, dstIp: parseIp('0.0.0.0'), dstIpMask: parseIp('255.255.255.0') }
    addChain(socket, { ...place, chain: 5 })
    addChain(socket, { ...place, chain: 6, match })
    assert.deepEqual(listChains(socket, place), [
      { ...place, chain: 5 },
      { ...place, chain: 6, template: 'flower', match },
    ])
    assert.match(sh(`tc chain show dev ${NAMES.dummy} ingress`), /flower chain 6 \s*eth_type ipv4\s*dst_ip 0.0.0.0\/24/)
    assert.throws(() => addChain(socket, { ...place, chain: 5 }), { errnoName: 'EEXIST' })

    const rule: FlowerFilter = {
      kind: 'flower',
      ...place,
      chain: 6,
      priority: 10,
      protocol: ETH_P_IP,
      match: { ethType: ETH_P_IP, dstIp: parseIp('10.0.0.0'), dstIpMask: parseIp('255.255.255.0') },
      actions: [{ kind: 'gact', control: 'ok' }],
    }
    const [inside, beyond] = installFilters(socket, [
      rule,
      { ...rule, priority: 11, match: { ethType: ETH_P_IP, srcIp: parseIp('10.0.0.1') } },
    ])
    assert.equal(inside?.error, undefined)
    assert.equal(beyond?.error?.extack, 'cls_flower: Mask does not fit the template')

    deleteChain(socket, { ...place, chain: 6 })
    assert.deepEqual(
      listChains(socket, place).map(({ chain }) => chain),
      [5],
    )
    assert.throws(() => deleteChain(socket, { ...place, chain: 6 }), { extack: 'Cannot find specified filter chain' })
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

function batch(lines: readonly string[]): void {
  const { status, stderr } = spawnSync('tc', ['-batch', '-'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

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
