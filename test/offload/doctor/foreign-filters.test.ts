import { strict as assert } from 'node:assert'
import { type Ifindex, parseIp } from '../../../src/base/types.js'
import type { tc } from '../../../src/kernel/index.js'
import { FRESH, HEALTHY, ifindexOf, OURS, ovsFlow } from './sample.js'
import { filtersAlso, findingOf, foreign, WITH_FILE, withLink } from './states.js'

const PEER = parseIp('10.0.0.11')

describe('filters of others before ours', () => {
  const verdictOf = (...filters: tc.Filter[]) => findingOf(filtersAlso(...filters), 'tc.foreign-filters')

  it('are named with what they do, how much they took, and how to remove them', () => {
    const counters = { packets: 12, bytes: 1200 }
    const stats = { ...counters, software: counters, hardware: { packets: 0, bytes: 0 }, drops: 0, overlimits: 0 }
    const { result, says, fix } = verdictOf(
      foreign({ actions: [{ kind: 'gact', control: 'drop', stats } as tc.Action] }),
    )
    assert.equal(result, 'WARN')
    assert.equal(
      says,
      'filter of pf0vf0 ingress, chain 0, priority 40, flower (gact; 12 packets) takes packets before rules of ours',
    )
    assert.deepEqual(fix, ['tc filter del dev pf0vf0 ingress chain 0 pref 40 handle 0x7 flower, if nobody needs it'])
  })

  const matchall = {
    ...foreign(),
    kind: 'matchall',
    actions: [{ kind: 'gact', control: 'ok' }],
  } as unknown as tc.Filter
  const CASES: [title: string, filter: tc.Filter, result: 'WARN' | 'OK'][] = [
    ['that take all', matchall, 'WARN'],
    [
      'of a kind that cannot be read',
      { ...foreign(), kind: 'raw', name: 'u32', handle: 7 } as unknown as tc.Filter,
      'WARN',
    ],
    ['that match part of what ours do', foreign({ match: { ethDst: OURS.match.ethDst! } }), 'WARN'],
    ['that match other addresses', foreign({ match: { ethSrc: OURS.match.ethDst! } }), 'OK'],
    [
      'that match another bit',
      foreign({ match: { ethDst: '01:00:00:00:00:00' as never, ethDstMask: '01:00:00:00:00:00' as never } }),
      'OK',
    ],
    [
      'that match a bit of ours',
      foreign({ match: { ethDst: '02:00:00:00:00:00' as never, ethDstMask: '02:00:00:00:00:00' as never } }),
      'WARN',
    ],
    ['behind ours', foreign({ priority: 50000 }), 'OK'],
    ['in another chain', foreign({ chain: 3 }), 'OK'],
    ['on another device', foreign({ ifindex: ifindexOf(1, 0) }), 'OK'],
    ['of one protocol', foreign({ protocol: 0x0806 }), 'WARN'],
    ['that let packets go on', foreign({ actions: [{ kind: 'gact', control: 'continue' } as tc.Action] }), 'OK'],
    ['of Open vSwitch on its port', ovsFlow(ifindexOf(0, 0)), 'OK'],
    ['that police Open vSwitch’s port', foreign({ priority: 1, actions: [{ kind: 'police' } as tc.Action] }), 'OK'],
  ]
  for (const [title, filter, result] of CASES) {
    it(`${title}: ${result}`, () => assert.equal(verdictOf(filter).result, result))
  }

  it('that Open vSwitch left behind on a device that is no port of it any more', () => {
    const state = withLink(HEALTHY, 'pf0vf0', {})
    const links = state.links.map(({ slaveKind, ...link }) =>
      link.name === 'pf0vf0' || slaveKind === undefined ? link : { ...link, slaveKind },
    )
    assert.equal(findingOf({ ...state, links }, 'tc.foreign-filters').result, 'WARN')
  })

  it('that come before rules which a file wants and which are not there yet', () => {
    const { ovs: _, ...state } = WITH_FILE
    const filters = [foreign()]
    assert.equal(findingOf({ ...state, filters }, 'tc.foreign-filters').result, 'WARN')
    assert.equal(findingOf({ ...FRESH, filters }, 'tc.foreign-filters').result, 'SKIP')
  })

  const DECAP: tc.FlowerFilter = {
    ...OURS,
    ifindex: 5 as Ifindex,
    match: {
      encKeyId: 5001,
      encSrcIp: PEER,
      encDstIp: parseIp('10.0.0.1'),
      encDstPort: 6081,
      encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00000001' }] },
      encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: '0000ffff' }] },
    },
  }
  const DECAPS: [title: string, match: tc.FlowerMatch, result: 'WARN' | 'OK'][] = [
    ['another VNI', { encKeyId: 5002 }, 'OK'],
    ['the VNI', { encKeyId: 5001 }, 'WARN'],
    ['another port', { encDstPort: 4789 }, 'OK'],
    ['a network of the peer', { encSrcIp: parseIp('10.0.0.0'), encSrcIpMask: parseIp('255.255.255.0') }, 'WARN'],
    ['another network', { encSrcIp: parseIp('10.0.1.0'), encSrcIpMask: parseIp('255.255.255.0') }, 'OK'],
    ['IPv6', { encDstIp: parseIp('fd00::1') }, 'OK'],
    ['the same egress key', { encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00070001' }] } }, 'WARN'],
    ['another egress key', { encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00070002' }] } }, 'OK'],
    ['another option', { encOpts: { geneve: [{ class: 0x103, type: 0x80, data: '00070002' }] } }, 'WARN'],
  ]
  for (const [title, match, result] of DECAPS) {
    it(`on the tunnel device, that match ${title}: ${result}`, () => {
      const filters = [DECAP, foreign({ ifindex: 5 as Ifindex, match })]
      assert.equal(findingOf({ ...HEALTHY, filters }, 'tc.foreign-filters').result, result)
    })
  }
})
