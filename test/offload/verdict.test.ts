import { strict as assert } from 'node:assert'
import type { Ifindex, IpAddress } from '../../src/base/types.js'
import type { TunnelPath } from '../../src/offload/preflight.js'
import { CATALOGUE, type Reason } from '../../src/offload/reasons/index.js'
import { decideVerdict, type Evidence, exitStatus, type Verdict } from '../../src/offload/verdict.js'

const counted = (packets: number) => ({ packets, bytes: packets * 100 })

const EVIDENCE: Evidence = {
  present: 'same',
  softwareOnly: false,
  inHw: true,
  hardware: counted(0),
  software: counted(0),
}

const PATH: TunnelPath = {
  localIp: '10.0.0.1' as IpAddress,
  remoteIp: '10.0.0.11' as IpAddress,
  oif: 5 as Ifindex,
  device: 'p0',
  exit: 'own-pf',
  ownPf: true,
  nextHop: '10.0.0.11' as IpAddress,
  neighbour: 'valid',
}
/** The VTEP is on an internal port of Open vSwitch. */
const onPort = (inHardware: number, others: number): TunnelPath => ({
  ...PATH,
  second: { device: 'vtep0', inHardware, others },
})
const REFUSAL: Reason = { code: 'UNKNOWN', text: 'simnic: no', hint: 'see the text', source: 'extack' }

/** What is seen, and what follows: verdict, its detail, the code of its reason. */
const DECISIONS: [seen: string, evidence: Partial<Evidence>, verdict: string][] = [
  ['nothing there', { present: 'no' }, 'missing NOT_INSTALLED'],
  ['nothing there, because hardware alone was to have it', { present: 'no', refusal: REFUSAL }, 'missing UNKNOWN'],
  ["somebody else's rule in its place", { present: 'foreign' }, 'foreign NOT_OURS'],
  ['another content', { present: 'other' }, 'wrong OTHER_ACTIONS'],
  ['a route by another PF', { path: { ...PATH, ownPf: false, problem: 'leaves by p1' } }, 'wrong WRONG_ROUTE'],
  [
    'a route by another PF, with traffic in hardware',
    { hardware: counted(9), path: { ...PATH, problem: 'p1' } },
    'wrong WRONG_ROUTE',
  ],
  [
    'a route that stays on the node, refused for it',
    {
      inHw: false,
      path: { ...PATH, exit: 'host', problem: 'local' },
      refusal: { code: 'LOCAL_ROUTE', hint: 'local', source: 'evidence' },
    },
    'wrong LOCAL_ROUTE',
  ],
  [
    'a route that stays on the node, refused for something else',
    { inHw: false, path: { ...PATH, exit: 'host', problem: 'local' }, refusal: REFUSAL },
    'wrong WRONG_ROUTE',
  ],
  ['a rule for software only', { softwareOnly: true, inHw: false }, 'software tc intended'],
  ['a refused rule', { inHw: false, refusal: REFUSAL }, 'software tc UNKNOWN'],
  ['a refused rule with traffic', { inHw: false, refusal: REFUSAL, software: counted(5) }, 'software tc UNKNOWN'],
  ['in_hw, no traffic', {}, 'hardware idle'],
  ['in_hw, whatever a sibling PF said about it', { refusal: REFUSAL }, 'hardware idle'],
  ['in_hw, whatever a sibling PF said, and traffic', { refusal: REFUSAL, hardware: counted(3) }, 'hardware yes'],
  ['in_hw, traffic in hardware', { hardware: counted(3) }, 'hardware yes'],
  ['in_hw, traffic in hardware, neighbour valid', { hardware: counted(3), path: PATH }, 'hardware yes'],
  ['in_hw, VTEP on a port of OVS, second stage too', { hardware: counted(3), path: onPort(1, 1) }, 'hardware yes'],
  [
    'in_hw, VTEP on a port of OVS, second stage in software',
    { hardware: counted(3), path: onPort(0, 1) },
    'suspect SECOND_STAGE_NOT_OFFLOADED',
  ],
  [
    'in_hw, VTEP on a port of OVS, no second stage now',
    { hardware: counted(3), path: onPort(0, 0) },
    'hardware idle SECOND_STAGE_IDLE',
  ],
  [
    'in_hw, VTEP on a port of OVS, no second stage while packets flow',
    { hardware: counted(3), moved: { hardware: 2, software: 0 }, path: onPort(0, 0) },
    'suspect SECOND_STAGE_NOT_OFFLOADED',
  ],
  ['in_hw, VTEP on a port of OVS, no traffic', { path: onPort(0, 1) }, 'hardware idle'],
  ['in_hw, traffic in software', { software: counted(3) }, 'suspect TRAFFIC_IN_SOFTWARE'],
  [
    'in_hw, neighbour unresolved, no traffic',
    { path: { ...PATH, neighbour: 'unresolved' } },
    'suspect NEIGHBOUR_UNRESOLVED',
  ],
  ['in_hw, both at some time', { hardware: counted(3), software: counted(1) }, 'hardware yes SOME_WENT_BY_SOFTWARE'],
  [
    'both, and software moves',
    { hardware: counted(3), software: counted(2), moved: { hardware: 0, software: 1 } },
    'suspect TRAFFIC_IN_SOFTWARE',
  ],
  [
    'both move',
    { hardware: counted(3), software: counted(2), moved: { hardware: 1, software: 1 } },
    'suspect TRAFFIC_IN_SOFTWARE',
  ],
  [
    'both, and only hardware moves',
    { hardware: counted(3), software: counted(2), moved: { hardware: 2, software: 0 } },
    'hardware yes SOME_WENT_BY_SOFTWARE',
  ],
  [
    'only ever software, and nothing moves',
    { software: counted(2), moved: { hardware: 0, software: 0 } },
    'suspect TRAFFIC_IN_SOFTWARE',
  ],
]

