import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import type { Ifindex, IpAddress } from '../../../src/base/types.js'
import * as rtnl from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'
import { addresses, neighbours, proxies, routes, rules } from './cases.js'

type Shown = Record<string, unknown>

/**
 * Against `ip`: everything it can set is read as it prints it, and what we read, deleted and written again, it prints as
 * before. Natively and on the lab's kernel.
 */
export function roundTrips(): void {
  it('of routes', function () {
    using ns = prepared(this, routes)
    const shown = () =>
      ['-4', '-6'].flatMap((family) => print(ns, `${family} -N -d -j route show table all`)).map(steadyRoute)
    const theirs = shown()
    const ours = rtnl.listRoutes(ns.socket)
    assert.ok(ours.length > 90, `${ours.length} routes`)
    const plain = (one: Shown) => one.encap === undefined && !JSON.stringify(one.nexthops ?? '').includes('encap')
    assert.deepEqual(
      ours.map((route) => routeAsIp(route, namesOf(ns))).filter((_, i) => plain(theirs[i] ?? {})),
      theirs.filter(plain),
    )
    // Metric 0 can't be asked for in IPv6 (net/ipv6/route.c ip6_route_info_create).
    for (const route of ours.filter(({ priority }) => priority !== 0)) {
      rtnl.deleteRoute(ns.socket, route)
      // Every device has its own route to these two.
      if (route.dst === 'fe80::' || route.dst === 'ff00::') rtnl.appendRoute(ns.socket, route)
      else rtnl.addRoute(ns.socket, route)
    }
    assert.deepEqual(sorted(shown()), sorted(theirs))
    assert.deepEqual(sorted(rtnl.listRoutes(ns.socket)), sorted(ours))
    for (const route of ours) rtnl.deleteRoute(ns.socket, route)
    assert.deepEqual(rtnl.listRoutes(ns.socket), [])
  })

  it('of rules', function () {
    using ns = prepared(this, rules)
    const shown = () => ['-4', '-6'].flatMap((family) => print(ns, `${family} -N -d -j rule show`))
    const theirs = shown()
    const ours = rtnl.listRules(ns.socket)
    assert.ok(ours.length > 100, `${ours.length} rules`)
    const known = (one: Shown) => one.flow_to === undefined
    assert.deepEqual(
      ours.map(ruleAsIp).filter((_, i) => known(theirs[i] ?? {})),
      theirs.filter(known),
    )
    for (const rule of ours) {
      rtnl.deleteRule(ns.socket, rule)
      rtnl.addRule(ns.socket, rule)
    }
    assert.deepEqual(shown(), theirs)
    for (const rule of ours) rtnl.deleteRule(ns.socket, rule)
    assert.deepEqual(rtnl.listRules(ns.socket), [])
  })

  it('of addresses', function () {
    using ns = prepared(this, addresses)
    const left = ns.ifindexOf('left')
    const shown = () => {
      const [link] = print(ns, '-N -d -j address show dev left') as [{ addr_info: Shown[] }]
      return link.addr_info.filter(({ scope, family }) => family === 'inet' || scope === '0').map(steadyAddress)
    }
    const list = () => rtnl.listAddresses(ns.socket, left).filter(({ protocol }) => protocol === undefined)
    const theirs = shown()
    const ours = list()
    assert.ok(ours.length > 40, `${ours.length} addresses`)
    assert.deepEqual(ours.map(addressAsIp), theirs)
    for (const address of ours) {
      rtnl.deleteAddress(ns.socket, address)
      rtnl.addAddress(ns.socket, address)
    }
    assert.deepEqual(sorted(shown()), sorted(theirs))
    for (const address of list()) rtnl.deleteAddress(ns.socket, address)
    assert.deepEqual(list(), [])
  })

  it('of neighbours', function () {
    using ns = prepared(this, [...neighbours, ...proxies])
    const shown = () => print(ns, '-N -j neighbour show nud all').filter(isMade)
    const list = () => rtnl.listNeighbours(ns.socket).filter((one) => isMade({ dst: one.ip }))
    const theirs = shown()
    const ours = list()
    assert.ok(ours.length > 30, `${ours.length} neighbours`)
    assert.deepEqual(sorted(ours.map((one) => neighbourAsIp(one, namesOf(ns)))), sorted(theirs))
    for (const one of ours) {
      rtnl.deleteNeighbour(ns.socket, one)
      rtnl.addNeighbour(ns.socket, one)
    }
    assert.deepEqual(sorted(shown()), sorted(theirs))
    for (const one of ours) rtnl.deleteNeighbour(ns.socket, one)
    const left = list().filter(({ state }) => state !== 'failed')
    assert.deepEqual(left, [])
  })

  it('of addresses that it answers for', function () {
    using ns = prepared(this, [...neighbours.slice(0, 4), ...proxies])
    const shown = () => ['-4', '-6'].flatMap((family) => print(ns, `${family} -N -j neighbour show proxy`))
    const theirs = shown()
    const ours = rtnl.listProxyNeighbours(ns.socket)
    assert.equal(ours.length, proxies.length)
    assert.deepEqual(sorted(ours.map((one) => neighbourAsIp(one, namesOf(ns)))), sorted(theirs))
    for (const one of ours) {
      rtnl.deleteNeighbour(ns.socket, one)
      rtnl.addNeighbour(ns.socket, one)
    }
    assert.deepEqual(sorted(shown()), sorted(theirs))
  })
}

