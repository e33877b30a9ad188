import { strict as assert } from 'node:assert'
import { type Ifindex, type IpAddress, parseIp } from '../../../src/base/types.js'
import type { rtnl } from '../../../src/kernel/index.js'
import { isInNetwork, neighbourOf, severalVteps, vtepsOf } from '../../../src/offload/doctor/vteps.js'
import type { NicSpec, NodeFacts } from '../../../src/steering/model.js'
import { FRESH, HEALTHY, ifindexOf, pciOf } from './sample.js'
import { withIds, withOvs } from './states.js'

const FACTS: NodeFacts = {
  pfs: [0, 1].map((k) => ({ pci: pciOf(k), uplink: `p${k}`, switchId: `0${k}`, vfs: [] })),
  addresses: [],
}
const shown = (state: typeof HEALTHY, nics: NicSpec[] = []) =>
  vtepsOf(state, nics, FACTS).map(({ ip, by, pf, at }) => [ip, by, pf, at?.device])

describe('the VTEPs that a node is said to have', () => {
  it('are those of the file, whatever else there is', () => {
    const nics = [
      { pf: 'p1', vtep: parseIp('10.0.0.2'), plane: 'default' },
      { pf: '0000:d8:00.0', vtep: parseIp('10.0.0.9'), device: 'p0', plane: 'default' },
      { pf: 'eth7', vtep: parseIp('10.0.0.1'), plane: 'default' },
    ]
    assert.deepEqual(shown(HEALTHY, nics), [
      ['10.0.0.2', 'spec.nics', pciOf(1), 'p1'],
      ['10.0.0.9', 'spec.nics', pciOf(0), undefined],
      ['10.0.0.1', 'spec.nics', undefined, 'p0'],
    ])
  })

  it('are those of OVN’s mapping, then the others of ovn-encap-ip by the device that has them', () => {
    const mapping = 'ovn-pf-encap-ip-mapping'
    assert.deepEqual(shown(HEALTHY), [
      ['10.0.0.1', mapping, pciOf(0), 'p0'],
      ['10.0.0.2', mapping, pciOf(1), 'p1'],
    ])
    assert.deepEqual(shown(withIds(HEALTHY, { 'ovn-pf-encap-ip-mapping': 'p0:10.0.0.1' })), [
      ['10.0.0.1', mapping, pciOf(0), 'p0'],
      ['10.0.0.2', 'ovn-encap-ip', pciOf(1), 'p1'],
    ])
  })

  it('are addresses of uplinks where nobody names any, and of devices on top of them', () => {
    const at = (ip: string, ifindex: Ifindex): rtnl.Address => ({ ...FRESH.addresses[1]!, ip: parseIp(ip), ifindex })
    const device = (name: string, ifindex: number, more: Partial<rtnl.Link> = {}): rtnl.Link => ({
      ...FRESH.links[0]!,
      name,
      ifindex: ifindex as Ifindex,
      ...more,
    })
    const state = {
      ...withOvs(HEALTHY, () => ({
        externalIds: {},
        bridges: [{ name: 'br1', datapathType: '', interfaces: ['br1', 'p1', 'vtep1'] }],
      })),
      links: [
        ...FRESH.links,
        device('p0.100', 50, { linkIfindex: ifindexOf(0) }),
        device('vtep1', 51, { kind: 'openvswitch' }),
        device('eno1', 52),
      ],
      addresses: [
        at('127.0.0.1', 1 as Ifindex),
        at('10.0.0.1', 50 as Ifindex),
        at('10.0.0.2', 51 as Ifindex),
        at('192.0.2.7', 52 as Ifindex),
        at('fe80::1', ifindexOf(0)),
        at('fd00::1', ifindexOf(0)),
      ],
    }
    assert.deepEqual(shown(state), [
      ['10.0.0.1', 'address of p0.100', pciOf(0), 'p0.100'],
      ['10.0.0.2', 'address of vtep1', pciOf(1), 'vtep1'],
      ['fd00::1', 'address of p0', pciOf(0), 'p0'],
    ])
  })

  it('are several only where two NICs have some of one family', () => {
    assert.equal(severalVteps(HEALTHY, 4).length, 2)
    assert.deepEqual(severalVteps(HEALTHY, 6), [])
    assert.deepEqual(severalVteps({ vteps: HEALTHY.vteps.map((one) => ({ ...one, pf: pciOf(0) })) }, 4), [])
  })
})

describe('an address beside a VTEP', () => {
  const CASES: [ip: string, prefix: number, own: string[], neighbour: string | undefined][] = [
    ['10.0.0.1', 24, ['10.0.0.1', '10.0.0.2'], '10.0.0.3'],
    ['10.0.0.9', 24, ['10.0.0.9'], '10.0.0.1'],
    ['10.1.2.200', 16, ['10.1.2.200'], '10.1.2.1'],
    ['10.0.0.5', 30, ['10.0.0.5'], '10.0.0.6'],
    ['10.0.0.5', 30, ['10.0.0.5', '10.0.0.6'], undefined],
    ['10.0.0.5', 31, ['10.0.0.5'], undefined],
    ['10.0.0.5', 32, ['10.0.0.5'], undefined],
    ['fd00:10::1', 64, ['fd00:10::1'], 'fd00:10::2'],
    ['fd00:10::1', 127, ['fd00:10::1'], undefined],
  ]
  for (const [ip, prefix, own, neighbour] of CASES) {
    it(`${ip}/${prefix}, where the node has ${own.join(' and ')}: ${neighbour ?? 'none'}`, () =>
      assert.equal(neighbourOf(parseIp(ip), prefix, own as IpAddress[]), neighbour))
  }

  it('is in a network or not, bit by bit', () => {
    const isIn = (ip: string, network: string, prefix: number) => isInNetwork(parseIp(ip), parseIp(network), prefix)
    assert.deepEqual(
      [
        isIn('10.0.0.200', '10.0.0.1', 24),
        isIn('10.0.1.1', '10.0.0.1', 24),
        isIn('10.0.1.1', '10.0.0.1', 23),
        isIn('10.0.0.128', '10.0.0.1', 25),
        isIn('10.0.0.2', '10.0.0.1', 32),
        isIn('192.0.2.1', '10.0.0.1', 0),
        isIn('fd00::1', 'fd00::2', 64),
        isIn('fd00::1', 'fd00:0:0:1::2', 64),
      ],
      [true, false, true, false, false, true, true, false],
    )
  })
})
