import { strict as assert } from 'node:assert'
import { isEmpty, plannedItem, planSummary, planTable } from '../../src/cli/plan-report.js'
import { REPORTS } from '../../src/cli/report-schema.js'
import type { Plan } from '../../src/offload/plan.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import type { Rule } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from '../steering/sample.js'

const { rules: RULES } = compile(resolve(loadSteering(FILE, 'f').steering, NODE))
const encap = RULES.find(({ kind }) => kind === 'encap') as Rule
const decap = RULES.find(({ kind }) => kind === 'decap') as Rule
assert.ok(encap.action.kind === 'encap')
const before: Rule = {
  ...encap,
  action: { ...encap.action, tunnel: { ...encap.action.tunnel, localIp: '10.0.0.2' as never } },
}
const at = { device: 'pf0vf0', chain: 0, priority: 11, handle: 3 }

const NOTHING: Plan = { rules: [], unchanged: 7, foreign: 1, qdiscs: [], wrongPaths: [], findings: [] }
const MIXED: Plan = {
  ...NOTHING,
  tunnel: { name: 'nicsteer-gnv', type: 'geneve', port: 6081 },
  qdiscs: ['pf0vf0', 'pf0vf1'],
  rules: [
    { change: 'add', rule: decap, device: 'nicsteer-gnv', chain: 0, priority: 10 },
    { change: 'change', rule: encap, before, ...at },
    { change: 'remove', rule: encap, ...at },
    { change: 'remove', rule: undefined, ...at },
    { change: 'remove', rule: undefined, leftover: true, ...at },
  ],
  wrongPaths: [{ code: 'WRONG_ROUTE', text: 'the route leaves by p1', hint: 'ip rule add', path: [] }],
}

describe('the report of a plan', () => {
  it('for people is a sign and a reason per rule, what else is made, and the truth in one line', () => {
    const who = '0000:d8:00.0 VF 0'
    assert.deepEqual(planTable(MIXED).split('\n'), [
      '+ tunnel device nicsteer-gnv: geneve, UDP port 6081',
      '+ clsact qdisc on pf0vf0, pf0vf1',
      `+ decap 10.0.0.11 -> 10.0.0.1 VNI 5001 -> ${who}`,
      `    nicsteer-gnv chain 0 prio 10: ${decap.why}`,
      `~ encap ${who} -> 02:00:00:00:0f:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001`,
      `    pf0vf0 chain 0 prio 11: is: encap ${who} -> 02:00:00:00:0f:01 by 10.0.0.2 -> 10.0.0.11 VNI 5001; ${encap.why}`,
      `- encap ${who} -> 02:00:00:00:0f:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001`,
      '    pf0vf0 chain 0 prio 11: not wanted any more',
      '- a rule with our cookie that nicsteer does not make',
      '    pf0vf0 chain 0 prio 11: not wanted any more',
      '- what a probe left behind',
      '    pf0vf0 chain 0 prio 11: not wanted any more',
      'WRONG_ROUTE: the route leaves by p1 — ip rule add',
      "1 to add, 1 to change, 3 to remove, 7 unchanged; 1 tunnel would not leave by its VF's own NIC: apply refuses",
    ])
  })

  it('of nothing to do says so', () => {
    assert.equal(planTable(NOTHING), 'nothing to do: 7 rules are as wanted')
    assert.ok(isEmpty(NOTHING))
    assert.ok(!isEmpty(MIXED))
    assert.ok(!isEmpty({ ...NOTHING, qdiscs: ['pf0vf0'] }))
  })

  it('for programs is what its schema says, with both actions of a change', () => {
    const report = {
      apiVersion: 'nicsteer/v1alpha1',
      kind: 'Plan',
      items: MIXED.rules.map(plannedItem),
      summary: planSummary(MIXED),
    }
    // parse() drops what the schema does not describe: nothing is.
    assert.deepEqual(REPORTS.plan.parse(report), report)
    const [, change] = report.items
    assert.deepEqual([change?.action, change?.before], [encap.action, before.action])
    const { add, remove, unchanged, tunnelDevice } = report.summary
    assert.deepEqual(
      { add, remove, unchanged, tunnelDevice },
      { add: 1, remove: 3, unchanged: 7, tunnelDevice: 'nicsteer-gnv' },
    )
  })
})