function prepared(context: Mocha.Context, lines: readonly string[]): Namespace {
  const ns = Namespace.create(context)
  // Inside a batch a line has no options of its own.
  const [v6, any] = [lines.filter(isV6), lines.filter((line) => !isV6(line))]
  batch(['-n', ns.name], any)
  batch(
    ['-n', ns.name, '-6'],
    v6.map((line) => line.slice('-6 '.length)),
  )
  return ns
}

const isV6 = (line: string) => line.startsWith('-6 ')

function batch(options: string[], lines: readonly string[]): void {
  execFileSync('ip', [...options, '-batch', '-'], { input: lines.join('\n'), stdio: 'pipe' })
}

function print(ns: Namespace, command: string): Shown[] {
  // Without a command a family that has nothing prints nothing at all.
  return JSON.parse(ns.ip(command) || '[]') as Shown[]
}

function namesOf(ns: Namespace): Map<Ifindex, string> {
  return new Map(rtnl.listLinks(ns.socket).map(({ ifindex, name }) => [ifindex, name]))
}

function sorted<T>(list: readonly T[]): T[] {
  const key = (one: T) => JSON.stringify(one, Object.keys(one as object).sort())
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function defined(object: Shown): Shown {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

const prefix = (ip: IpAddress, bits: number) => (bits === (ip.includes(':') ? 128 : 32) ? ip : `${ip}/${bits}`)

const hexadecimal = (value: number | undefined) => value && `0x${value.toString(16)}`

/** Time passes while the tests run; the next hop object is shown as far as it is known beside its number. */
function steadyRoute({ nh_info, ...route }: Shown): Shown {
  return route
}

const ROUTE_TYPES = [
  '',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]

function routeAsIp(route: rtnl.Route, names: Map<Ifindex, string>): Shown {
  const { dst, dstPrefix, src, srcPrefix = 0, gateway, oif, nexthops, metrics, nexthopId } = route
  const flags = (one: rtnl.Nexthop | rtnl.Route) => (one.onlink ? ['onlink'] : [])
  const via = (one: IpAddress | undefined) => {
    if (one === undefined) return {}
    const family = one.includes(':') ? 'inet6' : 'inet'
    return family === (route.family === 6 ? 'inet6' : 'inet') ? { gateway: one } : { via: { family, host: one } }
  }
  return defined({
    type: String(ROUTE_TYPES.indexOf(route.type)),
    dst: dst === undefined ? 'default' : prefix(dst, dstPrefix),
    from: src && prefix(src, srcPrefix),
    tos: hexadecimal(route.tos),
    ...via(gateway),
    nhid: nexthopId,
    dev: oif && names.get(oif),
    table: String(route.table),
    protocol: String(route.protocol),
    scope: String(route.scope),
    prefsrc: route.prefsrc,
    metric: route.priority,
    flags: flags(route),
    pref: route.preference,
    metrics: metrics && [metricsAsIp(metrics)],
    nexthops: nexthops?.map((one) => ({
      ...via(one.gateway),
      ...(one.oif !== undefined && { dev: names.get(one.oif) }),
      weight: one.weight,
      flags: flags(one),
    })),
  })
}

function metricsAsIp(metrics: rtnl.RouteMetrics): Shown {
  const { lock, rtt, rttvar, features, rtoMin, congestion, ...rest } = metrics
  return defined({
    ...rest,
    rtt: rtt && rtt / 8,
    rttvar: rttvar && rttvar / 4,
    rto_min: rtoMin,
    ecn: features === 1 ? null : undefined,
    congestion,
  })
}

const RULE_ACTIONS: Record<string, string> = { blackhole: '6', unreachable: '7', prohibit: '8' }

function ruleAsIp(rule: rtnl.Rule): Shown {
  const { src, srcPrefix, dst, dstPrefix, fwmark, fwmask, action, table, l3mdev, sportRange, dportRange } = rule
  const bits = rule.family === 6 ? 128 : 32
  const ports = (name: string, range: [number, number] | undefined): Shown => {
    if (range === undefined) return {}
    const [start, end] = range
    return start === end ? { [name]: start } : { [`${name}_start`]: start, [`${name}_end`]: end }
  }
  return defined({
    priority: rule.priority,
    not: rule.invert ? null : undefined,
    src: src ?? 'all',
    srclen: src && srcPrefix !== bits ? srcPrefix : undefined,
    dst,
    dstlen: dst && dstPrefix !== bits ? dstPrefix : undefined,
    tos: hexadecimal(rule.tos),
    fwmark: hexadecimal(fwmark),
    fwmask: fwmask === 0xffffffff ? undefined : hexadecimal(fwmask),
    iif: rule.iifName,
    oif: rule.oifName,
    l3mdev: l3mdev ? null : undefined,
    uid_start: rule.uidRange?.[0],
    uid_end: rule.uidRange?.[1],
    ipproto: rule.ipProto && `ipproto-${rule.ipProto}`,
    ...ports('sport', sportRange),
    ...ports('dport', dportRange),
    tun_id: rule.tunnelId,
    table: table === 0 ? undefined : String(table),
    suppress_prefixlen: rule.suppressPrefixLength,
    suppress_ifgroup: rule.suppressIfgroup === undefined ? undefined : String(rule.suppressIfgroup),
    goto: rule.goto,
    nop: action === 'nop' ? null : undefined,
    action: RULE_ACTIONS[action],
    protocol: String(rule.protocol),
  })
}

const FOR_EVER = 0xffffffff

/** Seconds pass while the tests run: whether there is an end is what stays. */
function steadyAddress({ valid_life_time, preferred_life_time, ...address }: Shown): Shown {
  const left = (seconds: unknown) => (seconds === FOR_EVER || seconds === 0 ? seconds : 'some')
  return { ...address, valid_life_time: left(valid_life_time), preferred_life_time: left(preferred_life_time) }
}

function addressAsIp(address: rtnl.Address): Shown {
  const { ip, flags, lifetime } = address
  const has = (flag: rtnl.AddressFlag) => (flags.includes(flag) ? true : undefined)
  const end = (seconds: number | undefined) => seconds ?? FOR_EVER
  return steadyAddress(
    defined({
      family: ip.includes(':') ? 'inet6' : 'inet',
      local: ip,
      address: address.peer,
      prefixlen: address.prefix,
      metric: address.metric,
      broadcast: address.broadcast,
      scope: String(address.scope),
      label: address.label,
      dynamic: flags.includes('permanent') ? undefined : true,
      nodad: has('nodad'),
      home: has('home'),
      deprecated: has('deprecated'),
      mngtmpaddr: has('mngtmpaddr'),
      noprefixroute: has('noprefixroute'),
      valid_life_time: end(lifetime?.valid),
      preferred_life_time: end(lifetime?.preferred),
    }),
  )
}

/** What the tests made; the kernel has multicast groups among its neighbours. */
function isMade({ dst }: Shown): boolean {
  return !String(dst).startsWith('ff') && !String(dst).startsWith('224.')
}

function neighbourAsIp(one: rtnl.Neighbour, names: Map<Ifindex, string>): Shown {
  return defined({
    dst: one.ip,
    dev: names.get(one.ifindex),
    lladdr: one.mac,
    router: one.router ? null : undefined,
    proxy: one.proxy ? null : undefined,
    extern_learn: one.externLearn ? null : undefined,
    state: one.proxy ? undefined : [one.state.toUpperCase()],
    protocol: one.protocol === undefined ? undefined : String(one.protocol),
  })
}
