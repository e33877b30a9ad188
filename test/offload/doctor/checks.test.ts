import { strict as assert } from 'node:assert'
import { CHECKS, examine, worstOf } from '../../../src/offload/doctor/examine.js'
import type { NodeState } from '../../../src/offload/doctor/state.js'
import { KERNEL } from './cases/kernel.js'
import { NIC } from './cases/nic.js'
import { OVS } from './cases/ovs.js'
import { SCOPE } from './cases/scope.js'
import { TUNNEL } from './cases/tunnel.js'
import { VTEP } from './cases/vtep.js'
import { FRESH, HEALTHY } from './sample.js'
import {
  crossing,
  findingOf,
  IPV6,
  movedLocal,
  RECENT,
  resultsOf,
  rules,
  VXLAN,
  WITH_FILE,
  withIds,
  withOvs,
  withPart,
  withPf,
} from './states.js'

const RED = [...SCOPE, ...KERNEL, ...NIC, ...VTEP, ...TUNNEL, ...OVS]

/** The table of an mlx5 for what nobody has to tell it; others are told the NIC. */
const STATIC = { size: 1, types: [], ports: [{ port: 4789, type: 'vxlan' as const }] }
const withStaticPort: NodeState = {
  ...VXLAN,
  pfs: VXLAN.pfs.map((pf) => ({ ...pf, udpPorts: { value: [{ size: 4, types: ['vxlan'], ports: [] }, STATIC] } })),
}

describe('doctor', () => {
  const STATES: [title: string, state: NodeState][] = [
    ['with OVN', HEALTHY],
    ['without Open vSwitch and rules', FRESH],
    ['with a file', WITH_FILE],
    ['with IPv6 VTEPs', IPV6],
    ['with VXLAN', VXLAN],
    ['whose NICs know VXLAN’s port by themselves', withStaticPort],
    ['with Open vSwitch 3.4 on a recent kernel', RECENT],
  ]
  for (const [title, state] of STATES) {
    it(`finds nothing on a healthy node ${title}`, () => {
      const found = examine(state).findings.filter(({ result }) => result === 'WARN' || result === 'FAIL')
      assert.deepEqual(
        found.map(({ check, says }) => [check.id, says]),
        [],
      )
      assert.equal(worstOf(examine(state)), 'OK')
    })
  }

  it('has each check once, and each one is right somewhere', () => {
    const ids = CHECKS.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const all = [
      ...STATES.map(([, state]) => state),
      withPart(FRESH, 'vxlan', { config: 'y' }),
      rules(crossing(0, 1, 90), crossing(1, 0, 90), movedLocal),
    ]
    const green = new Set(
      all.flatMap((state) => [...resultsOf(state)].flatMap(([id, result]) => (result === 'OK' ? id : []))),
    )
    assert.deepEqual(
      ids.filter((id) => !green.has(id)),
      [],
    )
  })

  for (const [id, title, broken, result, says, fix, like = HEALTHY] of RED) {
    it(`says ${result} ${id} of a node ${title}, and nothing else`, () => {
      const found = findingOf(broken, id)
      assert.equal(found.result, result, found.says)
      assert.match(found.says, says)
      assert.match(found.fix.join('\n'), fix)
      assert.equal(worstOf(examine(broken)), result)
      const before = resultsOf(like)
      const turned = [...resultsOf(broken)].filter(
        ([other, is]) => other !== id && is !== before.get(other) && (is === 'WARN' || is === 'FAIL'),
      )
      assert.deepEqual(turned, [])
    })
  }

  /** Checks whose cause others notice too. */
  const MORE_RED: [id: string, title: string, broken: NodeState, says: RegExp][] = [
    ['nic.present', 'without any NIC', { ...FRESH, pfs: [], vteps: [] }, /no NIC with SR-IOV/],
    [
      'nic.present',
      'whose NIC has neither VFs nor switchdev mode',
      { ...FRESH, pfs: FRESH.pfs.map((pf) => ({ ...pf, vfs: [], eswitchMode: 'legacy' as const })), vteps: [] },
      /switchdev mode, or has VFs/,
    ],
    [
      'nic.switchdev',
      'in legacy mode',
      withPf(FRESH, ({ vfs }) => ({
        eswitchMode: 'legacy',
        eswitch: { value: { mode: 'legacy' } },
        vfs: vfs.map(({ representor: _, ...vf }) => vf),
        representorOffload: {},
      })),
      /^p0 \(0000:d8:00\.0\) is in legacy mode/,
    ],
    [
      'vtep.address',
      'whose PF has no address',
      { ...FRESH, vteps: FRESH.vteps.slice(1) },
      /p0 .* has no address for a VTEP/,
    ],
    ['ovs.hw-offload', 'with hw-offload off', withOvs(HEALTHY, () => ({ otherConfig: {} })), /hw-offload is not set/],
    ['ovs.ovn-encap-ip', 'with an unreadable VTEP', withIds(HEALTHY, { 'ovn-encap-ip': '10.0.0' }), /10\.0\.0/],
  ]
  for (const [id, title, broken, says] of MORE_RED) {
    it(`says FAIL ${id} of a node ${title}`, () => {
      const found = findingOf(broken, id)
      assert.equal(found.result, 'FAIL')
      assert.match(found.says, says)
      assert.ok(found.fix.length > 0)
    })
  }

  it('has a broken node for each check but those whose fault cannot be seen', () => {
    const broken = new Set([...RED, ...MORE_RED].map(([id]) => id))
    const without = CHECKS.map(({ id }) => id as string).filter((id) => !broken.has(id))
    // Foreign filters have tests of their own, below.
    assert.deepEqual(without, ['nic.flex-parser', 'tunnel.qdisc-age', 'tc.foreign-filters'])
  })
})
