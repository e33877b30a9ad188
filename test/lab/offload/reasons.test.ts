import { strict as assert } from 'node:assert'
import { tc } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { allIngressFilters, type Session } from '../../../src/offload/session.js'
import { type JudgedRule, type Verification, verify } from '../../../src/offload/verify.js'
import { type LoadedSteering, loadSteering } from '../../../src/steering/spec/load.js'
import { PEER, vtep } from '../simnic/tunnel-rules.js'
import { startOvs, stopOvs, vsctl } from '../support/ovs.js'
import { useSession } from '../support/session.js'
import { attempt, sh } from '../support/shell.js'
import { DUAL_PCI, PCI, setKnob } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile, steeringText } from './steering.js'

const wanted = { vfs: [[0, 0]] } as const
const file = steeringFile(wanted)
const [NIC] = PCI

/** The same with another encapsulation. */
const encapsulatedBy = (encapsulation: string): LoadedSteering =>
  loadSteering(steeringText(wanted).replace('{type: geneve, options: ovn}', encapsulation), 'steering.yaml')
const TWO_OPTIONS =
  '{type: geneve, options: [{class: 258, type: 128, data: "00000001"}, {class: 258, type: 129, data: "00000002"}]}'

const ruleOf = ({ rules }: Verification, kind: 'encap' | 'decap', pf = 0): JudgedRule => {
  const found = rules.find(({ rule }) => rule.kind === kind && rule.pf === PCI[pf])
  assert.ok(found, `no ${kind} rule`)
  return found
}
const show = ({ verdict, reason }: JudgedRule) => `${verdict} ${reason?.code ?? '-'}`

/** What is set up, and what then is true of the rule into the tunnel and of the one out of it. */
interface Case {
  title: string
  before?: () => void
  after?: () => void
  file?: LoadedSteering
  encap: string
  decap: string
  text?: string
  hint?: RegExp
}

const profile = (name: string) => () => setKnob(NIC, 'profile', name)
const IN_HARDWARE = 'hardware -'

const CASES: Case[] = [
  { title: 'profile mlx5-like: none', before: profile('mlx5-like'), encap: IN_HARDWARE, decap: IN_HARDWARE },
  {
    title: 'profile none: its text',
    before: profile('none'),
    encap: 'software LAB_PROFILE',
    decap: 'software LAB_PROFILE',
    text: 'simnic: this profile offloads no rule',
  },
  {
    title: 'profile no-encap: the eswitch’s encap mode, as the driver says nothing',
    before: profile('no-encap'),
    encap: 'software ENCAP_MODE_NONE',
    decap: IN_HARDWARE,
  },
  {
    title: 'profile no-geneve-option-match: the text that overwrites the true one',
    before: profile('no-geneve-option-match'),
    encap: IN_HARDWARE,
    decap: 'software TUNNEL_MATCH_REFUSED',
    text: 'simnic: Failed to parse tunnel attributes',
  },
  {
    title: 'two options for a NIC that matches one',
    before: profile('mlx5-like'),
    file: encapsulatedBy(TWO_OPTIONS),
    encap: IN_HARDWARE,
    decap: 'software TUNNEL_MATCH_REFUSED',
  },
  {
    title: 'a header that is too long: among what is not ruled out, as only the log says it',
    before: profile('small-header'),
    file: encapsulatedBy(TWO_OPTIONS),
    encap: 'software NO_TEXT',
    decap: 'software TUNNEL_MATCH_REFUSED',
    hint: /not ruled out: .*ENCAP_HEADER_TOO_LONG/,
  },
  {
    title: 'a full table: among what is not ruled out, as the errno does not come through',
    before: () => setKnob(NIC, 'table_full', '1'),
    encap: 'software NO_TEXT',
    decap: 'software NO_TEXT',
    hint: /not ruled out: .*NO_ROOM/,
  },
  {
    title: 'words that nobody knows: themselves',
    before: () => setKnob(NIC, 'refuse', '1000 28 firmware has no room'),
    encap: 'software UNKNOWN',
    decap: 'software UNKNOWN',
    text: 'simnic: firmware has no room',
  },
  {
    title: 'GENEVE on another port',
    before: profile('mlx5-like'),
    file: encapsulatedBy('{type: geneve, port: 6082, options: ovn}'),
    encap: IN_HARDWARE,
    decap: 'software GENEVE_PORT',
    text: 'simnic: Failed to parse tunnel attributes',
  },
  {
    title: 'hw-tc-offload of the representor off',
    before: () => sh('ethtool -K pf0vf0 hw-tc-offload off'),
    after: () => sh('ethtool -K pf0vf0 hw-tc-offload on'),
    encap: 'software OFFLOAD_DISABLED',
    decap: IN_HARDWARE,
    text: 'TC offload is disabled on net device',
  },
  {
    title: 'hw-tc-offload of the uplink off',
    before: () => sh('ethtool -K p0 hw-tc-offload off'),
    after: () => sh('ethtool -K p0 hw-tc-offload on'),
    encap: IN_HARDWARE,
    decap: 'software OFFLOAD_DISABLED',
    text: 'TC offload is disabled on net device',
  },
]

