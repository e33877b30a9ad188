import assert from 'node:assert/strict'
import { type Ifindex, parseIp } from '../../../src/base/types.js'
import { KernelRefusal } from '../../../src/kernel/netlink/extack.js'
import * as rtnl from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'

const ip = parseIp

describe('kernel/route, writing', () => {
  let ns: Namespace
  let left: Ifindex
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link set dev lo up')
    ns.ip('link add name left type veth peer name right')
    ns.ip('link set dev left up')
    ns.ip('link set dev right up')
    left = ns.ifindexOf('left')
    rtnl.addAddress(ns.socket, { ifindex: left, ip: ip('10.0.0.1'), prefix: 24 })
    rtnl.addAddress(ns.socket, { ifindex: left, ip: ip('fd00::1'), prefix: 64, flags: ['nodad'] })
  })
  after(() => ns?.[Symbol.dispose]())

  it('the recipe for tunnels between two NICs of one node makes the kernel route by it', () => {
    const [a, b] = [ip('10.0.0.1'), ip('10.8.0.1')]
    const right = ns.ifindexOf('right')
    rtnl.addAddress(ns.socket, { ifindex: right, ip: b, prefix: 24 })
    const look = () => rtnl.lookupRoute(ns.socket, { src: a, dst: b })
    assert.equal(look().type, 'local')

    rtnl.addRoute(ns.socket, { dst: ip('10.8.0.0'), dstPrefix: 24, oif: left, table: 6081 })
    rtnl.addRule(ns.socket, { src: a, dst: b, iifName: 'lo', table: 6081, priority: 10 })
    assert.equal(look().type, 'local')
    const [local] = rtnl.listRules(ns.socket, 4)
    assert.equal(local?.priority, 0)
    rtnl.addRule(ns.socket, { ...local, priority: 20 })
    rtnl.deleteRule(ns.socket, { ...local })
    const [type, oif, table] = [look().type, look().oif, look().table]
    assert.deepEqual([type, oif, table], ['unicast', left, 6081])

    rtnl.addRule(ns.socket, { ...local })
    rtnl.deleteRule(ns.socket, { table: rtnl.TABLE.local, priority: 20 })
    rtnl.deleteRule(ns.socket, { priority: 10 })
    assert.equal(look().type, 'local')
    assert.deepEqual(
      rtnl.listRules(ns.socket, 4).map(({ priority }) => priority),
      [0, 32766, 32767],
    )
    rtnl.deleteAddress(ns.socket, { ifindex: right, ip: b, prefix: 24 })
  })

  it('writes protocol kernel, table main and the scope that ip takes, unless told otherwise', () => {
    rtnl.addRoute(ns.socket, { dst: ip('10.1.0.0'), dstPrefix: 16, oif: left })
    rtnl.addRoute(ns.socket, { dst: ip('10.2.0.0'), dstPrefix: 16, gateway: ip('10.0.0.9') })
    rtnl.addRoute(ns.socket, { dst: ip('10.3.0.1'), type: 'local', oif: left, table: rtnl.TABLE.local })
    rtnl.addRule(ns.socket, { src: ip('10.1.0.1'), table: 7, priority: 7 })
    assert.match(ns.ip('-N -d route show 10.1.0.0/16'), /^1 10.1.0.0\/16 dev left proto 2 scope 253/)
    assert.match(ns.ip('-N -d route show 10.2.0.0/16'), /via 10.0.0.9 dev left proto 2 scope 0/)
    assert.match(ns.ip('-N -d route show table local 10.3.0.1'), /^2 10.3.0.1 dev left proto 2 scope 254/)
    assert.match(ns.ip('-d rule show pref 7'), /from 10.1.0.1 lookup 7 proto kernel/)
    rtnl.deleteRoute(ns.socket, { dst: ip('10.1.0.0'), dstPrefix: 16 })
    rtnl.deleteRoute(ns.socket, { dst: ip('10.2.0.0'), dstPrefix: 16 })
    rtnl.deleteRoute(ns.socket, { dst: ip('10.3.0.1'), table: rtnl.TABLE.local })
    rtnl.deleteRule(ns.socket, { priority: 7 })
  })

  it('a route is added once, and replaced as often as one likes', () => {
    for (const route of [
      { dst: ip('10.1.0.0'), dstPrefix: 16, oif: left },
      { dst: ip('fd01::'), dstPrefix: 64, oif: left },
    ]) {
      rtnl.addRoute(ns.socket, route)
      assert.throws(() => rtnl.addRoute(ns.socket, route), { errnoName: 'EEXIST' })
      const gateway = ip(route.dst.includes(':') ? 'fd00::9' : '10.0.0.9')
      rtnl.replaceRoute(ns.socket, { ...route, gateway })
      rtnl.replaceRoute(ns.socket, { ...route, gateway })
      const { dst, dstPrefix } = route
      const found = rtnl.listRoutes(ns.socket).filter((one) => one.dst === dst)
      assert.deepEqual(
        found.map((one) => one.gateway),
        [gateway],
      )
      rtnl.deleteRoute(ns.socket, { dst, dstPrefix })
      assert.throws(() => rtnl.deleteRoute(ns.socket, { dst, dstPrefix }), { errnoName: 'ESRCH' })
    }
  })

  it('a route is deleted only if it is as given', () => {
    const route = { dst: ip('10.1.0.0'), dstPrefix: 16, gateway: ip('10.0.0.9'), protocol: rtnl.PROTOCOL.static }
    rtnl.addRoute(ns.socket, route)
    for (const other of [
      { gateway: ip('10.0.0.8') },
      { protocol: rtnl.PROTOCOL.kernel },
      { type: 'blackhole' } as const,
    ]) {
      assert.throws(() => rtnl.deleteRoute(ns.socket, { ...route, ...other }), { errnoName: 'ESRCH' })
    }
    rtnl.deleteRoute(ns.socket, route)
  })

  it('an IPv6 route for a time has its seconds', () => {
    rtnl.addRoute(ns.socket, { dst: ip('fd02::'), dstPrefix: 64, oif: left, expires: 4000 })
    const { expires = 0 } = rtnl.matchRoute(ns.socket, { dst: ip('fd02::1') })
    assert.ok(expires > 0 && expires <= 4000)
    rtnl.deleteRoute(ns.socket, { dst: ip('fd02::'), dstPrefix: 64 })
  })

  it('the look-up tells the route itself, its MTU, and follows ports', () => {
    const route = { dst: ip('10.1.0.0'), dstPrefix: 16, oif: left, table: 7, metrics: { mtu: 1300 } }
    rtnl.addRoute(ns.socket, route)
    rtnl.addRule(ns.socket, { ipProto: 17, dportRange: [6081, 6082], table: 7, priority: 7 })
    const packet = { dst: ip('10.1.0.1'), ipProto: 17, dport: 6081 }
    assert.equal(rtnl.lookupRoute(ns.socket, packet).mtu, 1300)
    const { dst, dstPrefix, table } = rtnl.matchRoute(ns.socket, packet)
    assert.deepEqual([dst, dstPrefix, table], ['10.1.0.0', 16, 7])
    assert.throws(() => rtnl.lookupRoute(ns.socket, { ...packet, dport: 6083 }), { errnoName: 'ENETUNREACH' })
    rtnl.deleteRule(ns.socket, { priority: 7 })
    rtnl.deleteRoute(ns.socket, route)
  })

  it('a refusal has the kernel’s words and names the attribute', () => {
    const refused = (act: () => void): KernelRefusal => {
      try {
        act()
      } catch (error) {
        if (error instanceof KernelRefusal) return error
        throw error
      }
      return assert.fail('it was not refused')
    }
    const gateway = refused(() =>
      rtnl.addRoute(ns.socket, { dst: ip('10.1.0.0'), dstPrefix: 16, gateway: ip('10.9.9.9') }),
    )
    assert.deepEqual([gateway.errnoName, gateway.extack], ['ENETUNREACH', 'Nexthop has invalid gateway'])
    const bits = refused(() => rtnl.addRoute(ns.socket, { dst: ip('10.1.0.1'), dstPrefix: 16, oif: left }))
    assert.match(bits.message, /^add route 10\.1\.0\.1\/16: EINVAL: Invalid prefix for given prefix length/)
    const metric = refused(() =>
      rtnl.addRoute(ns.socket, { dst: ip('10.1.0.0'), dstPrefix: 16, oif: left, metrics: { congestion: 'nobody' } }),
    )
    assert.deepEqual([metric.errnoName, metric.extack], ['EINVAL', 'Unknown tcp congestion algorithm'])
    const noTable = refused(() => rtnl.addRule(ns.socket, { src: ip('10.0.0.1'), table: 7, l3mdev: true }))
    assert.equal(noTable.errnoName, 'EINVAL')
    const range = refused(() => rtnl.addRule(ns.socket, { table: 7, dportRange: [9, 5] }))
    assert.equal(range.extack, 'Invalid dport range')
    const nobody = refused(() => rtnl.addAddress(ns.socket, { ifindex: 4711 as Ifindex, ip: ip('10.1.0.1') }))
    assert.equal(nobody.errnoName, 'ENODEV')
    const noMac = refused(() => rtnl.addNeighbour(ns.socket, { ifindex: left, ip: ip('10.0.0.10') }))
    assert.equal(noMac.errnoName, 'EINVAL')
  })

  it('an address that is there is changed by replace', () => {
    const address = { ifindex: left, ip: ip('10.5.0.1'), prefix: 24 }
    rtnl.addAddress(ns.socket, address)
    assert.throws(() => rtnl.addAddress(ns.socket, address), { errnoName: 'EEXIST' })
    rtnl.replaceAddress(ns.socket, { ...address, lifetime: { valid: 5000, preferred: 4000 } })
    const found = rtnl.listAddresses(ns.socket, left).find((one) => one.ip === address.ip)
    assert.ok((found?.lifetime?.valid ?? 0) > 0 && !found?.flags.includes('permanent'))
    rtnl.deleteAddress(ns.socket, address)
    assert.throws(() => rtnl.deleteAddress(ns.socket, address), { errnoName: 'EADDRNOTAVAIL' })
  })

  it('a second address of a network is secondary', () => {
    const address = { ifindex: left, ip: ip('10.0.0.2'), prefix: 24 }
    rtnl.addAddress(ns.socket, address)
    const found = rtnl.listAddresses(ns.socket, left).find((one) => one.ip === address.ip)
    assert.deepEqual(found?.flags, ['secondary', 'permanent'])
    rtnl.deleteAddress(ns.socket, address)
  })

  it('a neighbour is added once, changed by replace, and may be kept fresh by the kernel', () => {
    const one = { ifindex: left, ip: ip('10.0.0.9') }
    rtnl.addNeighbour(ns.socket, { ...one, managed: true, state: 'none' })
    assert.equal(rtnl.getNeighbour(ns.socket, left, one.ip)?.managed, true)
    const lladdr = ns.ip('-j link show dev right').match(/"address":"([^"]+)"/)?.[1]
    const mac = lladdr as rtnl.Neighbour['mac']
    assert.throws(() => rtnl.addNeighbour(ns.socket, { ...one, mac }), { errnoName: 'EEXIST' })
    rtnl.replaceNeighbour(ns.socket, { ...one, mac })
    assert.deepEqual(rtnl.getNeighbour(ns.socket, left, one.ip), { ...one, mac, state: 'permanent', valid: true })
    rtnl.deleteNeighbour(ns.socket, one)
  })
})
