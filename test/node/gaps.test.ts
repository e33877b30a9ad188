import { strict as assert } from 'node:assert'
import { type Ifindex, type IpAddress, parsePciAddress } from '../../src/base/types.js'
import type { PfInfo } from '../../src/node/facts.js'
import { gapsOf } from '../../src/node/gaps.js'
import { nodeFacts } from '../../src/node/topology.js'

/** A PF on which nothing is missing. */
const PF: PfInfo = {
  pci: parsePciAddress('0000:d8:00.0'),
  driver: 'mlx5_core',
  emulated: false,
  uplink: { name: 'p0', ifindex: 5 as Ifindex, up: true, carrier: true, mtu: 9000 },
  switchId: 'ab01',
  eswitchMode: 'switchdev',
  hwTcOffload: 'on',
  vteps: ['10.0.0.1' as IpAddress],
  totalVfs: 8,
  vfs: [
    {
      index: 0,
      pci: parsePciAddress('0000:d8:00.1'),
      representor: { name: 'pf0vf0', ifindex: 6 as Ifindex, up: true },
      netdevs: [],
    },
  ],
}
const [VF] = PF.vfs as [PfInfo['vfs'][number]]
const { representor: _, ...VF_ALONE } = VF

describe('what is missing on a PF', () => {
  const CASES: [state: string, pf: PfInfo, codes: string[], hint: RegExp][] = [
    ['that has everything', PF, [], /^$/],
    ['without VFs', { ...PF, vfs: [] }, ['NO_VFS'], /sriov_numvfs/],
    [
      'in legacy mode',
      { ...PF, eswitchMode: 'legacy', vfs: [VF_ALONE] },
      ['NOT_SWITCHDEV'],
      /devlink dev eswitch set pci\/0000:d8:00\.0 mode switchdev/,
    ],
    ['with offload off', { ...PF, hwTcOffload: 'off' }, ['NO_TC_OFFLOAD'], /ethtool -K p0 hw-tc-offload on/],
    ['that is down', { ...PF, uplink: { ...PF.uplink, up: false, carrier: false } }, ['UPLINK_DOWN'], /p0 up/],
    ['without a cable', { ...PF, uplink: { ...PF.uplink, carrier: false } }, ['NO_CARRIER'], /cable/],
    ['without an address', { ...PF, vteps: [] }, ['NO_VTEP'], /ip address add .* dev p0/],
    ['whose representor is elsewhere', { ...PF, vfs: [VF_ALONE] }, ['NO_REPRESENTOR'], /namespace/],
    [
      'whose representor is down',
      { ...PF, vfs: [{ ...VF, representor: { name: 'pf0vf0', ifindex: 6 as Ifindex, up: false } }] },
      ['REPRESENTOR_DOWN'],
      /ip link set pf0vf0 up/,
    ],
  ]
  for (const [state, pf, codes, hint] of CASES) {
    it(`${state} is ${codes.join(', ') || 'nothing'}, with what to do`, () => {
      const gaps = gapsOf(pf)
      assert.deepEqual(
        gaps.map(({ code }) => code),
        codes,
      )
      assert.match(gaps.map((gap) => gap.hint).join('\n'), hint)
    })
  }
})

describe('the facts that decisions are made of', () => {
  it('are names and addresses, no indices of netdevs and no states', () => {
    const address = { ip: '10.0.0.1' as IpAddress, device: 'p0', ifindex: 5 as Ifindex }
    const facts = nodeFacts({ nics: [{ switchId: 'ab01', pfs: [PF] }], addresses: [address], gaps: [] })
    assert.deepEqual(facts.pfs, [
      {
        pci: '0000:d8:00.0',
        uplink: 'p0',
        switchId: 'ab01',
        vfs: [{ index: 0, pci: '0000:d8:00.1', netdevs: [], representor: 'pf0vf0' }],
      },
    ])
  })
})
