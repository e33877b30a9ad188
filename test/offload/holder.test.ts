import { strict as assert } from 'node:assert'
import type { Ifindex, PciAddress } from '../../src/base/types.js'
import type { rtnl, tc } from '../../src/kernel/index.js'
import type { PfInfo, Topology } from '../../src/node/facts.js'
import { Holders } from '../../src/offload/holder.js'

const PCI = ['0000:d8:00.0', '0000:d8:00.1', '0000:d9:00.0'] as PciAddress[]
/** Two VFs a PF; representors are 10 and 11 of the first, 20 and 21 of the second … */
const rep = (pf: number, vf = 0) => (10 * (pf + 1) + vf) as Ifindex
const TUNNEL = 100 as Ifindex

const pfOf = (pf: number, driver: string): PfInfo => ({
  pci: PCI[pf]!,
  driver,
  emulated: driver === 'simnic',
  uplink: { name: `p${pf}`, ifindex: (pf + 1) as Ifindex, up: true, carrier: true, mtu: 1500 },
  switchId: '01',
  eswitchMode: 'switchdev',
  hwTcOffload: 'on',
  vteps: [],
  totalVfs: 2,
  vfs: [0, 1].map((index) => ({
    index,
    pci: PCI[pf]!,
    representor: { name: `pf${pf}vf${index}`, ifindex: rep(pf, index), up: true },
    netdevs: [],
  })),
})

/** A card with two ports, and one with one. */
function holders({ driver = 'mlx5_core', bond = false, multiport = false } = {}): Holders {
  const [a, b, c] = [0, 1, 2].map((pf) => pfOf(pf, driver)) as [PfInfo, PfInfo, PfInfo]
  const nics = [
    { switchId: '01', pfs: [a, b] },
    { switchId: '02', pfs: [c] },
  ]
  const links = [{ ifindex: 2, slaveKind: bond ? 'bond' : 'openvswitch' }] as rtnl.Link[]
  const topology: Topology = { nics, addresses: [], gaps: [] }
  return new Holders(topology, links, () => multiport)
}

const filter = (ifindex: Ifindex, outputs: Ifindex[], more: Partial<tc.FlowerFilter> = {}) =>
  ({
    kind: 'flower',
    ifindex,
    flags: { inHw: true },
    inHwCount: 1,
    actions: [{ kind: 'tunnel_key', operation: 'unset' }, ...outputs.map((to) => ({ kind: 'mirred', ifindex: to }))],
    ...more,
  }) as tc.FlowerFilter
const decap = (...outputs: Ifindex[]) => filter(TUNNEL, outputs)

describe('whose hardware has a rule', () => {
  it('is nobody’s where none is in hardware', () => {
    assert.equal(holders().of(filter(rep(0), [TUNNEL], { flags: { inHw: false } })), undefined)
  })

  it('is that of the PF whose representor the rule is on, whatever its driver', () => {
    for (const [driver, label] of [
      ['mlx5_core', 'source-read'],
      ['ice', 'source-read'],
      ['simnic', 'emulated'],
    ] as const) {
      const { pf, label: known } = holders({ driver }).of(filter(rep(1, 1), [TUNNEL])) ?? {}
      assert.deepEqual([pf, known], [PCI[1], label])
    }
  })

  it('is, of a tunnel device’s rule, that of the only PF that can send to its ports', () => {
    for (const pf of [0, 1, 2]) assert.equal(holders().of(decap(rep(pf)))?.pf, PCI[pf])
    assert.equal(holders().of(decap(rep(0), rep(0, 1)))?.pf, PCI[0])
    assert.equal(holders({ driver: 'simnic' }).of(decap(rep(0)))?.label, 'emulated')
  })

  const UNTOLD: [what: string, holders: Holders, filter: tc.FlowerFilter, why: RegExp][] = [
    ['sends to no VF', holders(), decap(), /does not send to the VFs of one PF/],
    ['sends to VFs of two PFs', holders(), decap(rep(0), rep(1)), /does not send to the VFs of one PF/],
    ['sends to a device besides', holders(), decap(rep(0), 99 as Ifindex), /does not send to the VFs of one PF/],
    ['is one of a driver that nobody read', holders({ driver: 'ice' }), decap(rep(2)), /what ice takes/],
    ['is one of a bond’s card', holders({ bond: true }), decap(rep(0)), /uplink p1 is in a bond/],
    ['is one of a multiport eswitch', holders({ multiport: true }), decap(rep(0)), /multiport/],
    ['two NICs have', holders(), filter(TUNNEL, [rep(2)], { inHwCount: 2 }), /2 NICs have it/],
    ['is in a shared block', holders(), filter(rep(0), [TUNNEL], { block: 7 }), /shared by several devices/],
  ]
  for (const [what, seen, rule, why] of UNTOLD) {
    it(`can’t be told of one that ${what}`, () => {
      const { pf, label, why: said } = seen.of(rule) ?? {}
      assert.deepEqual([pf, label], [undefined, undefined])
      assert.match(said ?? '', why)
    })
  }

  it('is not in doubt by a bond of another card, nor with one port by any mode', () => {
    assert.equal(holders({ bond: true }).of(decap(rep(2)))?.pf, PCI[2])
    assert.equal(holders({ multiport: true }).of(decap(rep(2)))?.pf, PCI[2])
  })
})
