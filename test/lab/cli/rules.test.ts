import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatted, type OutputFormat } from '../../../src/cli/output.js'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { parseRules, type RulesFile } from '../../../src/cli/rules-file.js'
import { ruleItem, rulesSummary, rulesTable } from '../../../src/cli/rules-report.js'
import { createTunnelDevice } from '../../../src/kernel/rtnl.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { listRules, type RuleQuery } from '../../../src/offload/rules/list.js'
import { type LoadOptions, loadRules } from '../../../src/offload/rules/load.js'
import { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { sample } from '../../support/sample.js'
import { table } from '../kernel/rules-table.js'
import { steeringFile } from '../offload/steering.js'
import { attempt, run, sh } from '../support/shell.js'
import { useTopology } from '../support/topology.js'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url))
const OF_THE_MOMENT = new Set([
  'state',
  'stats',
  'age',
  'index',
  'refs',
  'binds',
  'ref',
  'bind',
  'usedHwStats',
  'inHwCount',
])

/** As `nicsteer rules` prints it. */
async function printed(session: Session, format: OutputFormat = 'json', query: RuleQuery = {}): Promise<string> {
  const listed = await listRules(session, query)
  const items = listed.rules.map((rule) => ruleItem(rule, listed.emulated))
  return formatted({ kind: 'Rules', items, summary: { ...rulesSummary(listed) } }, format, () => rulesTable(listed))
}

function rulesIn(text: string): object[] {
  return JSON.parse(text, (key, value) => (OF_THE_MOMENT.has(key) ? undefined : value)).items
}

function load(session: Session, { rules, refuse }: RulesFile, options: LoadOptions = {}) {
  return loadRules(session, rules, refuse, options)
}

/** What iproute2 prints of a device's ingress rules, less what moves by itself or is numbered anew. */
function shownBy(...devices: string[]): object[] {
  return devices.map((device) =>
    JSON.parse(run('tc', '-j', 'filter', 'show', 'dev', device, 'ingress'), (key, value) =>
      OF_THE_MOMENT.has(key) ? undefined : value,
    ),
  )
}

/** Rules made by tc that a file holds whole. */
const LOADABLE = Object.values(table)
  .flat()
  .filter(({ tc }) => /\b(flower|matchall|bytecode)\b/.test(tc))

