import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { REPORTS } from '../../src/cli/report-schema.js'
import { CATALOGUE } from '../../src/offload/reasons/index.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

function reasons(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'reasons', ...args], { encoding: 'utf8' })
  return { status, stdout: stdout.trimEnd(), stderr: stderr.trimEnd() }
}

describe('nicsteer reasons', () => {
  it('lists the whole catalogue, a line each', () => {
    const { status, stdout, stderr } = reasons()
    assert.deepEqual([status, stderr], [0, ''])
    const [heading, ...lines] = stdout.split('\n')
    assert.deepEqual(heading?.split(/ {2,}/), ['CODE', 'ABOUT', 'MEANING'])
    assert.equal(lines.pop(), `${CATALOGUE.length} reasons; nicsteer reasons CODE says what to do`)
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      CATALOGUE.map(({ code }) => code),
    )
  })

  it('says of one reason what it means, what to do, what the kernel says, and how that is known', () => {
    const { status, stdout, stderr } = reasons('CHAIN_TABLE')
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(stdout.split('\n'), [
      'CHAIN_TABLE (chains)',
      'Meaning:         The NIC has no table left for one more chain or priority.',
      'What to do:      use fewer chains and priorities',
      'Kernel says:     "Failed to create chains table err %d (chain: %d, prio: %d, level: %d, size: %d)"',
      'Known from:      Linux 6.12 drivers/net/ethernet/mellanox/mlx5/core/lib/fs_chains.c mlx5_chains_create_table',
      'Label:           source-read',
    ])
  })

  it('puts several texts below each other', () => {
    const lines = reasons('priority_range').stdout.split('\n')
    assert.match(lines[3] ?? '', /^What changes it: \S/)
    const [first, second] = reasons('GENEVE_PORT')
      .stdout.split('\n')
      .filter((line) => line.endsWith(' port"'))
    assert.equal(first?.indexOf('"'), second?.indexOf('"'))
    assert.match(second ?? '', /^ +"UDP port %d/)
  })

  it('labels what only the lab says, and what nicsteer itself finds', () => {
    assert.match(reasons('LAB_PROFILE').stdout, /^Label: +emulated$/m)
    assert.match(reasons('NOT_INSTALLED').stdout, /^Label: +found by nicsteer itself$/m)
  })

  it('takes a line of the kernel’s log too', () => {
    const { status, stdout } = reasons('mlx5_core 0000:d8:00.0 p0: UDP port 6082 is not registered as a GENEVE port')
    assert.deepEqual([status, stdout.split('\n')[0]], [0, 'GENEVE_PORT (decap)'])
  })

  it('prints one object of its schema, in JSON and in YAML', () => {
    const { status, stdout, stderr } = reasons('-o', 'json')
    const report = REPORTS.reasons.parse(JSON.parse(stdout))
    assert.deepEqual(JSON.parse(stdout), report)
    assert.deepEqual([status, stderr, report.items.length], [0, '', CATALOGUE.length])
    assert.deepEqual(report.summary, { reasons: CATALOGUE.length, kernel: 'Linux 6.12' })
    const labels = new Map(report.items.map(({ code, label }) => [code, label]))
    assert.deepEqual(
      ['OTHER_SWITCH', 'LAB_PROFILE', 'NOT_INSTALLED'].map((code) => labels.get(code)),
      ['source-read', 'emulated', null],
    )
    const one = reasons('OTHER_SWITCH', '-o', 'yaml').stdout
    assert.deepEqual(REPORTS.reasons.parse(parse(one)).items, [
      report.items.find(({ code }) => code === 'OTHER_SWITCH'),
    ])
  })

  it('answers an unknown code with one line that names the nearest, and status 1', () => {
    const { status, stdout, stderr } = reasons('GENEVE_PRT')
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(
      stderr,
      /^error: UNKNOWN_REASON: there is no reason "GENEVE_PRT" — nearest: GENEVE_PORT, [A-Z_]+, [A-Z_]+; nicsteer reasons lists all$/,
    )
    assert.equal(reasons('').status, 1)
  })
})