const show = ({ verdict, carrying, by, intended, reason }: Verdict) =>
  [verdict, carrying, by, intended && 'intended', reason?.code].filter(Boolean).join(' ')

/** What `nicsteer reasons` knows. */
const CODES = new Set(CATALOGUE.map(({ code }) => code))

describe('the verdict of a rule', () => {
  for (const [seen, evidence, expected] of DECISIONS) {
    it(`with ${seen} is ${expected}`, () => {
      const verdict = decideVerdict({ ...EVIDENCE, ...evidence })
      assert.equal(show(verdict), expected)
      if (verdict.reason === undefined) return
      assert.ok(verdict.reason.hint)
      assert.ok(CODES.has(verdict.reason.code), 'nicsteer reasons knows the code')
    })
  }

  it('keeps what the kernel said word for word', () => {
    assert.equal(decideVerdict({ ...EVIDENCE, inHw: false, refusal: REFUSAL }).reason?.text, 'simnic: no')
  })
})

describe('the exit status', () => {
  const CASES: [verdicts: Verdict[], normal: number, strict: number][] = [
    [[], 0, 0],
    [[{ verdict: 'hardware', carrying: 'yes' }], 0, 0],
    [[{ verdict: 'hardware', carrying: 'idle' }], 0, 2],
    [[{ verdict: 'software', by: 'tc', intended: true }], 0, 0],
    [
      [
        { verdict: 'hardware', carrying: 'yes' },
        { verdict: 'software', by: 'tc' },
      ],
      2,
      2,
    ],
    [[{ verdict: 'suspect' }], 2, 2],
    [[{ verdict: 'fallback' }], 2, 2],
    [[{ verdict: 'foreign' }], 2, 2],
    [[{ verdict: 'suspect' }, { verdict: 'missing' }], 3, 3],
    [[{ verdict: 'wrong' }, { verdict: 'hardware', carrying: 'yes' }], 3, 3],
  ]
  for (const [verdicts, normal, strict] of CASES) {
    it(`of ${verdicts.map(show).join(', ') || 'nothing'} is ${normal}, strictly ${strict}`, () => {
      assert.deepEqual([exitStatus(verdicts), exitStatus(verdicts, true)], [normal, strict])
    })
  }
})
