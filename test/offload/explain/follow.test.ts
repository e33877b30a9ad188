import { strict as assert } from 'node:assert'
import { conclude } from '../../../src/offload/explain/conclusion.js'
import type { Party } from '../../../src/offload/explain/endpoints.js'
import { follow, isRuleFirst } from '../../../src/offload/explain/follow.js'
import { followAsked } from '../../../src/offload/explain/follow-flows.js'
import type { Hop } from '../../../src/offload/explain/hop.js'
import type { Seen } from '../../../src/offload/explain/hops-of-rule.js'
import type { Way } from '../../../src/offload/explain/way.js'
import type { JudgedRule } from '../../../src/offload/verify.js'
import { besideOvs, encap, FACTS, line, OURS, RECEIVER, SENDER, stepsOf, THEIRS, tcRule, vf } from './sample.js'

const NO_RULES = { verification: { rules: [] }, sender: SENDER, receiver: RECEIVER } as unknown as Seen
const TUNNEL_IN = 'tun_id=0x3,src=10.0.0.11,dst=10.0.0.1,ttl=0/0,tp_dst=6081,flags(+key)'
const back = (layer: 'tc' | 'tc, offloaded' = 'tc, offloaded') =>
  line({ ufid: 9, port: 'genev_sys_6081', tunnel: TUNNEL_IN, src: THEIRS, dst: OURS, layer, actions: 'pf0vf0' })

interface Case {
  what: string
  lines: string[]
  receiver?: Party
  facts?: typeof FACTS
  /** The last sentence. */
  says: RegExp
  places: Hop['place'][]
}

const ON_THE_WIRE: Hop['place'][] = ['tunnel', 'tunnel device', 'route', 'neighbour', 'nic', 'remote', 'back']
const idle = { hardware: { packets: 0, bytes: 0 } }

const CASES: Case[] = [
  {
    what: 'a flow in hardware',
    lines: [line({ actions: encap() }), back()],
    says: /: in hardware, by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11; 5 packets counted there$/,
    places: ['flow', ...ON_THE_WIRE],
  },
  {
    what: 'one that no packet has proven, by TC’s counters',
    lines: [line({ actions: encap() })],
    facts: { ...FACTS, rules: new Map([tcRule(1, idle)]) },
    says: /: in hardware, by p0 in the tunnel .*; no packet has come yet to prove it$/,
    places: ['flow', ...ON_THE_WIRE],
  },
  {
    what: 'the tunnel of another NIC',
    lines: [line({ actions: encap('10.0.0.2') })],
    says: /: wrong, because the tunnel's source is 10\.0\.0\.2, not 10\.0\.0\.1 of 0000:d8:00\.0 VF 0 .* — OVN: external_ids:encap-ip/,
    places: ['flow', 'tunnel', 'tunnel device', 'route', 'nic', 'remote', 'back'],
  },
  {
    what: 'a flow that the NIC refused',
    lines: [line({ layer: 'tc', actions: encap() })],
    says: /: not in hardware, because the NIC did not take Open vSwitch's flow — Open vSwitch prints no reason; nicsteer verify --ovs --trace/,
    places: ['flow', ...ON_THE_WIRE],
  },
  {
    what: 'a flow that was not offered',
    lines: [line({ layer: 'ovs', actions: encap() })],
    says: /: not in hardware, because Open vSwitch carries the flow itself — .*hw-offload off/,
    places: ['flow', ...ON_THE_WIRE],
  },
  {
    what: 'a second chain in software, behind a first one in hardware',
    lines: [
      line({ ufid: 1, actions: 'ct(zone=1),recirc(0x5)' }),
      line({ ufid: 2, recirc: 5, layer: 'tc', actions: encap() }),
    ],
    says: /: not in hardware, because the NIC did not take Open vSwitch's flow — Open vSwitch prints no reason/,
    places: ['flow', 'flow', ...ON_THE_WIRE],
  },
  {
    what: 'a chain that ends in nothing',
    lines: [line({ actions: 'ct(zone=1),recirc(0x5)' })],
    says: /: not carried by hardware, though flagged so, because packets go on with recirc_id 0x5, for which there is no flow: none has got further in the last 10 s/,
    places: ['flow'],
  },
  {
    what: 'a drop, whoever drops',
    lines: [line({ actions: 'drop' })],
    says: /: not carried, because Open vSwitch drops these packets — .*ofproto\/trace ovs-system 'in_port\(pf0vf0\),eth\(src=02:00:00:00:00:01,dst=02:00:00:00:01:01\)/,
    places: ['flow'],
  },
  {
    what: 'a drop behind connection tracking, not that all of it is in software',
    lines: [
      line({ ufid: 1, layer: 'tc', actions: 'ct(zone=1),recirc(0x5)' }),
      line({ ufid: 2, recirc: 5, layer: 'tc', actions: 'drop' }),
    ],
    says: /: not carried, because Open vSwitch drops these packets/,
    places: ['flow', 'flow'],
  },
  {
    what: 'packets that ovs-vswitchd handles one by one',
    lines: [line({ layer: 'ovs', actions: 'userspace(pid=1,slow_path(action))' })],
    says: /: not in hardware, because Open vSwitch carries the flow itself — its packets go to ovs-vswitchd itself/,
    places: ['flow'],
  },
  {
    what: 'a way back in software',
    lines: [line({ actions: encap() }), back('tc')],
    says: /: in hardware, but not well, because Open vSwitch's flow back from 10\.0\.0\.11 is software/,
    places: ['flow', ...ON_THE_WIRE],
  },
  {
    what: 'another VF of the same NIC',
    lines: [line({ actions: 'pf0vf1' })],
    receiver: vf(0, 1, THEIRS),
    says: /: in hardware, by the switch of 0000:d8:00\.0; 5 packets counted there$/,
    places: ['flow', 'remote'],
  },
  {
    what: 'a VF of another NIC, without a tunnel',
    lines: [line({ layer: 'tc', actions: 'pf1vf0' })],
    receiver: vf(1, 0, THEIRS),
    says: /: not in hardware, because Open vSwitch hands packets from one NIC's switch to the other's in software/,
    places: ['flow', 'remote'],
  },
  {
    what: 'an output that is not the receiver’s',
    lines: [line({ actions: 'pf0vf1' })],
    receiver: vf(1, 0, THEIRS),
    says: /because Open vSwitch sends it out of pf0vf1, not of pf1vf0/,
    places: ['flow', 'remote'],
  },
  {
    what: 'no tunnel at all',
    lines: [line({ actions: 'p0' })],
    says: /: in hardware, by the switch of 0000:d8:00\.0; 5 packets counted there$/,
    places: ['flow', 'nic', 'remote'],
  },
]

