import { strict as assert } from 'node:assert'
import type { IpAddress, MacAddress, PciAddress } from '../../../src/base/types.js'
import { Chains } from '../../../src/offload/flows/chains.js'
import type { FlowEvidence, FlowRule } from '../../../src/offload/flows/evidence.js'
import type { PortOwner } from '../../../src/offload/flows/expected.js'
import { judgeFlow } from '../../../src/offload/flows/judge.js'
import { cookieOfUfid } from '../../../src/offload/flows/rules-of-ovs.js'
import type { SeenFlow } from '../../../src/offload/flows/seen-flow.js'
import { tcRule } from '../explain/sample.js'

const ip = (text: string) => text as IpAddress
const PF = '0000:d8:00.0' as PciAddress
const owner: PortOwner = { vf: { pf: PF, index: 0 }, pf: PF, localIp: ip('10.0.0.1'), why: 'ovn-pf-encap-ip-mapping' }
const flow: SeenFlow = {
  inPort: 'pf0vf0',
  recircId: 0,
  dstMac: '02:00:00:00:0f:01' as MacAddress,
  multicast: false,
  tunnels: [{ localIp: ip('10.0.0.1'), remoteIp: ip('10.0.0.11'), vni: 3 }],
  outputs: ['genev_sys_6081'],
  recirculates: [],
  conntrack: false,
  slowPath: false,
  offloaded: 'yes',
  layer: 'tc',
  packets: 5,
  bytes: 500,
}
const [, rule] = tcRule(1, { filter: { actions: [{ kind: 'gact', cookie: 'ff' }] } as unknown as FlowRule['filter'] })
const evidence: FlowEvidence = {
  owner,
  localVteps: new Set([ip('10.0.0.1'), ip('10.0.0.2')]),
  remoteVteps: () => undefined,
  rule,
}
const judge = (change: Partial<SeenFlow> = {}, more: Partial<FlowEvidence> = {}, chains = new Chains()) =>
  judgeFlow({ ...flow, ...change }, chains, { ...evidence, ...more })
const by = (localIp: string, remoteIp = '10.0.0.11') => ({
  tunnels: [{ localIp: ip(localIp), remoteIp: ip(remoteIp), vni: 3 }],
})

