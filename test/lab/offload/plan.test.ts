import { strict as assert } from 'node:assert'
import { readdirSync, writeFileSync } from 'node:fs'
import { apply } from '../../../src/offload/apply.js'
import { type Plan, plan } from '../../../src/offload/plan.js'
import type { Session } from '../../../src/offload/session.js'
import { showRule, tunnelsOf } from '../../../src/steering/rule.js'
import { useSession } from '../support/session.js'
import { attempt, run, sh } from '../support/shell.js'
import { useTopology } from '../support/topology.js'
import { steeringFile, steeringText } from './steering.js'

const wanted = {
  vfs: [
    [0, 0],
    [0, 1],
    [1, 0],
  ],
} as const
const file = steeringFile(wanted)
const changesOf = ({ rules }: Plan) => [...new Set(rules.map(({ change }) => change))].sort()

/** Devices, qdiscs and filters, as iproute2 shows them. */
function theNode(): string {
  const filters = readdirSync('/sys/class/net')
    .sort()
    .map((device) => run('tc', 'filter', 'show', 'dev', device, 'ingress'))
  return [run('ip', '-br', 'link'), run('tc', 'qdisc'), ...filters].join('\n').replace(/ (installed|used) \d+ sec/g, '')
}

describe('nicsteer plan', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'after each test')
  useTopology('single', 'max_delay_ms=50')

  it('says what apply then does, and changes nothing', async () => {
    const before = theNode()
    const first = plan(session, file)
    assert.equal(theNode(), before)
    assert.equal(first.tunnel?.name, 'nicsteer-gnv')
    assert.deepEqual([...first.qdiscs].sort(), ['nicsteer-gnv', 'pf0vf0', 'pf0vf1', 'pf1vf0'])
    assert.deepEqual(changesOf(first), ['add'])
    const applied = await apply(session, file)
    assert.deepEqual(
      first.rules.map(({ rule, device }) => [rule && showRule(rule), device]),
      applied.rules.map(({ rule, device }) => [showRule(rule), device]),
    )
    const { rules, tunnel, qdiscs, unchanged } = plan(session, file)
    assert.deepEqual(
      { rules, tunnel, qdiscs, unchanged },
      { rules: [], tunnel: undefined, qdiscs: [], unchanged: applied.added },
    )
  })

  it('tells a change from an addition and a removal, and what there is now', async () => {
    await apply(session, file)
    sh('tc filter add dev pf0vf0 ingress pref 40 protocol ip flower skip_hw action ok')
    const other = steeringFile({ vfs: [wanted.vfs[0], wanted.vfs[2]], peer: '10.0.0.12' })
    const planned = plan(session, other)
    const count = (change: string, kind: string) =>
      planned.rules.filter((one) => one.change === change && one.rule?.kind === kind).length
    assert.deepEqual(
      { encap: count('change', 'encap'), decapNew: count('add', 'decap'), decapOld: count('remove', 'decap') },
      { encap: 2, decapNew: 2, decapOld: 3 },
    )
    for (const { change, rule, before } of planned.rules) {
      if (change !== 'change') continue
      const remotes = [before, rule].map((one) => one && tunnelsOf(one).map(({ remoteIp }) => remoteIp))
      assert.deepEqual(remotes, [['10.0.0.11'], ['10.0.0.12']])
    }
    assert.equal(planned.foreign, 1)
    const { added, changed, removed } = await apply(session, other)
    const total = (change: string) => planned.rules.filter((one) => one.change === change).length
    assert.deepEqual([added, changed, removed], ['add', 'change', 'remove'].map(total))
    sh('tc filter del dev pf0vf0 ingress pref 40')
  })

  it('names every tunnel that would leave by another NIC, which apply then refuses', async () => {
    const crossed = steeringFile({ ...wanted, vteps: ['10.0.0.2', '10.0.0.1'] })
    const { wrongPaths } = plan(session, crossed)
    assert.equal(wrongPaths.length, 2)
    for (const { code, text } of wrongPaths) {
      assert.equal(code, 'WRONG_ROUTE')
      assert.match(text, /leaves by p[01], not by p[01], the uplink of the VF's own PF/)
    }
    await assert.rejects(apply(session, crossed), { code: 'WRONG_ROUTE', message: wrongPaths[0]?.text })
  })

  it('ends with 2 when there is something to do, with 0 when not', async () => {
    writeFileSync('/tmp/steering.yaml', steeringText(wanted))
    const first = attempt('nicsteer', 'plan', '-f', '/tmp/steering.yaml')
    assert.deepEqual([first.stderr, first.status], ['', 2])
    assert.match(first.stdout, /^\+ tunnel device nicsteer-gnv: geneve, UDP port 6081\n/)
    await apply(session, file)
    const second = attempt('nicsteer', 'plan', '-f', '/tmp/steering.yaml')
    assert.equal(second.status, 0)
    assert.match(second.stdout, /\nnothing to do: \d+ rules are as wanted\n$/)
  })
})
