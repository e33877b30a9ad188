import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { REPORTS } from '../../src/cli/report-schema.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const KEY =
  'skb_mark(0/0),recirc_id(0),in_port(pf0vf0),eth(src=02:00:00:00:00:01,dst=02:00:00:00:0f:01),eth_type(0x0800),ipv4(frag=no)'
const ENCAP =
  'actions:set(tunnel(tun_id=0x3,src=10.0.0.1,dst=10.0.1.2,ttl=64,tp_dst=6081,flags(df|csum|key))),genev_sys_6081'
const LINES = [
  'flow-dump from the main thread:',
  `ufid:0c0ffee0-0001-4000-8000-000000000001, ${KEY}, packets:7, bytes:700, used:0.120s, offloaded:yes, dp:tc, ${ENCAP}`,
  `ufid:0c0ffee0-0001-4000-8000-000000000002, ${KEY}, packets:1, bytes:98, used:1.2s, dp:tc, ${ENCAP}`,
  `ufid:0c0ffee0-0001-4000-8000-000000000003, ${KEY}, packets:0, bytes:0, used:never, dp:ovs, actions:pf0vf1`,
  `ufid:0c0ffee0-0001-4000-8000-000000000004, ${KEY}, packets:0, bytes:0, used:never, dp:ovs, actions:userspace(pid=1,slow_path(controller))`,
  `${KEY}, packets:3, bytes:300, used:0.120s, ${ENCAP}`,
]
const VERDICTS = [
  ['hardware', 'yes', null, null],
  ['software', null, 'tc', 'NOT_HEARD'],
  ['software', null, 'ovs', 'NOT_OFFERED'],
  ['software', null, 'ovs', 'SLOW_PATH'],
  ['suspect', null, null, 'NOT_PRINTED'],
]

describe('nicsteer flows of a saved dump', () => {
  let folder = ''
  let saved = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'flows-'))
    saved = join(folder, 'dump')
    writeFileSync(saved, `${LINES.join('\n')}\n`)
  })
  after(() => rmSync(folder, { recursive: true }))
  const flows = (args: string[], input?: string) =>
    spawnSync(process.execPath, [MAIN, 'flows', ...args], { encoding: 'utf8', input })
  const items = (...args: string[]) =>
    REPORTS.flows.parse(JSON.parse(flows(['--file', saved, '-o', 'json', ...args]).stdout)).items

  it('has a verdict for each flow', () => {
    const { status, stderr } = flows(['--file', saved])
    assert.deepEqual([status, stderr], [0, ''])
    const judged = items().map(({ verdict, carrying, by, reason }) => [verdict, carrying, by, reason?.code ?? null])
    assert.deepEqual(judged, VERDICTS)
    // What the NICs are, a dump does not say.
    for (const { label } of items()) assert.equal(label, null)
  })

  it('prints each line with the truth about it, and at the end that about all', () => {
    const { stdout } = flows(['--file', saved])
    assert.match(stdout, /offloaded:yes.*\n {2}-> hardware, carrying: yes; local_ip 10\.0\.0\.1, expected not known\n/)
    assert.match(stdout, /\n5 flows: 1 hardware, 2 software, 1 suspect\n$/)
  })

  it('prints the same lines again with -o dump, from a file and from standard input', () => {
    const text = `${LINES.join('\n')}\n`
    assert.equal(flows(['--file', saved, '-o', 'dump']).stdout, text)
    assert.equal(flows(['--file', '-', '-o', 'dump'], text).stdout, text)
  })

  it('shows only what is asked for', () => {
    assert.equal(items('--type', 'offloaded').length, 1)
    assert.equal(items('--type', 'non-offloaded').length, 4)
    assert.equal(items('--type', 'tc').length, 2)
    assert.equal(items('--reason', 'slow_path').length, 1)
    assert.equal(items('--verdict', 'software').length, 3)
    assert.equal(items('--vf', 'pf0vf1').length, 1)
    assert.equal(items('--vf', 'pf0vf0').length, 5)
    assert.equal(items('--vf', 'pf1vf0').length, 0)
    assert.equal(flows(['--file', saved, '--type', 'offloaded', '-o', 'dump']).stdout, `${LINES[1]}\n`)
  })

  it('names the line and column of what is no flow, and goes on', () => {
    const broken = [LINES[1], String(LINES[2]).replace('0x0800', '0xzz'), LINES[3]].join('\n')
    const { status, stdout, stderr } = flows(['--file', '-', '-o', 'json'], broken)
    assert.equal(status, 1)
    assert.match(stderr, /^error: DUMP_FLOWS_SYNTAX: -:2: column \d+: expected .*\n$/)
    assert.equal(JSON.parse(stdout).items.length, 2)
  })

  it('is not observed: it is of one moment', () => {
    const { status, stdout, stderr } = flows(['--file', saved, '--observe', '1'])
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /^error: USAGE: --observe .*\n$/)
  })

  it('says what is wrong with the file', () => {
    for (const file of [join(folder, 'nothing'), folder]) {
      const { status, stderr, stdout } = flows(['--file', file, '-o', 'json'])
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, /^error: NO_FILE: .*\n$/)
    }
  })
})