describe('nicsteer rules and rules load', () => {
  const devices = ['geneve', 'gre', 'other', 'plain', 'vxlan']
  let session: Session
  before(() => {
    session = new Session()
    for (const name of ['plain', 'other']) sh(`ip link add ${name} type dummy`)
    sh('ip link add gre type gretap external')
    createTunnelDevice(session.route, { kind: 'geneve', name: 'geneve', external: true, port: 6081 })
    createTunnelDevice(session.route, { kind: 'vxlan', name: 'vxlan', external: true, port: 4789, gbp: true })
  })
  afterEach(() => {
    for (const device of devices) attempt('tc', 'qdisc', 'del', 'dev', device, 'clsact')
  })
  after(() => {
    for (const device of devices) sh(`ip link del ${device}`)
    session[Symbol.dispose]()
  })

  const clsact = (...names: string[]) => {
    for (const device of names) sh(`tc qdisc add dev ${device} clsact`)
  }
  const file = (...items: object[]) =>
    parseRules(JSON.stringify({ apiVersion: 'nicsteer/v1alpha1', kind: 'Rules', items }), 'rules.json')
  const DROP = {
    device: 'plain',
    parent: 'ingress',
    chain: 0,
    priority: 10,
    protocol: 3,
    kind: 'flower',
    match: { ethDst: '02:00:00:00:01:01' },
    actions: [{ kind: 'gact', control: 'drop' }],
  }

  it('rules made by tc come back the same, and tc prints the same, after all were removed', async () => {
    clsact(...devices)
    const made = sample('rules of tc through a file', LOADABLE, 12)
    const batch = made.map(({ tc, on = 'plain' }, at) => `filter add dev ${on} ingress pref ${at + 10} ${tc}`)
    batch.push('filter add dev other egress pref 1 protocol ip flower skip_hw action mirred egress redirect dev plain')
    writeFileSync('/scratch/rules.batch', `${batch.join('\n')}\n`)
    // What this tc or this kernel refuses is the business of test/lab/kernel.
    attempt('tc', '-force', '-batch', '/scratch/rules.batch')
    const before = await printed(session)
    const theirs = shownBy(...devices)
    const report = REPORTS.rules.parse(JSON.parse(before))
    assert.ok(report.summary.rules > batch.length * 0.9, `${report.summary.rules} of ${batch.length} are there`)
    assert.deepEqual(JSON.parse(before), report)

    for (const device of devices) sh(`tc qdisc del dev ${device} clsact`)
    assert.deepEqual(rulesIn(await printed(session)), [])
    const loaded = await load(session, parseRules(before, 'rules.json'))
    assert.deepEqual(loaded.qdiscs.sort(), [...new Set(report.items.map(({ device }) => device))].sort())
    assert.ok(loaded.rules.every(({ change }) => change === 'add'))
    assert.deepEqual(rulesIn(await printed(session)), rulesIn(before))
    clsact(...devices.filter((device) => !loaded.qdiscs.includes(device)))
    assert.deepEqual(shownBy(...devices), theirs)

    const again = await load(session, parseRules(await printed(session, 'yaml'), 'rules.yaml'))
    assert.deepEqual([again.qdiscs, again.rules.filter(({ change }) => change !== 'same')], [[], []])
  })

  it('a person reads a rule in a line, in the words of tc', async () => {
    clsact('plain')
    sh(
      'tc filter add dev plain ingress pref 10 protocol all flower dst_mac 02:00:00:00:01:01 action tunnel_key set src_ip 10.0.0.1 dst_ip 10.0.0.11 id 5001 dst_port 6081 geneve_opts 0102:80:00010003 ttl 64 nocsum action mirred egress redirect dev geneve',
    )
    sh(
      'tc filter add dev plain ingress pref 20 protocol ip chain 3 flower skip_hw dst_ip 10.1.0.0/16 action goto chain 5',
    )
    assert.equal(
      await printed(session, 'table'),
      `DEVICE  CHAIN  PRIO  IN HW        HW PKTS  SW PKTS  OWNER  MATCH                             ACTIONS
plain   0      10    no           0        0        other  dst_mac 02:00:00:00:01:01         tunnel_key set id 5001 src_ip 10.0.0.1 dst_ip 10.0.0.11 dst_port 6081 nocsum geneve_opts 0102:80:00010003 ttl 64, redirect geneve
plain   3      20    no, skip_hw  0        0        other  eth_type ipv4 dst_ip 10.1.0.0/16  goto chain 5
2 rules on 1 device: 0 in hardware, 0 of nicsteer`,
    )
    assert.equal(rulesIn(await printed(session, 'json', { chain: 3 })).length, 1)
    assert.equal(rulesIn(await printed(session, 'json', { device: 'geneve' })).length, 0)
    assert.equal(rulesIn(await printed(session, 'json', { owner: 'foreign', kind: 'flower' })).length, 2)
    await assert.rejects(listRules(session, { device: 'dummy9' }), { code: 'NO_DEVICE' })
  })

  it('rules of a shared block are listed once, and loaded where the block is', async () => {
    for (const device of ['plain', 'other']) sh(`tc qdisc add dev ${device} ingress_block 7 clsact`)
    sh('tc filter add block 7 pref 10 protocol all flower dst_mac 02:00:00:00:01:01 action drop')
    const before = await printed(session)
    assert.deepEqual(
      JSON.parse(before).items.map(({ device, block }: { device: string; block: number }) => [device, block]),
      [['plain', 7]],
    )
    sh('tc filter del block 7 pref 10')
    await load(session, parseRules(before, 'rules.json'))
    assert.deepEqual(rulesIn(await printed(session)), rulesIn(before))
    assert.deepEqual((await load(session, parseRules(before, 'rules.json'))).rules[0]?.change, 'same')
    for (const device of ['plain', 'other']) sh(`tc qdisc del dev ${device} clsact`)
    await assert.rejects(load(session, parseRules(before, 'rules.json')), { code: 'NO_BLOCK' })
  })

  it('another rule with the same match is an error that names it, and --replace puts the new one there', async () => {
    await load(session, file(DROP))
    const other = { ...DROP, actions: [{ kind: 'gact', control: 'ok' }] }
    await assert.rejects(load(session, file(other)), {
      code: 'RULE_DIFFERS',
      message: 'items[0]: plain ingress, chain 0, priority 10 has another rule with this match (handle 1)',
    })
    assert.deepEqual((await load(session, file(other), { replace: true, dryRun: true })).rules[0]?.change, 'replace')
    assert.deepEqual((await load(session, file(DROP))).rules[0]?.change, 'same', 'the dry run changed nothing')
    await load(session, file(other), { replace: true })
    assert.deepEqual((await load(session, file(other))).rules[0]?.change, 'same')
  })

  it('a handle of the file is kept where it is free', async () => {
    await load(session, file({ ...DROP, handle: 7 }))
    const second = { ...DROP, match: { ethDst: '02:00:00:00:01:02' } }
    const third = { ...DROP, match: { ethDst: '02:00:00:00:01:03' }, handle: 7 }
    const fourth = { ...DROP, match: { ethDst: '02:00:00:00:01:04' }, handle: 1 }
    await load(session, file(second, third, fourth))
    const handles = rulesIn(await printed(session)).map((one) => {
      const { match, handle } = one as { match: { ethDst: string }; handle: number }
      return [match.ethDst.slice(-1), handle]
    })
    assert.deepEqual(Object.fromEntries(handles), { 1: 7, 2: 2, 3: 3, 4: 1 })
  })

  it('a failure half-way takes back what was installed, the qdisc too, and --keep leaves it', async () => {
    await load(session, file({ ...DROP, device: 'other' }))
    const replaced = { ...DROP, device: 'other', actions: [{ kind: 'gact', control: 'ok' }] }
    // No driver is behind a dummy device, so nobody takes a rule that is for hardware only.
    const refused = { ...DROP, device: 'other', priority: 11, flags: { skipSw: true } }
    const before = shownBy(...devices)
    await assert.rejects(load(session, file(DROP, refused)), {
      code: 'INSTALL_FAILED',
      message: /^items\[1\]: add filter: EOPNOTSUPP.*; everything is as it was before$/,
    })
    assert.deepEqual(shownBy(...devices), before)
    assert.doesNotMatch(run('tc', 'qdisc', 'show', 'dev', 'plain'), /clsact/)
    const hardwareOnly = { ...replaced, flags: { skipSw: true } }
    await assert.rejects(load(session, file(DROP, hardwareOnly), { replace: true }), { code: 'INSTALL_FAILED' })
    assert.deepEqual(shownBy(...devices), before)

    await assert.rejects(load(session, file(DROP, refused), { keep: true }), /kept/)
    assert.equal(rulesIn(await printed(session, 'json', { device: 'plain' })).length, 1)
  })

  const BAD: [what: string, items: object[], code: string, message: RegExp][] = [
    [
      'an unknown device',
      [DROP, { ...DROP, device: 'dummy9' }],
      'NO_DEVICE',
      /^items\[1\]\.device: there is no device dummy9$/,
    ],
    [
      'an unknown target',
      [{ ...DROP, actions: [{ kind: 'mirred', operation: 'redirect', direction: 'egress', device: 'nic9' }] }],
      'NO_DEVICE',
      /^items\[0\]\.actions\[0\]\.device: /,
    ],
    [
      'an unknown field',
      [{ ...DROP, match: { ethDts: '02:00:00:00:01:01' } }],
      'BAD_RULE',
      /^items\[0\]\.match\.ethDts: is not a known field$/,
    ],
    ['one match twice', [DROP, { ...DROP, actions: [] }], 'SAME_RULE_TWICE', /^items\[1\]: .*items\[0\]$/],
    [
      'two protocols at one priority',
      [DROP, { ...DROP, protocol: 0x800, match: {} }],
      'PRIORITY_TAKEN',
      /^items\[1\]\.priority: plain ingress, chain 0, priority 10 holds flower rules of protocol all, not flower rules of protocol 0x0800$/,
    ],
    [
      'a kind without a codec',
      [{ ...DROP, kind: 'raw', name: 'u32' }],
      'NOT_LOADABLE',
      /^items\[0\]: a u32 rule can only be listed$/,
    ],
  ]
  for (const [what, items, code, message] of BAD) {
    it(`${what} is found before anything is installed`, async () => {
      await assert.rejects(load(session, file(...items)), { code, message })
      assert.deepEqual(rulesIn(await printed(session)), [])
      assert.doesNotMatch(run('tc', 'qdisc', 'show'), /clsact/)
    })
  }

  it('the command takes it from a pipe', async () => {
    clsact('plain')
    sh('tc filter add dev plain ingress pref 10 protocol all flower dst_mac 02:00:00:00:01:01 action drop')
    const input = await printed(session)
    sh('tc qdisc del dev plain clsact')
    const { status, stdout, stderr } = spawnSync('node', [MAIN, 'rules', 'load', '-'], { input, encoding: 'utf8' })
    const text = `+ clsact qdisc on plain
+ plain chain 0 prio 10: dst_mac 02:00:00:00:01:01: drop
1 added, 0 replaced, 0 unchanged
`
    assert.deepEqual([status, stdout, stderr], [0, text, ''])
  })
})

