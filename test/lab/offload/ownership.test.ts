import { strict as assert } from 'node:assert'
import { readdirSync, writeFileSync } from 'node:fs'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import type { Session } from '../../../src/offload/session.js'
import { vfMac } from '../simnic/tunnel-rules.js'
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

/** All ingress rules of the namespace as iproute2 prints them, without what moves by itself. */
function rulesOfTheNode(): string[] {
  return readdirSync('/sys/class/net')
    .sort()
    .map((device) => {
      const text = run('tc', 'filter', 'show', 'dev', device, 'ingress')
      return `${device}\n${text.replace(/ installed \d+ sec.*| used \d+ sec.*/g, '')}`
    })
}

const qdiscs = () =>
  run('tc', 'qdisc', 'show')
    .split('\n')
    .filter((line) => /clsact|ingress/.test(line))
const nothing = { rules: '', qdiscs: [] as string[] }

describe('nicsteer owns its rules and nothing else', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'after each test')
  useTopology('single', 'max_delay_ms=50')
  afterEach(() => {
    for (const device of ['pf0vf0', 'pf1vf0']) attempt('tc', 'qdisc', 'del', 'dev', device, 'clsact')
  })

  it('apply twice: the second changes nothing', async () => {
    const first = await apply(session, file)
    const before = rulesOfTheNode()
    const second = await apply(session, file)
    assert.deepEqual([first.added, second.added, second.changed, second.removed], [first.rules.length, 0, 0, 0])
    assert.equal(second.unchanged, first.rules.length)
    assert.deepEqual(rulesOfTheNode(), before)
  })

  it('clear leaves nothing of ours: no rule, no qdisc, no tunnel device', async () => {
    const before = rulesOfTheNode()
    await apply(session, file)
    const cleared = await clear(session)
    assert.deepEqual(cleared.devices, ['nicsteer-gnv'])
    assert.deepEqual(rulesOfTheNode(), before)
    assert.deepEqual(qdiscs(), nothing.qdiscs)
  })

  it('rules of others stay as they are, at the same priorities and with longer cookies, through apply, apply and clear', async () => {
    sh('tc qdisc add dev pf0vf0 clsact')
    const foreign = [
      `protocol all pref 10 flower dst_mac 02:00:00:00:0e:01 action mirred egress redirect dev pf0vf1`,
      `protocol all pref 11 flower dst_mac 02:00:00:00:0e:02 action mirred egress redirect dev pf0vf1 cookie 0123456789abcdef0123456789abcdef`,
      `protocol all pref 11 flower dst_mac 02:00:00:00:0e:03 action drop cookie 0123456789abcdef01234567`,
      `protocol ip pref 40 chain 3 flower ip_proto tcp action drop`,
      `protocol all pref 50 matchall skip_hw action ok`,
    ]
    for (const rule of foreign) sh(`tc filter add dev pf0vf0 ingress ${rule}`)
    const before = rulesOfTheNode()
    await apply(session, file)
    await apply(session, file)
    const ours = rulesOfTheNode()
    assert.notDeepEqual(ours, before)
    const cleared = await clear(session)
    assert.deepEqual(rulesOfTheNode(), before)
    assert.equal(cleared.foreign, foreign.length)
    assert.deepEqual(
      qdiscs().filter((line) => line.includes('pf0vf0')).length,
      1,
      'the qdisc that somebody else made stays',
    )
  })

  it('what the file no longer wants goes, what changed is changed in place', async () => {
    await apply(session, file)
    const handle = /pref 11 flower chain 0 handle (0x\w+)/.exec(
      run('tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress'),
    )?.[1]
    const moved = await apply(session, steeringFile({ vfs: [[0, 0]], peer: '10.0.0.12' }))
    // Its encap rule, and the one that copies what is for all.
    assert.deepEqual([moved.changed, moved.removed > 0], [2, true])
    const text = run('tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress')
    assert.match(text, /dst_ip 10\.0\.0\.12/)
    assert.doesNotMatch(text, /dst_ip 10\.0\.0\.11\b/)
    assert.ok(text.includes(`pref 11 flower chain 0 handle ${handle}`), 'under the same handle')
    assert.equal(run('tc', 'filter', 'show', 'dev', 'pf1vf0', 'ingress'), '')
  })

  it('a failure half-way puts back what was there, and says so; --keep leaves it', async () => {
    await apply(session, steeringFile({ vfs: [[0, 0]] }))
    sh('tc qdisc add dev pf1vf0 clsact')
    // Somebody's rule matches just what ours for VF 0 of NIC 1 would.
    sh(
      `tc filter add dev pf1vf0 ingress protocol all pref 11 flower src_mac ${vfMac(1, 0)} dst_mac 02:00:00:00:0f:01 action drop`,
    )
    const before = rulesOfTheNode()
    await assert.rejects(apply(session, file), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'INSTALL_FAILED')
      assert.match(error.message, /EEXIST.*everything is as it was before/)
      return true
    })
    assert.deepEqual(rulesOfTheNode(), before)
    await assert.rejects(apply(session, file, { keep: true }), /kept/)
    assert.notDeepEqual(rulesOfTheNode(), before)
  })
})

describe('bad input: one line, exit 1, no rule installed', () => {
  useTopology('single')
  const good = steeringText({ vfs: [[0, 0]] })
  const cases: [name: string, text: string, expected: RegExp][] = [
    ['bad YAML', good.replace('spec:\n', 'spec: {\n'), /^error: BAD_YAML: \/scratch\/bad\.yaml:\d+: .+ — .+\n$/],
    [
      'unknown PF',
      good.replaceAll('0000:d9:00.0', '0000:3b:00.0'),
      /^error: UNKNOWN_PF: \/scratch\/bad\.yaml:7: this node has no PF 0000:3b:00\.0 — it has: 0000:d8:00\.0 \(p0\), 0000:d9:00\.0 \(p1\)\n$/,
    ],
    [
      'VF index out of range',
      good.replace('index: 0', 'index: 4'),
      /^error: VF_OUT_OF_RANGE: \/scratch\/bad\.yaml:12: PF 0000:d8:00\.0 has no VF 4 — it has 4: 0 to 3\n$/,
    ],
    [
      'VTEP not configured',
      good.replace('vtep: 10.0.0.2}', 'vtep: 10.0.0.9}'),
      /^error: VTEP_NOT_CONFIGURED: \/scratch\/bad\.yaml:7: VTEP 10\.0\.0\.9 is not an address of this node — .+\n$/,
    ],
    [
      'two NICs with one VTEP',
      good.replace('vtep: 10.0.0.2}', 'vtep: 10.0.0.1}'),
      /^error: SAME_VTEP_TWICE: \/scratch\/bad\.yaml:7: two NICs have the VTEP 10\.0\.0\.1 — .+\n$/,
    ],
  ]
  for (const [name, text, expected] of cases) {
    it(name, () => {
      assert.notEqual(text, good)
      writeFileSync('/scratch/bad.yaml', text)
      const before = rulesOfTheNode()
      const { status, stdout, stderr } = attempt('nicsteer', 'apply', '-f', '/scratch/bad.yaml')
      assert.equal(stdout, '')
      assert.match(stderr, expected)
      assert.equal(status, 1)
      assert.deepEqual(rulesOfTheNode(), before)
      assert.deepEqual(qdiscs(), [])
    })
  }
})
