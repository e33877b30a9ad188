import assert from 'node:assert/strict'
import { parseIp } from '../../../src/base/types.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import {
  getNeighbour,
  kickNeighbour,
  listAddresses,
  listNeighbours,
  listRoutes,
  listRules,
  lookupRoute,
} from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'

describe('kernel/route', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    for (const command of [
      'link set dev lo up',
      'link add name left type veth peer name right',
      'link set dev left up',
      'link set dev right up',
      'address add 10.0.0.1/24 dev left',
      'address add fd00::1/64 dev left nodad',
      'route add 10.1.0.0/16 via 10.0.0.9 metric 7',
      'route add 10.2.0.0/16 nexthop via 10.0.0.8 weight 3 nexthop via 10.0.0.9',
      'route add unreachable 10.3.0.0/16',
      'route add prohibit 10.4.0.0/16',
      'route add 10.5.0.0/16 via inet6 fd00::9 dev left',
      'route add 10.6.0.0/16 via 10.0.0.7 table 100',
      'rule add from 10.0.0.1 to 10.6.0.1 iif lo lookup 100 priority 50',
      'rule add fwmark 0x10/0xf0 prohibit priority 60',
      'neighbour add 10.0.0.9 lladdr 02:00:00:00:00:09 dev left nud permanent',
      'neighbour add fd00::9 lladdr 02:00:00:00:00:09 dev left nud stale',
    ]) {
      ns.ip(command)
    }
  })
  after(() => ns?.[Symbol.dispose]())

  describe('look-up', () => {
    it('finds a destination on the link', () => {
      const oif = ns.ifindexOf('left')
      assert.deepEqual(lookupRoute(ns.socket, { dst: parseIp('10.0.0.2') }), {
        type: 'unicast',
        oif,
        prefsrc: '10.0.0.1',
        table: 254,
      })
    })

    it('finds a gateway, of the other family too', () => {
      assert.equal(lookupRoute(ns.socket, { dst: parseIp('10.1.0.1') }).gateway, '10.0.0.9')
      assert.equal(lookupRoute(ns.socket, { dst: parseIp('10.5.0.1') }).gateway, 'fd00::9')
    })

    it('knows that a destination is local', () => {
      assert.equal(lookupRoute(ns.socket, { dst: parseIp('10.0.0.1') }).type, 'local')
      assert.equal(lookupRoute(ns.socket, { dst: parseIp('fd00::1') }).type, 'local')
    })

    it('follows rules about source and incoming interface', () => {
      const [src, dst] = [parseIp('10.0.0.1'), parseIp('10.6.0.1')]
      assert.equal(lookupRoute(ns.socket, { src, dst }).table, 100)
      assert.throws(() => lookupRoute(ns.socket, { dst: parseIp('10.6.0.2') }), { errnoName: 'ENETUNREACH' })
    })

    it('answers IPv6 too', () => {
      const found = lookupRoute(ns.socket, { dst: parseIp('fd00::2'), src: parseIp('fd00::1') })
      assert.deepEqual([found.type, found.oif], ['unicast', ns.ifindexOf('left')])
    })

    const refused: [string, string][] = [
      ['10.3.0.1', 'EHOSTUNREACH'],
      ['10.4.0.1', 'EACCES'],
      ['10.9.0.1', 'ENETUNREACH'],
    ]
    for (const [dst, errnoName] of refused) {
      it(`says ${errnoName} for ${dst}`, () => {
        assert.throws(
          () => lookupRoute(ns.socket, { dst: parseIp(dst) }),
          (error) => error instanceof KernelRefusal && error.errnoName === errnoName,
        )
      })
    }
  })

  it('lists routes as ip does', () => {
    interface Shown {
      dst: string
      gateway?: string
      via?: { host: string }
      dev?: string
    }
    for (const family of [4, 6] as const) {
      const shown = JSON.parse(ns.ip(`-${family} -j route show table main`)) as Shown[]
      const ours = listRoutes(ns.socket, { family, table: 254 })
      assert.deepEqual(
        ours.map(({ dst, dstPrefix, gateway }) => [
          dstPrefix === (family === 4 ? 32 : 128) ? dst : `${dst}/${dstPrefix}`,
          gateway,
        ]),
        shown.map(({ dst, gateway, via }) => [dst, gateway ?? via?.host]),
      )
    }
  })

  it('has the next hops of a multipath route, with weights', () => {
    const route = listRoutes(ns.socket, { family: 4 }).find(({ dst }) => dst === '10.2.0.0')
    const oif = ns.ifindexOf('left')
    assert.deepEqual(route?.nexthops, [
      { oif, gateway: '10.0.0.8', weight: 3 },
      { oif, gateway: '10.0.0.9', weight: 1 },
    ])
  })

  it('lists one table, and nothing for a table that isn’t there', () => {
    assert.deepEqual(
      listRoutes(ns.socket, { table: 100 }).map(({ dst }) => dst),
      ['10.6.0.0'],
    )
    assert.deepEqual(listRoutes(ns.socket, { table: 4711 }), [])
  })

  it('lists rules in order', () => {
    const rules = listRules(ns.socket, 4)
    assert.deepEqual(
      rules.map(({ priority }) => priority),
      [0, 50, 60, 32766, 32767],
    )
    const [, cross, marked] = rules
    assert.deepEqual(
      [cross?.src, cross?.srcPrefix, cross?.dst, cross?.dstPrefix, cross?.iifName, cross?.table, cross?.action],
      ['10.0.0.1', 32, '10.6.0.1', 32, 'lo', 100, 'lookup'],
    )
    assert.deepEqual([marked?.fwmark, marked?.fwmask, marked?.action], [0x10, 0xf0, 'prohibit'])
    assert.ok(listRules(ns.socket).some(({ family }) => family === 6))
  })

  it('lists addresses of one device, and of all', () => {
    const left = ns.ifindexOf('left')
    const own = listAddresses(ns.socket, left).filter(({ scope }) => scope === 0)
    assert.deepEqual(
      own.map(({ ip, prefix, label }) => [ip, prefix, label]),
      [
        ['10.0.0.1', 24, 'left'],
        ['fd00::1', 64, undefined],
      ],
    )
    assert.ok(listAddresses(ns.socket).some(({ ip }) => ip === '127.0.0.1'))
  })

  describe('neighbours', () => {
    it('have a state by name, and an address', () => {
      const ifindex = ns.ifindexOf('left')
      assert.deepEqual(getNeighbour(ns.socket, ifindex, parseIp('10.0.0.9')), {
        ifindex,
        ip: '10.0.0.9',
        mac: '02:00:00:00:00:09',
        state: 'permanent',
        valid: true,
      })
      const ours = listNeighbours(ns.socket, ifindex).filter(({ mac }) => mac === '02:00:00:00:00:09')
      assert.deepEqual(ours.map(({ ip, state }) => [ip, state]).sort(), [
        ['10.0.0.9', 'permanent'],
        ['fd00::9', 'stale'],
      ])
    })

    it('that nobody knows are not there, until they are asked for', () => {
      const ifindex = ns.ifindexOf('left')
      const ip = parseIp('10.0.0.77')
      assert.equal(getNeighbour(ns.socket, ifindex, ip), undefined)
      kickNeighbour(ns.socket, ifindex, ip)
      const asked = getNeighbour(ns.socket, ifindex, ip)
      assert.deepEqual([asked?.state, asked?.valid, asked?.mac], ['incomplete', false, undefined])
    })

    it('that are permanent stay so when asked for', () => {
      const ifindex = ns.ifindexOf('left')
      kickNeighbour(ns.socket, ifindex, parseIp('10.0.0.9'))
      assert.equal(getNeighbour(ns.socket, ifindex, parseIp('10.0.0.9'))?.state, 'permanent')
    })
  })
})