describe('nicsteer rules of a NIC', () => {
  useTopology('single', 'max_delay_ms=50')
  it('what apply installed comes back from a file as ours, and is in hardware again', async () => {
    using session = new Session()
    const steering = steeringFile({
      vfs: [
        [0, 0],
        [1, 1],
      ],
    })
    await apply(session, steering)
    const before = await printed(session)
    const ports = ['pf0vf0', 'pf1vf1', 'nicsteer-gnv']
    const theirs = shownBy(...ports)
    const { items, summary } = REPORTS.rules.parse(JSON.parse(before))
    assert.deepEqual([summary.ours, summary.rules, summary.emulated], [12, 12, true])
    assert.equal(items.filter(({ state }) => state?.label === 'emulated').length, 10)

    for (const device of ports) sh(`tc qdisc del dev ${device} clsact`)
    await load(session, parseRules(before, 'rules.json'))
    assert.deepEqual(rulesIn(await printed(session)), rulesIn(before))
    assert.deepEqual(shownBy(...ports), theirs)
    for (const { rule, verdict } of (await verify(session, steering)).rules) {
      assert.equal(verdict, rule.kind === 'drop' ? 'software' : 'hardware')
    }
    assert.match(
      await printed(session, 'table'),
      /^12 rules on 3 devices: 10 in hardware \(emulated\), 12 of nicsteer$/m,
    )

    await clear(session)
    await assert.rejects(load(session, parseRules(before, 'rules.json')), {
      code: 'NO_DEVICE',
      message: /there is no device nicsteer-gnv$/,
    })
  })
})
