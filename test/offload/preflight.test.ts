import { strict as assert } from 'node:assert'
import { parseIp, parsePciAddress } from '../../src/base/types.js'
import type { PfInfo, Topology } from '../../src/node/facts.js'
import { type Exit, resolveNeighbours, TunnelPaths } from '../../src/offload/preflight.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import type { Rule } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { Namespace } from '../kernel/support/namespace.js'
import { FILE, NODE } from '../steering/sample.js'

/** Two netdevs that stand where uplinks do: the routing decision is the kernel's own. */
describe('the path of a tunnel', () => {
  let ns: Namespace
  beforeEach(function () {
    ns = Namespace.create(this)
    for (const k of [0, 1]) {
      ns.ip(`link add p${k} type veth peer name far${k}`)
      ns.ip(`link set p${k} up`)
      ns.ip(`link set far${k} up`)
      ns.ip(`address add 10.0.${k}.1/24 dev p${k}`)
    }
  })
  afterEach(() => ns?.[Symbol.dispose]())

  /** @param oneCard both are PFs of it */
  function topology(oneCard = false): Topology {
    const pfs = [0, 1].map(
      (k): PfInfo => ({
        pci: parsePciAddress(`0000:d${8 + k}:00.0`),
        driver: 'veth',
        emulated: true,
        uplink: { name: `p${k}`, ifindex: ns.ifindexOf(`p${k}`), up: true, carrier: true, mtu: 1500 },
        switchId: `0${k}`,
        eswitchMode: 'switchdev',
        hwTcOffload: 'on',
        vteps: [parseIp(`10.0.${k}.1`)],
        totalVfs: 4,
        vfs: [],
      }),
    )
    const nics = oneCard ? [{ switchId: '00', pfs }] : pfs.map((pf) => ({ switchId: pf.switchId, pfs: [pf] }))
    return { nics, addresses: [], gaps: [] }
  }

  /** The encap rule of the first NIC's first VF, towards that VTEP. */
  function encapTo(remoteIp: string): Rule {
    const { steering } = loadSteering(FILE, 'f')
    const rule = compile(resolve(steering, NODE)).rules.find(({ kind }) => kind === 'encap')
    assert.ok(rule?.action.kind === 'encap')
    const tunnel = { ...rule.action.tunnel, localIp: parseIp('10.0.0.1'), remoteIp: parseIp(remoteIp) }
    return { ...rule, action: { ...rule.action, tunnel } }
  }

  const pathTo = (remoteIp: string) =>
    new TunnelPaths({ route: ns.socket, bridges: new Map() }, topology()).of(encapTo(remoteIp))[0]

  it('leaves by the VF’s own PF, to a neighbour that is not resolved yet', () => {
    assert.deepEqual(pathTo('10.0.0.11'), {
      localIp: '10.0.0.1',
      remoteIp: '10.0.0.11',
      oif: ns.ifindexOf('p0'),
      device: 'p0',
      mtu: 1500,
      exit: 'own-pf',
      ownPf: true,
      nextHop: '10.0.0.11',
      neighbour: 'unresolved',
    })
  })

  it('has a valid neighbour once the gateway has one', () => {
    ns.ip('route add 10.9.0.0/16 via 10.0.0.254 dev p0')
    assert.deepEqual([pathTo('10.9.0.1')?.nextHop, pathTo('10.9.0.1')?.neighbour], ['10.0.0.254', 'unresolved'])
    ns.ip('neighbour add 10.0.0.254 lladdr 02:00:00:00:00:fe dev p0 nud failed')
    assert.equal(pathTo('10.9.0.1')?.neighbour, 'unresolved')
    ns.ip('neighbour replace 10.0.0.254 lladdr 02:00:00:00:00:fe dev p0 nud permanent')
    assert.equal(pathTo('10.9.0.1')?.neighbour, 'valid')
  })

  it('is asked for where it is not resolved, and only there', async () => {
    const neighbours = () => ns.ip('neighbour show').match(/^10\S+/gm) ?? []
    ns.ip('neighbour add 10.0.0.12 lladdr 02:00:00:00:00:12 dev p0 nud permanent')
    const paths = ['10.0.0.11', '10.0.0.12'].flatMap((remote) => pathTo(remote) ?? [])
    // The valid one is gone meanwhile: asking for it would make it anew.
    ns.ip('neighbour del 10.0.0.12 dev p0')
    await resolveNeighbours(ns.socket, paths.slice(1), 0)
    assert.deepEqual(neighbours(), [])
    await resolveNeighbours(ns.socket, paths, 0)
    assert.deepEqual(neighbours(), ['10.0.0.11'])
  })

  it('is the VF’s own PF’s on a port of an Open vSwitch bridge whose only uplink that is', () => {
    // To the routing an internal port is a device like any other; what is behind it only Open vSwitch knows.
    ns.ip('link add vtep0 type veth')
    ns.ip('link set vtep0 up')
    ns.ip('route add 10.9.0.0/16 dev vtep0')
    const path = (...ports: string[]) => {
      const bridges = new Map(ports.length === 0 ? [] : [['vtep0', ['vtep0', ...ports]]])
      return new TunnelPaths({ route: ns.socket, bridges }, topology()).of(encapTo('10.9.0.1'))[0]
    }
    assert.deepEqual([path('p0')?.ownPf, path('p0', 'tap7')?.ownPf], [true, true])
    assert.match(path('p1')?.problem ?? '', /leaves by vtep0 on p1, not by p0/)
    assert.match(path('p0', 'p1')?.problem ?? '', /leaves by vtep0 on p0 and p1, not by p0/)
    assert.match(path()?.problem ?? '', /leaves by vtep0, not by p0/)
    // The test's device is no port of Open vSwitch, so its silence is not the reason.
    const silent = { route: ns.socket, bridges: new Map<string, string[]>(), bridgesUnknown: 'no answer' }
    const [other] = new TunnelPaths(silent, topology()).of(encapTo('10.9.0.1'))
    assert.match(other?.problem ?? '', /leaves by vtep0, not by p0/)
  })

  it('is the VF’s own PF’s also on a device on top of the uplink', () => {
    ns.ip('link add link p0 name p0.over type macvlan mode bridge')
    ns.ip('link set p0.over up')
    ns.ip('route add 10.9.0.0/16 dev p0.over')
    const path = pathTo('10.9.0.1')
    assert.deepEqual([path?.device, path?.ownPf, path?.problem], ['p0.over', true, undefined])
  })

  it('is waited for until the next hop answers, and not longer than the kernel asks for it', async () => {
    const paths = ['10.0.0.11', '10.0.0.12'].flatMap((remote) => pathTo(remote) ?? [])
    // Only one of the two is there to answer.
    const far = Namespace.create({ skip: () => undefined } as never)
    try {
      ns.ip(`link set far0 netns ${far.name}`)
      far.ip('link set far0 up')
      far.ip('address add 10.0.0.11/24 dev far0')
      await resolveNeighbours(ns.socket, paths, 20)
      assert.deepEqual([pathTo('10.0.0.11')?.neighbour, pathTo('10.0.0.12')?.neighbour], ['valid', 'unresolved'])
    } finally {
      far[Symbol.dispose]()
    }
  })

  const PROBLEMS: [title: string, setup: string, remote: string, exit: Exit, problem: RegExp][] = [
    [
      'a route by another PF',
      'route add 10.9.0.0/16 dev p1',
      '10.9.0.1',
      'elsewhere',
      /^the route from 10\.0\.0\.1 to 10\.9\.0\.1 leaves by p1, not by p0, the uplink of the VF's own PF 0000:d8:00\.0$/,
    ],
    ['no route', 'link set lo up', '10.7.0.1', 'none', /^no route from 10\.0\.0\.1 to 10\.7\.0\.1: ./],
    ['a prohibited route', 'route add prohibit 10.9.0.0/16', '10.9.0.1', 'none', /^no route from .*: ./],
    [
      'a destination on this node',
      'link set lo up',
      '10.0.1.1',
      'host',
      /^the route from 10\.0\.0\.1 to 10\.0\.1\.1 is local: the packets would not reach a NIC$/,
    ],
    [
      'a source that the node does not have',
      'address del 10.0.0.1/24 dev p0',
      '10.0.1.11',
      'no-source',
      /^no route from 10\.0\.0\.1 .*: ./,
    ],
  ]
  for (const [title, setup, remote, exit, problem] of PROBLEMS) {
    it(`with ${title} is a problem, in one line`, () => {
      ns.ip(setup)
      const path = pathTo(remote)
      assert.deepEqual([path?.ownPf, path?.exit], [false, exit])
      assert.match(path?.problem ?? '', problem)
    })
  }

  it('by the other PF of the same card is told from one by another card', () => {
    ns.ip('route add 10.9.0.0/16 dev p1')
    const paths = new TunnelPaths({ route: ns.socket, bridges: new Map() }, topology(true))
    const there = paths.between(
      { localIp: parseIp('10.0.0.1'), remoteIp: parseIp('10.9.0.1') },
      parsePciAddress('0000:d8:00.0'),
    )
    assert.deepEqual([there.exit, there.ownPf], ['sibling-pf', false])
    assert.match(there.problem ?? '', /leaves by p1, not by p0/)
  })

  it('follows rules about the source', () => {
    ns.ip('route add 10.9.0.0/16 dev p1')
    ns.ip('rule add from 10.0.0.1 lookup 100')
    ns.ip('route add 10.9.0.0/16 dev p0 table 100')
    assert.equal(pathTo('10.9.0.1')?.device, 'p0')
  })

  it('is looked for only where a rule encapsulates', () => {
    const { rules } = compile(resolve(loadSteering(FILE, 'f').steering, NODE))
    const paths = new TunnelPaths({ route: ns.socket, bridges: new Map() }, topology())
    for (const rule of rules.filter(({ kind }) => kind !== 'encap' && kind !== 'bum'))
      assert.deepEqual(paths.of(rule), [])
    for (const rule of rules.filter(({ kind }) => kind === 'bum')) assert.equal(paths.of(rule).length, 2)
  })
})