describe('a flow of Open vSwitch', () => {
  it('is in hardware with the VTEP of the VF’s own PF', () => {
    const { verdict, carrying, expectedLocalIp, actualLocalIp } = judge()
    assert.deepEqual([verdict, carrying, expectedLocalIp, actualLocalIp], ['hardware', 'yes', '10.0.0.1', '10.0.0.1'])
    assert.equal(judge({ packets: 0 }, { rule: { ...rule, hardware: { packets: 0, bytes: 0 } } }).carrying, 'idle')
  })

  it('has its rule in TC as evidence, where it has one', () => {
    const holder = { pf: PF, label: 'source-read', why: 'on its representor' } as const
    assert.deepEqual(judge({}, { rule: { ...rule, holder }, moved: { hardware: 2, software: 0 } }).evidence, {
      inHw: true,
      inHwCount: 1,
      hardware: rule.hardware,
      software: rule.software,
      cookie: 'ff',
      holder,
      moved: { hardware: 2, software: 0 },
    })
    assert.equal(judge({}, { rule: 'none' }).evidence, undefined)
  })

  it('is suspect where software carried its packets while we looked', () => {
    const counters = { hardware: { packets: 900, bytes: 9 }, software: { packets: 3, bytes: 3 } }
    const observed = (moved: FlowEvidence['moved']) =>
      judge({}, { rule: { ...rule, ...counters }, ...(moved && { moved }) })
    const { verdict, reason } = observed({ hardware: 0, software: 2 })
    assert.deepEqual([verdict, reason?.code], ['suspect', 'TRAFFIC_IN_SOFTWARE'])
    assert.match(reason?.hint ?? '', / 2 packets reached the representor/)
    assert.equal(observed({ hardware: 7, software: 0 }).verdict, 'hardware')
    assert.equal(observed(undefined).verdict, 'hardware')
  })

  it('is wrong with another one, and both are named', () => {
    const { verdict, reason } = judge(by('10.0.0.2'))
    assert.deepEqual([verdict, reason?.code], ['wrong', 'WRONG_LOCAL_IP'])
    assert.match(reason?.text ?? '', /source is 10\.0\.0\.2, not 10\.0\.0\.1 of 0000:d8:00\.0 VF 0 \(ovn-pf-encap/)
    assert.equal(judge({ ...by('10.0.0.2'), offloaded: 'no', layer: 'ovs' }, { rule: 'none' }).verdict, 'wrong')
  })

  it('to all may leave by any VTEP of the node, and by no other', () => {
    assert.equal(judge({ ...by('10.0.0.2'), multicast: true }).verdict, 'hardware')
    assert.equal(judge({ ...by('10.0.0.3'), multicast: true }).verdict, 'wrong')
  })

  it('is wrong to another remote than the destination’s; of several any will do', () => {
    const remotes = { remoteVteps: () => [ip('10.0.0.11'), ip('10.0.0.12')] }
    assert.equal(judge({}, remotes).verdict, 'hardware')
    const { verdict, reason } = judge(by('10.0.0.1', '10.0.0.13'), remotes)
    assert.deepEqual([verdict, reason?.code], ['wrong', 'WRONG_REMOTE_IP'])
    assert.match(reason?.text ?? '', /10\.0\.0\.13, the destination is behind 10\.0\.0\.11 or 10\.0\.0\.12/)
    assert.equal(judge({ ...by('10.0.0.1', '10.0.0.13'), multicast: true }, remotes).verdict, 'hardware')
  })

  it('has no remote that is expected where it goes into several tunnels: one may be a mirror’s', () => {
    const tunnels = ['10.0.0.13', '10.0.0.11'].flatMap((remote) => by('10.0.0.1', remote).tunnels)
    const { verdict, expectedRemoteIps } = judge({ tunnels }, { remoteVteps: () => [ip('10.0.0.11')] })
    assert.deepEqual([verdict, expectedRemoteIps], ['hardware', undefined])
  })

  it('is wrong where its tunnel’s route leaves by another NIC', () => {
    const path = {
      localIp: ip('10.0.0.1'),
      remoteIp: ip('10.0.0.11'),
      ownPf: false,
      exit: 'elsewhere',
      neighbour: 'valid',
      problem: 'leaves by p1',
    } as const
    assert.deepEqual(judge({}, { path }).reason?.code, 'WRONG_ROUTE')
  })

  it('without a VF has no VTEP that it must have', () => {
    const { verdict, expectedLocalIp } = judgeFlow({ ...flow, inPort: 'p0' }, new Chains(), {
      localVteps: evidence.localVteps,
      remoteVteps: () => [ip('10.9.9.9')],
      rule,
    })
    assert.deepEqual([verdict, expectedLocalIp], ['hardware', undefined])
  })

  it('is in software by TC or by Open vSwitch, and says so', () => {
    const { offloaded: _, ...plain } = flow
    const judged = (layer: string, told: FlowEvidence['rule'] = 'none') =>
      judgeFlow({ ...plain, layer }, new Chains(), { ...evidence, rule: told })
    for (const [layer, told] of [
      ['tc', undefined],
      ['tc', { ...rule, inHw: false }],
    ] as const) {
      const { verdict, by, reason } = judged(layer, told)
      assert.deepEqual([verdict, by, reason?.code], ['software', 'tc', 'NOT_HEARD'])
    }
    assert.deepEqual([judged('ovs').by, judged('ovs').reason?.code], ['ovs', 'NOT_OFFERED'])
    const refusal = {
      code: 'OTHER_SWITCH',
      text: 'devices are not on same switch HW',
      hint: '',
      source: 'traced',
    } as const
    assert.equal(judge({ layer: 'tc' }, { rule: { ...rule, inHw: false }, refusal }).reason, refusal)
    assert.equal(
      judgeFlow({ ...plain, layer: 'ovs', slowPath: true }, new Chains(), { ...evidence, rule: 'none' }).reason?.code,
      'SLOW_PATH',
    )
  })

  it('not offered says what Open vSwitch’s log adds', () => {
    const { offloaded: _, ...plain } = flow
    const hint = (logged: boolean | undefined) =>
      judgeFlow({ ...plain, layer: 'ovs' }, new Chains(), {
        ...evidence,
        rule: 'none',
        ...(logged !== undefined && { logged }),
      }).reason?.hint ?? ''
    assert.match(
      hint(false),
      /its log says why, from when it is told to: ovs-appctl vlog\/disable-rate-limit dpif_netlink /,
    )
    assert.match(hint(true), /its log does not mention it, but leaves lines out/)
    assert.doesNotMatch(hint(undefined), /log/)
  })

  it('is believed by its flag only where TC was not asked', () => {
    assert.equal(judge({}, { rule: { ...rule, inHw: false } }).verdict, 'software')
    assert.equal(
      judgeFlow(flow, new Chains(), { localVteps: new Set(), remoteVteps: () => undefined }).verdict,
      'hardware',
    )
  })

  it('is suspect where the chain behind it, or all before it, are not in hardware', () => {
    const first = { ...flow, tunnels: [], recirculates: [7], conntrack: true }
    const second = { ...flow, recircId: 7 }
    const chains = new Chains()
    chains.add(first, true)
    chains.add(second, false)
    const { verdict, reason } = judge(first, {}, chains)
    assert.deepEqual([verdict, reason?.code], ['suspect', 'NEXT_CHAIN_NOT_OFFLOADED'])
    const others = new Chains()
    others.add(first, false)
    others.add(second, true)
    assert.deepEqual(judge(second, {}, others).reason?.code, 'CHAIN_BEFORE_NOT_OFFLOADED')
    const whole = new Chains()
    whole.add(first, true)
    whole.add(second, true)
    assert.equal(judge(first, {}, whole).verdict, 'hardware')
    assert.equal(judge(second, {}, whole).verdict, 'hardware')
  })

  const ZONES: [what: string, connections: [zone: number, offloaded: number, inHardware: number][], verdict: string][] =
    [
      ['all in hardware', [[5, 3, 3]], 'hardware'],
      ['some in hardware', [[5, 3, 1]], 'hardware'],
      ['none in TC’s flow table, since they are quiet', [[5, 0, 0]], 'hardware'],
      ['none in hardware', [[5, 3, 0]], 'suspect CONNECTION_NOT_OFFLOADED'],
      [
        'none in hardware of one zone of two',
        [
          [5, 3, 3],
          [6, 1, 0],
        ],
        'suspect CONNECTION_NOT_OFFLOADED',
      ],
      ['none in hardware of zone 0, where others’ are too', [[0, 3, 0]], 'hardware'],
      ['of which nobody knows', [], 'hardware'],
    ]
  for (const [what, connections, expected] of ZONES) {
    it(`with connection tracking and connections ${what} is ${expected}`, () => {
      const counted = connections.map(([zone, offloaded, inHardware]) => ({ zone, offloaded, inHardware }))
      const { verdict, reason, evidence } = judge({ conntrack: true, tunnels: [] }, { connections: counted })
      assert.equal([verdict, reason?.code].filter(Boolean).join(' '), expected)
      assert.deepEqual(evidence?.connections, counted)
    })
  }

  it('has a cookie in TC that is its ufid, four words in the host’s order', () => {
    assert.equal(cookieOfUfid('00112233-4455-6677-8899-aabbccddeeff'), '3322110077665544bbaa9988ffeeddcc')
  })
})
