import { strict as assert } from 'node:assert'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { verdictItem, verdictSummary } from '../../../src/cli/verdict-report.js'
import { apply } from '../../../src/offload/apply.js'
import type { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { useSession } from '../support/session.js'
import { useTopology } from '../support/topology.js'
import { steeringText } from './steering.js'

/** `encapsulation` of a file, and the VNI with it. */
const LAYOUTS: [encapsulation: string, vni: number][] = [
  ['{type: geneve, options: ovn}', 5001],
  ['{type: geneve}', 5001],
  ['{type: geneve, options: [{class: 0x1234, type: 5, data: "DEADBEEF"}]}', 5001],
  [
    '{type: geneve, options: [{class: 1, type: 2, data: "0102030405060708"}, {class: 1, type: 3, data: "00000001"}]}',
    5001,
  ],
  ['{type: geneve, ttl: 7, tos: 184}', 5001],
  ['{type: vxlan}', 5001],
  ['{type: vxlan, options: ovn}', 5],
]

/** Of two VFs each: encap, decap, control, bum, drop, and what comes in to all. */
const RULES = 12

describe('every layout of tunnel', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'after each test')
  useTopology('single', 'max_delay_ms=50')

  for (const [encapsulation, vni] of LAYOUTS) {
    it(`${encapsulation} comes back from the kernel as it was wanted`, async () => {
      const text = steeringText({
        vfs: [
          [0, 0],
          [1, 1],
        ],
      })
        .replace('{type: geneve, options: ovn}', encapsulation)
        .replace(/vni: \d+/, `vni: ${vni}`)
      const file = loadSteering(text, 'steering.yaml')
      const { added } = await apply(session, file)
      assert.equal(added, RULES)
      const again = await apply(session, file)
      assert.deepEqual([again.added, again.changed, again.removed, again.unchanged], [0, 0, 0, RULES])
      const verified = await verify(session, file)
      for (const one of verified.rules) assert.equal(one.verdict, one.rule.kind === 'drop' ? 'software' : 'hardware')
      const alone = await verify(session, undefined)
      assert.deepEqual([alone.rules.length, alone.findings.length], [RULES, 0])
      const report = {
        apiVersion: 'nicsteer/v1alpha1',
        kind: 'Verify',
        items: verified.rules.map(verdictItem),
        summary: verdictSummary(verified),
      }
      assert.deepEqual(REPORTS.verify.parse(report), report)
    })
  }
})
