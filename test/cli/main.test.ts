import { strict as assert } from 'node:assert'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { REPORTS } from '../../src/cli/report-schema.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { changed, FILE } from '../steering/sample.js'
import { skip } from '../support/skip.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

function nicsteer(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
}

describe('nicsteer', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nicsteer-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const file = (text: string) => {
    const path = join(folder, 'steering.yaml')
    writeFileSync(path, text)
    return path
  }

  it('explains itself with --help, on standard output', () => {
    const { status, stdout, stderr } = nicsteer('--help')
    assert.deepEqual([status, stderr], [0, ''])
    for (const command of ['topology', 'apply', 'verify', 'doctor', 'rules', 'clear']) {
      assert.match(stdout, new RegExp(`^  ${command} `, 'm'))
      assert.equal(nicsteer(command, '--help').status, 0)
    }
  })

  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    assert.equal(nicsteer('--version').stdout.trim(), version)
  })

  for (const command of ['plan', 'apply', 'verify']) {
    it(`${command} names the line of a file whose networks can't be read`, () => {
      const path = file(
        `apiVersion: nicsteer/v1alpha1\nkind: Steering\nspec:\n  source: {ovn: {ovs: "unix:${folder}/none"}}\n`,
      )
      const { status, stdout, stderr } = nicsteer(command, '-f', path)
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, /^error: OVSDB_UNREACHABLE: .*steering\.yaml:4: unix:.*none: ENOENT — .*\n$/)
    })
  }

  const MISUSES: [args: string[], line: RegExp][] = [
    [['frobnicate'], /^error: USAGE: unknown command 'frobnicate'/],
    [['apply'], /^error: USAGE: required option '-f, --file <file>'/],
    [['topology', '-o', 'xml'], /^error: USAGE: .*table, json, yaml/],
    [['verify', '-f', 'x', '--observe', 'soon'], /^error: USAGE: .*number of seconds/],
    [['topology', 'extra'], /^error: USAGE: too many arguments/],
    [['rules', '--chain', 'first'], /^error: USAGE: .*number of a chain/],
    [['trace', 'extack', '--seconds', '-1'], /^error: USAGE: .*number of seconds/],
    [['rules', 'load'], /^error: USAGE: missing required argument 'file'/],
    [['rules', 'load', '--dry-run', 'none.json'], /^error: NO_FILE: none.json: there is no such file/],
    [['rules', '--dev', 'nic9'], /^error: NO_DEVICE: there is no device nic9/],
  ]
  for (const [args, line] of MISUSES) {
    it(`answers "${args.join(' ')}" with one line and status 1`, () => {
      const { status, stdout, stderr } = nicsteer(...args)
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, line)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    })
  }

  const ROOT = process.geteuid?.() === 0

  it('answers a bad file with its line, and installs nothing', function () {
    if (!ROOT) skip(this, 'needs root')
    const path = file(changed('vni: 5001', 'vni: many'))
    for (const command of ['apply', 'verify']) {
      const { status, stdout, stderr } = nicsteer(command, '-f', path)
      assert.deepEqual([status, stdout], [1, ''])
      assert.equal(
        stderr,
        `error: BAD_SPEC: ${path}:10: spec.networks[0].vni: Invalid input: expected number, received string — see docs/schema/steering.json and examples/\n`,
      )
    }
  })

  it('answers a file that is not there', function () {
    if (!ROOT) skip(this, 'needs root')
    const { status, stderr } = nicsteer('apply', '-f', join(folder, 'none.yaml'))
    assert.equal(status, 1)
    assert.match(stderr, /^error: NO_FILE: .*none\.yaml: there is no such file — .*\n$/)
  })

  it('answers a good file on a node without its NICs with the line of the first NIC', function () {
    if (!ROOT) skip(this, 'needs root')
    const path = file(FILE)
    const { status, stderr } = nicsteer('apply', '-f', path)
    assert.equal(status, 1)
    assert.equal(stderr, `error: UNKNOWN_PF: ${path}:6: this node has no PF 0000:d8:00.0 — it has: none\n`)
  })

  it('reads a file from standard input, and calls it so', function () {
    if (!ROOT) skip(this, 'needs root')
    // A key like this one makes the YAML parser warn by itself, if it is let.
    const input = changed('vni: 5001', 'vni: many\n      ? [a, b]\n      : c')
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'apply', '-f', '-'], { encoding: 'utf8', input })
    assert.equal(status, 1)
    assert.match(stderr, /^error: BAD_SPEC: <stdin>:9: .*\n$/)
  })

  it('without a command prints its help where errors go', () => {
    const { status, stdout, stderr } = nicsteer()
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /^Usage: nicsteer /)
  })

  it('prints the topology as one object of its schema, in JSON and in YAML', () => {
    const { stdout, stderr, status } = nicsteer('topology', '-o', 'json')
    const report = REPORTS.topology.parse(JSON.parse(stdout))
    assert.deepEqual(JSON.parse(stdout), report)
    assert.equal(report.items.length, report.summary.nics)
    assert.deepEqual([status, stderr], [report.summary.gaps.length === 0 ? 0 : 2, ''])
    assert.deepEqual(parse(nicsteer('topology', '-o', 'yaml').stdout), report)
  })

  it('prints rules as one object of their schema, and takes it back in a dry run', () => {
    const { stdout, stderr, status } = nicsteer('rules', '-o', 'json')
    const report = REPORTS.rules.parse(JSON.parse(stdout))
    assert.deepEqual([status, stderr, report.items.length], [0, '', report.summary.rules])
    const flower = nicsteer('rules', '--kind', 'flower', '-o', 'yaml').stdout
    const again = spawnSync(process.execPath, [MAIN, 'rules', 'load', '-o', 'json', '--dry-run', '-'], {
      encoding: 'utf8',
      input: flower,
    })
    assert.deepEqual([again.status, again.stderr], [0, ''])
    const { added, replaced, dryRun } = REPORTS['rules-load'].parse(JSON.parse(again.stdout)).summary
    assert.deepEqual([added, replaced, dryRun], [0, 0, true])
  })

  it('prints what the doctor found as one object of its schema, and ends as bad as the worst of it', () => {
    const { stdout, stderr, status } = nicsteer('doctor', '-o', 'json')
    const report = REPORTS.doctor.parse(JSON.parse(stdout))
    assert.deepEqual(JSON.parse(stdout), report)
    const { ok, warn, fail, skip } = report.summary
    const counted = ['OK', 'WARN', 'FAIL', 'SKIP'].map(
      (one) => report.items.filter(({ result }) => result === one).length,
    )
    assert.deepEqual(counted, [ok, warn, fail, skip])
    assert.deepEqual([status, stderr], [fail > 0 ? 3 : warn > 0 ? 2 : 0, ''])
    for (const { id, result, fix, says } of report.items) {
      assert.notEqual(says, '', id)
      assert.equal(fix.length > 0, result === 'WARN' || result === 'FAIL', id)
    }
    const table = nicsteer('doctor')
    assert.equal(table.status, status)
    assert.equal(table.stdout.trimEnd().split('\n').at(-1), report.summary.truth)
  })

  it('has the doctor say what of a file can’t be carried out here', () => {
    const { status, stdout } = nicsteer('doctor', '-f', file(FILE), '-o', 'json')
    const { items } = REPORTS.doctor.parse(JSON.parse(stdout))
    const about = items.find(({ id }) => id === 'steering.file')
    assert.equal(status, 3)
    assert.equal(about?.result, 'FAIL')
    assert.match(about?.says ?? '', /^UNKNOWN_PF: line 6: this node has no PF 0000:d8:00\.0$/)
    const bad = nicsteer('doctor', '-f', file(changed('vni: 5001', 'vni: many')))
    assert.deepEqual([bad.status, bad.stdout], [1, ''])
    assert.match(bad.stderr, /^error: BAD_SPEC: .*yaml:10: /)
  })

  it('asks for root before it looks at anything, and needs none for the topology and the doctor', function () {
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath]
    const asNobody = (...args: string[]) => spawnSync('setpriv', [...nobody, ...args], { encoding: 'utf8' })
    if (!ROOT) skip(this, 'needs root, to become somebody else')
    if (asNobody('--check', MAIN).status !== 0) skip(this, 'there is no setpriv, or others cannot read the build')
    for (const command of [
      ['apply', '-f', 'none.yaml'],
      ['verify'],
      ['clear'],
      ['rules load', 'none.json'],
      ['trace extack'],
    ]) {
      const { status, stdout, stderr } = asNobody(MAIN, ...command.flatMap((word) => word.split(' ')))
      assert.deepEqual([status, stdout], [1, ''])
      assert.equal(stderr, `error: NOT_ROOT: ${command[0]} needs root (CAP_NET_ADMIN) — run it with sudo\n`)
    }
    assert.equal(asNobody(MAIN, 'topology', '-o', 'json').stdout, nicsteer('topology', '-o', 'json').stdout)
    const doctor = asNobody(MAIN, 'doctor', '-o', 'json')
    const { items } = REPORTS.doctor.parse(JSON.parse(doctor.stdout))
    assert.equal(items.find(({ id }) => id === 'node.root')?.result, 'WARN')
    assert.deepEqual([doctor.stderr, doctor.status === 2 || doctor.status === 3], ['', true])
  })
})

describe('examples/', () => {
  const examples = new URL('../../../examples/', import.meta.url)
  for (const name of readdirSync(examples).filter((one) => one.endsWith('.yaml'))) {
    it(`${name} is a file that nicsteer takes`, () => {
      const { networks, source } = loadSteering(readFileSync(new URL(name, examples), 'utf8'), name).steering
      assert.ok(networks.length > 0 || source !== undefined)
    })
  }
})