/** Routing that changes after the rules were made: hardware is asked again, and looks up the new way. */
const ROUTES: { title: string; change: string; undo: string; encap: string; decap: string }[] = [
  {
    title: 'a remote VTEP that is this node’s own address',
    change: `ip address add ${PEER}/32 dev lo`,
    undo: `ip address del ${PEER}/32 dev lo`,
    encap: 'wrong LOCAL_ROUTE',
    decap: 'software LOCAL_ROUTE',
  },
  {
    title: 'no route',
    change: `ip rule add pref 105 from ${vtep(0)} to ${PEER} unreachable`,
    undo: 'ip rule del pref 105',
    encap: 'wrong NO_ROUTE',
    decap: 'software NO_ROUTE',
  },
]

describe('verify gives the reason why a NIC refused', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'after each test')
  useTopology('single', 'max_delay_ms=50')
  afterEach(() => {
    setKnob(NIC, 'refuse', '0 95')
    setKnob(NIC, 'table_full', '0')
    setKnob(NIC, 'profile', 'full')
  })

  for (const { title, before: prepare, after: undo, file: steering = file, encap, decap, text, hint } of CASES) {
    it(title, async () => {
      prepare?.()
      try {
        const applied = await apply(session, steering)
        const verified = await verify(session, steering)
        for (const judged of [applied, verified]) {
          const both = [ruleOf(judged, 'encap'), ruleOf(judged, 'decap')]
          assert.deepEqual(both.map(show), [encap, decap])
          const refused = both.filter(({ inHw }) => !inHw)
          if (text !== undefined) for (const { reason } of refused) assert.equal(reason?.text, text)
          if (hint !== undefined) assert.match(refused[0]?.reason?.hint ?? '', hint)
        }
      } finally {
        undo?.()
      }
    })
  }

  for (const { title, change, undo, encap, decap } of ROUTES) {
    it(`${title}, of which the driver says nothing`, async () => {
      setKnob(NIC, 'profile', 'none')
      await apply(session, file)
      setKnob(NIC, 'profile', 'full')
      sh(change)
      try {
        const verified = await verify(session, file)
        assert.deepEqual([show(ruleOf(verified, 'encap')), show(ruleOf(verified, 'decap'))], [encap, decap])
        assert.equal(ruleOf(verified, 'encap').reason?.text, undefined)
      } finally {
        sh(undo)
      }
      const mended = await verify(session, file)
      assert.deepEqual([show(ruleOf(mended, 'encap')), show(ruleOf(mended, 'decap'))], [IN_HARDWARE, IN_HARDWARE])
    })
  }

  it('behind the rules of Open vSwitch: a priority that the NIC does not have', async () => {
    startOvs()
    try {
      vsctl('add-br br-int')
      vsctl('add-port br-int pf0vf0')
      setKnob(NIC, 'profile', 'mlx5-like')
      await apply(session, file)
      const { reason } = ruleOf(await verify(session, file), 'encap')
      assert.deepEqual(
        [reason?.code, reason?.text],
        ['PRIORITY_RANGE', 'simnic: Requested priority is out of supported range'],
      )
      await clear(session)
    } finally {
      attempt('ovs-vsctl', 'del-br', 'br-int')
      stopOvs()
    }
  })

  it('a tunnel whose source is gone', async () => {
    setKnob(NIC, 'profile', 'none')
    await apply(session, file)
    setKnob(NIC, 'profile', 'full')
    sh(`ip address del ${vtep(0)}/24 dev p0`)
    // Without the file: that one asks for the address.
    const verified = await verify(session, undefined)
    assert.equal(show(ruleOf(verified, 'encap')), 'wrong NO_SOURCE_ADDRESS')
  })
})

describe('the two PFs of one card, and the reasons of their rules', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'at the end')
  useTopology('dual', 'max_delay_ms=50')
  const steering = steeringFile({
    vfs: [
      [0, 0],
      [1, 0],
    ],
    pci: DUAL_PCI,
  })
  const decapRules = ({ rules }: Verification) => rules.filter(({ rule }) => rule.kind === 'decap')

  it('have none where the owner took the rule, although its sibling declines it in words', async () => {
    const applied = await apply(session, steering)
    const ours = allIngressFilters(session).filter(tc.isFlower)
    const decaps = ours.filter(({ match }) => match.encDstIp !== undefined && match.ethDstMask === undefined)
    assert.equal(decaps.length, 2)
    const offered = tc.installFilters(
      session.route,
      decaps.map((filter): tc.FlowerFilter => ({ ...filter, flags: { verbose: true } })),
      { replace: true, echo: true },
    )
    for (const { warning, installed } of offered) {
      assert.equal(warning, "simnic: devices are not on same switch HW, can't offload forwarding")
      assert.equal(installed?.flags?.inHw, true)
    }
    for (const judged of [applied, await verify(session, steering)])
      assert.deepEqual(decapRules(judged).map(show), [IN_HARDWARE, IN_HARDWARE])
  })

  it('is the route by the sibling, which the driver refuses without a word', async () => {
    await clear(session)
    for (const pci of DUAL_PCI) setKnob(pci, 'profile', 'none')
    await apply(session, steering)
    for (const pci of DUAL_PCI) setKnob(pci, 'profile', 'full')
    sh(`ip rule add pref 105 from ${vtep(0)} to ${PEER} lookup 102`)
    try {
      const { rules } = await verify(session, steering)
      const encaps = rules.filter(({ rule }) => rule.kind === 'encap').map((one) => `${one.rule.pf} ${show(one)}`)
      assert.deepEqual(encaps.sort(), [`${DUAL_PCI[0]} wrong OTHER_PF_ROUTE`, `${DUAL_PCI[1]} ${IN_HARDWARE}`])
    } finally {
      sh('ip rule del pref 105')
    }
  })
})
