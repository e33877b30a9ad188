import { strict as assert } from 'node:assert'
import { type Ifindex, type IpAddress, type MacAddress, parsePciAddress } from '../../src/base/types.js'
import { REPORTS } from '../../src/cli/report-schema.js'
import { nicItem, topologySummary, topologyTable } from '../../src/cli/topology-report.js'
import type { PfInfo, Topology } from '../../src/node/facts.js'

function pf(k: number, more: Partial<PfInfo>): PfInfo {
  const pci = parsePciAddress(`0000:d${8 + k}:00.0`)
  const uplink = { name: `p${k}`, ifindex: (5 + k) as Ifindex, up: true, carrier: true, mtu: 9000 }
  const state = { eswitchMode: 'switchdev', hwTcOffload: 'on' } as const
  const vteps = [`10.0.0.${k + 1}` as IpAddress]
  return {
    pci,
    driver: 'mlx5_core',
    emulated: false,
    uplink,
    switchId: '',
    ...state,
    vteps,
    totalVfs: 8,
    vfs: [],
    ...more,
  }
}

const FULL = pf(0, {
  driver: 'simnic',
  emulated: true,
  firmware: '1.2.3',
  switchId: 'ab01',
  vfs: [
    {
      index: 0,
      pci: parsePciAddress('0000:d8:00.1'),
      representor: { name: 'pf0vf0', ifindex: 7 as Ifindex, up: true },
      netdevs: ['d8v0'],
      driver: 'simnic_vf',
      mac: '02:00:00:00:00:01' as MacAddress,
    },
    {
      index: 1,
      pci: parsePciAddress('0000:d8:00.2'),
      representor: { name: 'pf0vf1', ifindex: 8 as Ifindex, up: false },
      netdevs: [],
    },
    { index: 2, pci: parsePciAddress('0000:d8:00.3'), netdevs: [] },
  ],
})
const BARE = pf(1, { eswitchMode: 'legacy', vteps: [] })
const FOUND: Topology = {
  nics: [
    { switchId: 'ab01', pfs: [FULL] },
    { switchId: '', pfs: [BARE] },
  ],
  addresses: [],
  gaps: [{ pf: BARE.pci, code: 'NO_VFS', text: 'it has no VFs', hint: 'make some' }],
}

describe('the report of a topology', () => {
  it('for people is a block per NIC, a line per VF and a line per gap', () => {
    assert.equal(
      topologyTable(FOUND),
      `NIC ab01 (emulated)
  PF 0000:d8:00.0  uplink p0  driver simnic fw 1.2.3  switchdev  VTEP 10.0.0.1
    VF    PCI           REPRESENTOR    NETDEV
    VF 0  0000:d8:00.1  pf0vf0         d8v0
    VF 1  0000:d8:00.2  pf0vf1 (down)  in another namespace
    VF 2  0000:d8:00.3  -              in another namespace
NIC without switch id
  PF 0000:d9:00.0  uplink p1  driver mlx5_core  legacy  VTEP none
NO_VFS: 0000:d9:00.0: it has no VFs — make some`,
    )
  })

  it('says so where there is no NIC', () =>
    assert.match(topologyTable({ nics: [], addresses: [], gaps: [] }), /^no SR-IOV NIC/))

  it('for programs is what its schema says: what is not known is null', () => {
    const items = FOUND.nics.map(nicItem)
    const report = { apiVersion: 'nicsteer/v1alpha1', kind: 'Topology', items, summary: topologySummary(FOUND) }
    // parse() drops what the schema does not describe: nothing is.
    assert.deepEqual(REPORTS.topology.parse(report), report)
    assert.deepEqual(report.summary, { nics: 2, pfs: 2, vfs: 3, gaps: FOUND.gaps })
    const [first] = items[0]?.pfs ?? []
    assert.deepEqual(
      first?.vfs.map(({ representor, driver, mac }) => [representor?.name ?? null, driver, mac]),
      [
        ['pf0vf0', 'simnic_vf', '02:00:00:00:00:01'],
        ['pf0vf1', null, null],
        [null, null, null],
      ],
    )
    assert.deepEqual([first?.label, items[1]?.pfs[0]?.label], ['emulated', 'hw-observed'])
    assert.deepEqual([items[1]?.switchId, items[1]?.pfs[0]?.firmware], [null, null])
  })
})
