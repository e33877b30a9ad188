import { strict as assert } from 'node:assert'
import type { IpAddress, PciAddress } from '../../src/base/types.js'
import { REPORTS } from '../../src/cli/report-schema.js'
import { showVerdict, verdictItem, verdictSummary, verdictTable } from '../../src/cli/verdict-report.js'
import type { Reason } from '../../src/offload/reasons/index.js'
import type { Evidence, Verdict } from '../../src/offload/verdict.js'
import type { JudgedRule, Verification } from '../../src/offload/verify.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from '../steering/sample.js'

const { rules } = compile(resolve(loadSteering(FILE, 'f').steering, NODE))
/** Two of a kind. */
const findings = [0, 1].map((index) => ({
  code: 'NO_COMMON_PLANE',
  text: `VF ${index} and VF 3 have no common plane`,
  hint: 'tunnels form only inside one plane',
  path: [],
}))
const SINGLE = new Set(['decap', 'local', 'encap', 'drop'])
const RULES = rules.filter(({ intraNode, kind }) => intraNode === undefined && SINGLE.has(kind))
const counted = (packets: number) => ({ packets, bytes: 100 * packets })

/** All that can be seen. */
const SEEN: Partial<Evidence> = {
  inHwCount: 1,
  cookie: '6e69637301',
  holder: { pf: '0000:d8:00.0' as PciAddress, label: 'emulated', why: 'it is on a representor of 0000:d8:00.0' },
  moved: { hardware: 3, software: 0 },
  representor: {
    device: 'pf0vf0',
    packets: 9,
    moved: 2,
    uncounted: 1,
    blind: 'something comes first',
    takenBy: { priority: 2, packets: 1 },
  },
  path: {
    localIp: '10.0.0.1' as IpAddress,
    remoteIp: '10.0.0.11' as IpAddress,
    exit: 'own-pf',
    ownPf: true,
    neighbour: 'valid',
    second: { device: 'vtep0', inHardware: 1, others: 0 },
  },
}

function judged(at: number, verdict: Verdict, hardware = 0, software = 0): JudgedRule {
  const rule = RULES[at]
  assert.ok(rule)
  return {
    ...verdict,
    rule,
    device: rule.device.role === 'representor' ? rule.device.name : 'nicsteer-gnv',
    handle: at + 1,
    inHw: verdict.verdict === 'hardware',
    inHwCount: verdict.verdict === 'hardware' ? 1 : 0,
    hardware: counted(hardware),
    software: counted(software),
    emulated: true,
    evidence: {
      present: 'same',
      softwareOnly: rule.softwareOnly,
      inHw: verdict.verdict === 'hardware',
      hardware: counted(hardware),
      software: counted(software),
      ...SEEN,
    },
  }
}

const REFUSAL: Reason = { code: 'UNKNOWN', text: 'simnic: no', hint: 'see the text', source: 'extack' }

/** One of each kind of rule, with verdicts that differ. */
const MIXED: Verification = {
  rules: [
    judged(0, { verdict: 'hardware', carrying: 'yes' }, 5),
    judged(3, { verdict: 'hardware', carrying: 'idle' }),
    judged(5, { verdict: 'software', by: 'tc', reason: REFUSAL }, 0, 12),
    judged(6, { verdict: 'software', by: 'tc', reason: REFUSAL }),
    judged(7, { verdict: 'missing', reason: { code: 'NOT_INSTALLED', hint: 'nicsteer apply', source: 'evidence' } }),
    judged(11, { verdict: 'software', by: 'tc', intended: true }),
  ],
  findings,
  foreign: 2,
}

describe('the words of a verdict', () => {
  const WORDS: [verdict: Verdict, emulated: boolean, words: string][] = [
    [{ verdict: 'hardware', carrying: 'yes' }, false, 'hardware, carrying: yes'],
    [{ verdict: 'hardware', carrying: 'yes' }, true, 'hardware (emulated), carrying: yes'],
    [{ verdict: 'hardware', carrying: 'idle' }, true, 'hardware (emulated), carrying: idle'],
    [{ verdict: 'suspect' }, true, 'suspect (emulated)'],
    [{ verdict: 'suspect' }, false, 'suspect'],
    [{ verdict: 'software', by: 'tc' }, true, 'software, by: tc'],
    [{ verdict: 'software', by: 'tc', intended: true }, true, 'software, by: tc, intended'],
    [{ verdict: 'missing' }, true, 'missing'],
    [{ verdict: 'wrong' }, true, 'wrong'],
    [{ verdict: 'foreign' }, true, 'foreign'],
  ]
  for (const [verdict, emulated, words] of WORDS) {
    it(`are "${words}"${emulated ? ' where the NIC is a stand-in' : ''}`, () =>
      assert.equal(showVerdict({ ...judged(0, verdict), emulated }), words))
  }
})

describe('the report of verdicts', () => {
  it('for people is a table, a line per reason and per finding, and the truth in one line', () => {
    const lines = verdictTable(MIXED).split('\n')
    const columns = (line: string | undefined) => line?.split(/ {2,}/)
    assert.deepEqual(columns(lines[0]), ['RULE', 'DEVICE', 'HW PKTS', 'SW PKTS', 'VERDICT'])
    assert.deepEqual(columns(lines[3]), [
      'encap 0000:d8:00.0 VF 0 -> 02:00:00:00:0f:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001',
      'pf0vf0',
      '0 (+3)',
      '12 (+0)',
      'software, by: tc',
    ])
    assert.deepEqual(lines.slice(7), [
      'software: UNKNOWN: "simnic: no" [extack] — see the text (2 rules)',
      'missing: NOT_INSTALLED: nicsteer apply',
      'NO_COMMON_PLANE: VF 0 and VF 3 have no common plane (and 1 more such pairs) — tunnels form only inside one plane',
      '5 rules: 2 hardware (emulated), 2 software, 1 missing; 1 carrying; 1 drop rules in software, as intended',
    ])
  })

  it('of nothing says so', () => {
    const nothing = { rules: [], findings: [], foreign: 0 }
    assert.match(verdictTable(nothing), /\n0 rules: none; 0 carrying$/)
    assert.deepEqual(verdictSummary(nothing).verdicts, {})
  })

  it('counts verdicts without the intended ones', () => {
    const { verdicts, rules, carrying, foreign, emulated } = verdictSummary(MIXED)
    assert.deepEqual(verdicts, { hardware: 2, software: 2, missing: 1 })
    assert.deepEqual([rules, carrying, foreign, emulated], [6, 1, 2, true])
  })

  it('for programs is what its schema says, and keeps the kernel’s words', () => {
    const summary = verdictSummary(MIXED)
    const changes = { added: 1, changed: 0, removed: 0, unchanged: 5 }
    const items = MIXED.rules.map(verdictItem)
    const common = { apiVersion: 'nicsteer/v1alpha1', items }
    // parse() drops what the schema does not describe: nothing is.
    assert.deepEqual(REPORTS.verify.parse({ ...common, kind: 'Verify', summary }), {
      ...common,
      kind: 'Verify',
      summary,
    })
    REPORTS.apply.parse({ ...common, kind: 'Apply', summary: { ...changes, ...summary } })
    assert.deepEqual(items[2]?.reason, { ...REFUSAL, approximate: false })
    assert.equal(items[4]?.reason?.text, null)
    assert.deepEqual(items[0]?.evidence.representor, SEEN.representor)
    assert.deepEqual(items[0]?.evidence.holder, SEEN.holder)
    assert.deepEqual([items[0]?.evidence.path?.nextHop, items[0]?.evidence.secondStage?.device], [null, 'vtep0'])
  })
})