describe('explain, by flows of Open vSwitch', () => {
  for (const { what, lines, receiver = RECEIVER, facts = FACTS, says, places } of CASES) {
    it(`names ${what}`, async () => {
      const { hops, carrier } = await follow({ ...NO_RULES, receiver }, await besideOvs(lines, receiver, facts))
      assert.match(conclude(SENDER, receiver, hops, carrier), says)
      assert.deepEqual(
        hops.map(({ place }) => place),
        places,
      )
    })
  }

  it('says expected against actual local_ip, and how many ways there are', async () => {
    const lines = [line({ actions: encap() }), line({ ufid: 2, layer: 'tc', actions: encap() })]
    const { hops } = await follow(NO_RULES, await besideOvs(lines))
    const found = (place: Hop['place']) => hops.find((hop) => hop.place === place)?.found ?? ''
    assert.match(
      found('flow'),
      /^of 2 ways to 02:00:00:00:01:01 this one: recirc_id 0x0, ufid .*002, dp:tc: software; 5 packets; goes to genev_sys_6081$/,
    )
    assert.match(
      found('tunnel'),
      /^10\.0\.0\.1 -> 10\.0\.0\.11, VNI 3; local_ip expected: 10\.0\.0\.1 \(ovn-pf-encap-ip-mapping\)$/,
    )
  })

  describe('where none is there, by what Open vSwitch says it would do', () => {
    async function told(
      actions: string | { none: string },
      facts = FACTS,
    ): Promise<[said: string, by: string | undefined]> {
      const { seen } = await besideOvs([], RECEIVER, facts)
      const [step] = typeof actions === 'string' ? await stepsOf([line({ layer: 'ovs', actions })]) : []
      const asked =
        step === undefined
          ? (actions as { none: string }).none
          : { packet: 'a frame', judged: step.judged, actions: String(actions) }
      const { hops, carrier } = followAsked(seen, asked)
      assert.match(hops[0]?.found ?? '', /^no flow from pf0vf0 to 02:00:00:00:01:01: no such packet in the last 10 s/)
      return [conclude(SENDER, RECEIVER, hops, carrier), carrier?.by]
    }

    it('says so, and that nobody has seen it', async () => {
      const [said, by] = await told(encap())
      assert.match(
        said,
        /: not seen yet: no flow from .*; asked, Open vSwitch would send it by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11 — send some packets, then ask again$/,
      )
      assert.equal(by, 'asked')
    })
    it('names the tunnel of another NIC', async () => {
      assert.match(
        (await told(encap('10.0.0.2')))[0],
        /: wrong, because the tunnel's source is 10\.0\.0\.2, not 10\.0\.0\.1/,
      )
    })
    it('finds nothing wrong with a next hop that nobody has sent to', async () => {
      const pathOf: typeof FACTS.pathOf = (...tunnel) => {
        const path = FACTS.pathOf(...tunnel)
        return path && { ...path, neighbour: 'unresolved' }
      }
      assert.match(
        (await told(encap(), { ...FACTS, pathOf }))[0],
        /: not seen yet: no flow from .* by p0 in the tunnel/,
      )
    })
    it('names a drop', async () => {
      const [said, by] = await told('drop')
      assert.match(said, /: not carried, because Open vSwitch would drop these packets/)
      assert.equal(by, undefined)
    })
    it('says why it does not know, where it was not asked', async () => {
      assert.match(
        (await told({ none: 'the bundle has no answer to that' }))[0],
        /: not seen yet: no flow from .*; what Open vSwitch would do is not known: the bundle has no answer to that/,
      )
    })
  })

  it('takes our rule for the one that carries by hardware, then by priority', async () => {
    const rule = (inHw: boolean, priority: number) => ({ inHw, rule: { priority } }) as JudgedRule
    const flow = async (inHw?: boolean) => {
      const rules = new Map(inHw === undefined ? [] : [tcRule(1, { inHw })])
      const steps = await stepsOf([line({ layer: 'tc', actions: encap() })], { ...FACTS, rules })
      return { steps } as unknown as Way
    }
    const table: [rule: JudgedRule, flow: Way, first: boolean][] = [
      [rule(true, 49163), await flow(true), false],
      [rule(false, 49163), await flow(true), false],
      [rule(true, 49163), await flow(false), true],
      [rule(false, 49163), await flow(false), false],
      [rule(false, 1), await flow(false), true],
      [rule(false, 49163), await flow(), true],
    ]
    for (const [ours, theirs, first] of table) assert.equal(isRuleFirst(ours, theirs), first)
  })
})
