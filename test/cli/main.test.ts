import { strict as assert } from 'node:assert'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
    for (const command of ['topology', 'apply', 'verify', 'clear']) {
      assert.match(stdout, new RegExp(`^  ${command} `, 'm'))
      assert.equal(nicsteer(command, '--help').status, 0)
    }
  })

  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    assert.equal(nicsteer('--version').stdout.trim(), version)
  })

  const MISUSES: [args: string[], line: RegExp][] = [
    [['frobnicate'], /^error: USAGE: unknown command 'frobnicate'/],
    [['apply'], /^error: USAGE: required option '-f, --file <file>'/],
    [['topology', '-o', 'xml'], /^error: USAGE: .*table, json, yaml/],
    [['verify', '-f', 'x', '--observe', 'soon'], /^error: USAGE: .*number of seconds/],
    [['topology', 'extra'], /^error: USAGE: too many arguments/],
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

  it('prints one JSON object of its own kind', () => {
    const { stdout } = nicsteer('topology', '-o', 'json')
    const report = JSON.parse(stdout)
    assert.deepEqual(
      [report.apiVersion, report.kind, report.items.length],
      ['nicsteer/v1alpha1', 'Topology', report.summary.nics],
    )
  })
})

describe('examples/', () => {
  const examples = new URL('../../../examples/', import.meta.url)
  for (const name of readdirSync(examples)) {
    it(`${name} is a file that nicsteer takes`, () => {
      assert.ok(loadSteering(readFileSync(new URL(name, examples), 'utf8'), name).steering.networks.length > 0)
    })
  }
})
