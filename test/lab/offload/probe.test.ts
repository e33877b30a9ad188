import { strict as assert } from 'node:assert'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { tc } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { plan } from '../../../src/offload/plan.js'
import { type Probed, type ProbeResult, probe } from '../../../src/offload/probe/probe.js'
import { twinOf } from '../../../src/offload/probe/twin.js'
import { allIngressFilters, Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { runAll } from '../../support/sample.js'
import { addRule, freshQdisc, ruleStates, type TcRule } from '../simnic/rules.js'
import { decapRule, encapRule, TUNNEL, vfIp, vfMac } from '../simnic/tunnel-rules.js'
import { attempt, run, sh } from '../support/shell.js'
import { hardwareRules, PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile, steeringText } from './steering.js'

const REP = 'pf0vf0'
const NONE = 'simnic: this profile offloads no rule'
const HIGHEST = 0x0fffffff
/** Each costs the start of a process, seconds under emulation. */
const KILLS = runAll() ? 30 : 5

/** Somebody's rule: to the VF beside it. */
const local = (change: Partial<TcRule> = {}): TcRule => ({
  handle: 1,
  pref: 7,
  protocol: 'all',
  match: `dst_mac ${vfMac(0, 1)}`,
  action: 'mirred egress redirect dev pf0vf1',
  ...change,
})

const wanted = { vfs: [[0, 2]] } as const
const file = steeringFile(wanted)

describe('probe', () => {
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  before(() => {
    session = new Session()
    sh(`ip link add ${TUNNEL} type geneve external dstport 6081`)
    sh(`ip link set ${TUNNEL} up`)
  })
  after(() => {
    session[Symbol.dispose]()
    sh(`ip link delete ${TUNNEL}`)
  })
  beforeEach(() => {
    for (const device of [REP, TUNNEL]) freshQdisc(device)
  })
  afterEach(async () => {
    await clear(session)
    for (const device of [REP, TUNNEL]) freshQdisc(device)
    setKnob(PCI[0], 'profile', 'full')
  })

  const flowers = () => allIngressFilters(session).filter(tc.isFlower)
  /** Beside a rule that hardware did not take, a twin that it did: what a probe would leave behind if it could. */
  function plantTwin(): void {
    setKnob(PCI[0], 'profile', 'none')
    addRule(REP, local())
    setKnob(PCI[0], 'profile', 'full')
    const [rule = assert.fail()] = flowers()
    const [planted] = tc.installFilters(session.route, [twinOf(rule, HIGHEST)])
    assert.equal(planted?.error, undefined)
    assert.equal(hardwareRules(PCI[0]).length, 1)
  }
  /** What a twin of the only rule there was told. */
  const asked = async (): Promise<ProbeResult> => {
    const [result, ...others] = await probe(session, flowers())
    assert.ok(result !== undefined && others.length === 0)
    return result
  }
  const probed = async (): Promise<Probed> => {
    const result = await asked()
    assert.ok(!('impossible' in result), JSON.stringify(result))
    return result
  }
  const chains = (device: string) =>
    run('tc', 'chain', 'show', 'dev', device, 'ingress').trim().split('\n').filter(Boolean)
  /** Rules, chains and qdiscs of the node, without what moves by itself. */
  const state = () => [
    ...allIngressFilters(session).map((filter) =>
      JSON.stringify(filter, (key, value) => (/^(age|stats)$/.test(key) ? 0 : value)),
    ),
    ...chains(REP),
    ...run('tc', 'qdisc').split('\n'),
  ]

  it('hears errno and text of a refusal, and leaves everything as it was', async () => {
    setKnob(PCI[0], 'profile', 'none')
    addRule(REP, local())
    const before = state()
    const { label, chain, taken, errnoName, reason } = await probed()
    assert.deepEqual(
      { label, chain, taken, errnoName, text: reason?.text },
      { label: 'approximate', chain: HIGHEST, taken: false, errnoName: 'EOPNOTSUPP', text: NONE },
    )
    assert.deepEqual(state(), before)
  })

  it('hears that hardware would take the rule now, and leaves nothing there either', async () => {
    setKnob(PCI[0], 'profile', 'none')
    addRule(REP, encapRule(0, 0))
    setKnob(PCI[0], 'profile', 'full')
    const before = state()
    assert.deepEqual(await probed(), { label: 'approximate', chain: HIGHEST, taken: true })
    assert.deepEqual(state(), before)
    assert.deepEqual(hardwareRules(PCI[0]), [])
  })

  it('asks a NIC that has few chains in one of those, unless somebody uses chains there', async () => {
    setKnob(PCI[0], 'profile', 'mlx5-like')
    addRule(REP, local({ pref: 20 }))
    const low = await probed()
    assert.deepEqual([low.chain, low.reason?.code, low.reason?.source], [3, 'PRIORITY_RANGE', 'probe'])
    addRule(REP, local({ handle: 2, chain: 1, action: 'goto chain 3' }), 'skip_hw')
    const [high] = await probe(
      session,
      flowers().filter(({ chain }) => chain === 0),
    )
    assert.ok(high !== undefined && !('impossible' in high))
    assert.deepEqual([high.chain, high.reason?.code], [HIGHEST, 'CHAIN_RANGE'])
  })

  it('does not ask on a tunnel device, where no twin can be for hardware alone', async () => {
    setKnob(PCI[0], 'profile', 'none')
    addRule(TUNNEL, decapRule(0, 0))
    assert.deepEqual(await asked(), { impossible: `${TUNNEL} is a geneve device: no twin can be offered there` })
  })

  it('a twin in hardware takes no packet', async () => {
    plantTwin()
    // One way is enough: nobody brings the answers back.
    attempt('ip', 'netns', 'exec', 'vf00', 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '1', vfIp(0, 1))
    await settled(PCI[0])
    const states = ruleStates(REP)
    assert.deepEqual(states.map(({ inHw, packets }) => [inHw, packets > 0]).sort(), [
      [false, true],
      [true, false],
    ])
  })

  it('verify --probe prints what was heard', async () => {
    setKnob(PCI[0], 'profile', 'none')
    await apply(session, file)
    writeFileSync('/scratch/steering.yaml', steeringText(wanted))
    const json = attempt('nicsteer', 'verify', '-f', '/scratch/steering.yaml', '--probe', '-o', 'json')
    assert.deepEqual([json.status, json.stderr], [2, ''])
    const { items } = REPORTS.verify.parse(JSON.parse(json.stdout))
    const of = (kind: string) => items.flatMap((item) => ('kind' in item && item.kind === kind ? [item.probe] : []))[0]
    assert.deepEqual([of('encap')?.errno, of('encap')?.reason?.text, of('encap')?.taken], ['EOPNOTSUPP', NONE, false])
    assert.match(of('decap')?.impossible ?? '', /geneve device/)
    assert.equal(of('drop'), undefined)
  })

  it(`killed at any moment (${KILLS} times) it leaves nothing behind`, async function () {
    this.timeout(KILLS * 20_000)
    setKnob(PCI[0], 'profile', 'none')
    addRule(REP, local())
    setKnob(PCI[0], 'profile', 'full')
    const before = state()
    const worker = new URL('probe-worker.js', import.meta.url)
    const children: ChildProcess[] = []
    try {
      for (let round = 0; round < KILLS; round += 1) {
        const child = fork(worker, { execArgv: [] })
        children.push(child)
        const ended = once(child, 'exit')
        await once(child, 'message')
        let heard = 0
        child.on('message', (result: ProbeResult) => {
          assert.ok('taken' in result && result.taken)
          heard += 1
        })
        child.send('go')
        await waitFor(`probe ${round + 1}`, () => heard > round)
        child.kill('SIGKILL')
        await ended
        assert.deepEqual(state(), before)
        assert.deepEqual(hardwareRules(PCI[0]), [])
      }
    } finally {
      for (const child of children) child.kill('SIGKILL')
    }
  })

  describe('what would be left behind all the same', () => {
    beforeEach(plantTwin)

    const isGone = () => {
      assert.deepEqual(
        flowers().filter((filter) => ownershipOf(filter)?.kind === 'probe'),
        [],
      )
      assert.equal(
        chains(REP).some((line) => line.includes(String(HIGHEST))),
        false,
      )
      // Somebody else's rule and qdisc stay.
      assert.equal(ruleStates(REP).length, 1)
    }

    it('is removed by the next probe', async () => {
      const rule = flowers().filter((filter) => ownershipOf(filter) === undefined)
      const [result] = await probe(session, rule)
      assert.ok(result !== undefined && 'taken' in result && result.chain === HIGHEST)
      isGone()
    })

    it('is removed by verify, which does not take it for a rule', async () => {
      const { rules, findings, foreign } = await verify(session, undefined)
      assert.deepEqual([rules, findings, foreign], [[], [], 0])
      isGone()
    })

    it('is removed by clear', async () => {
      const { rules, qdiscs } = await clear(session)
      assert.deepEqual([rules, qdiscs], [1, 0])
      isGone()
    })

    it('is shown by plan, and removed by apply', async () => {
      const removals = plan(session, file).rules.filter(({ change }) => change === 'remove')
      assert.deepEqual(
        removals.map(({ device, chain, leftover }) => [device, chain, leftover]),
        [[REP, HIGHEST, true]],
      )
      const { removed } = await apply(session, file)
      assert.equal(removed, 1)
      isGone()
      assert.equal(plan(session, file).rules.length, 0)
    })
  })
})
