import { strict as assert } from 'node:assert'
import { sample } from '../../support/sample.js'
import { sh } from '../support/shell.js'
import { PCI, setKnob } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { freshQdisc, offerRule, ruleStates, type TcRule } from './rules.js'
import { decapRule, encapRule, optionFrom, PEER, TUNNEL, vfMac, vtep } from './tunnel-rules.js'

// Which profile takes which rule: profiles are data, and this is what the data means. Every profile on its own NIC stands for a set of
// capabilities (docs/lab.md), not for a card.
const PROFILES = [
  'full',
  'mlx5-like',
  'no-ct',
  'no-int-port',
  'no-geneve-option-match',
  'one-chain',
  'small-table',
  'small-header',
  'no-encap',
  'none',
] as const
type Profile = (typeof PROFILES)[number]

const REP = 'pf0vf0'
const VXLAN = 'vxl0'
const local = (change: Partial<TcRule>): TcRule => ({
  handle: 1,
  pref: 1,
  protocol: 'all',
  match: `dst_mac ${vfMac(0, 1)}`,
  action: 'mirred egress redirect dev pf0vf1',
  ...change,
})
const encapVxlan: TcRule = {
  ...encapRule(0, 0, { pref: 1 }),
  action: `tunnel_key set src_ip ${vtep(0)} dst_ip ${PEER} id 5001 dst_port 4789 nocsum pipe action mirred egress redirect dev ${VXLAN}`,
}
const twoOptions = `${optionFrom(0, 0)},0102:81:0000000a`
const vxlanOuter = `enc_key_id 5001 enc_src_ip ${PEER} enc_dst_ip ${vtep(0)} enc_dst_port 4789`

/** At priority 1 and in chain 0, unless those are the point. */
const RULES: { name: string; device: string; rule: TcRule; refusedBy: readonly Profile[] }[] = [
  { name: 'redirect to a VF of the same PF', device: REP, rule: local({}), refusedBy: [] },
  { name: 'GENEVE encap with one option', device: REP, rule: encapRule(0, 0, { pref: 1 }), refusedBy: ['no-encap'] },
  {
    name: 'GENEVE encap with two options',
    device: REP,
    rule: encapRule(0, 0, { pref: 1, option: twoOptions }),
    refusedBy: ['no-encap', 'small-header'],
  },
  { name: 'VXLAN encap', device: REP, rule: encapVxlan, refusedBy: ['no-encap'] },
  {
    name: 'GENEVE decap without option',
    device: TUNNEL,
    rule: decapRule(0, 0, { pref: 1, option: '' }),
    refusedBy: [],
  },
  {
    name: 'GENEVE decap with an option',
    device: TUNNEL,
    rule: decapRule(0, 0, { pref: 1 }),
    refusedBy: ['no-geneve-option-match'],
  },
  {
    name: 'VXLAN decap',
    device: VXLAN,
    rule: decapRule(0, 0, { pref: 1, enc: vxlanOuter, option: '' }),
    refusedBy: [],
  },
  {
    name: 'decap with enc_flags',
    device: TUNNEL,
    rule: decapRule(0, 0, { pref: 1, option: '', match: 'enc_flags tuncsum' }),
    refusedBy: PROFILES.filter((profile) => profile !== 'full'),
  },
  {
    name: 'priority 17',
    device: REP,
    rule: local({ pref: 17 }),
    refusedBy: PROFILES.filter((profile) => profile !== 'full'),
  },
  { name: 'chain 2', device: REP, rule: local({ chain: 2 }), refusedBy: ['one-chain'] },
  {
    name: 'chain 4',
    device: REP,
    rule: local({ chain: 4 }),
    refusedBy: PROFILES.filter((profile) => profile !== 'full'),
  },
]

const cases = PROFILES.flatMap((profile) => RULES.map((entry) => ({ profile, ...entry })))

describe('simnic’s profiles take and refuse what their names say', () => {
  useTopology('single', 'max_delay_ms=10')
  before(() => {
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link add ${VXLAN} type vxlan external dstport 4789`)
    for (const device of [TUNNEL, VXLAN]) sh(`ip link set ${device} up`)
  })
  after(() => {
    for (const device of [TUNNEL, VXLAN]) sh(`ip link delete ${device}`)
  })

  for (const { profile, name, device, rule, refusedBy } of sample('cases of profile × rule', cases, 5)) {
    const taken = profile !== 'none' && !refusedBy.includes(profile)
    it(`${profile}: ${name}: ${taken ? 'taken' : 'refused'}`, () => {
      for (const one of [REP, TUNNEL, VXLAN]) freshQdisc(one)
      setKnob(PCI[0], 'profile', profile)
      const { status, text } = offerRule(device, rule, 'verbose')
      assert.equal(status, 0, text)
      assert.equal(ruleStates(device)[0]?.inHw, taken, text)
      if (taken) assert.equal(text, '')
    })
  }
})
