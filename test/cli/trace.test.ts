import { strict as assert } from 'node:assert'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { REPORTS } from '../../src/cli/report-schema.js'
import { needBpf } from '../kernel/libbpf/support.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

describe('nicsteer trace extack', () => {
  before(function () {
    needBpf(this)
  })

  /** Its status and output, after a text that came while it listened, and SIGINT. */
  async function traced(...args: string[]) {
    const child = spawn(process.execPath, [MAIN, 'trace', 'extack', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    const closed = once(child, 'close')
    const [greeting] = (await once(child.stderr.setEncoding('utf8'), 'data')) as string[]
    assert.match(greeting ?? '', /^listening/)
    spawnSync('ip', ['link', 'add', 'name', 'x', 'type', 'nothing'])
    child.kill('SIGINT')
    const [status] = (await closed) as [number | null]
    return { status, stdout }
  }

  it('until it is interrupted: one object of its schema', async () => {
    const { status, stdout } = await traced('-o', 'json')
    const { items, summary } = REPORTS['trace-extack'].parse(JSON.parse(stdout))
    assert.equal(status, 0)
    const [{ kind, refused, rule } = assert.fail()] = items.filter(({ texts }) => texts[0] === 'Unknown device type')
    assert.deepEqual({ kind, refused, rule }, { kind: 'text', refused: false, rule: null })
    assert.equal(summary.lost, 0)
    assert.equal(summary.source === 'tracepoint', summary.why !== null)
  })

  it('line by line', async () => {
    const { status, stdout } = await traced()
    assert.equal(status, 0)
    assert.match(stdout, /^TIME +PROCESS +DEVICE +CHAIN +PRIO +REASON +TEXT\n/)
    assert.match(stdout, /^[\d:.]{12} +ip\/\d+ +- +- +- +- +"Unknown device type"$/m)
    assert.match(stdout, / nothing lost\n$/)
  })

  it('for so many seconds', () => {
    const { status, stdout } = spawnSync(process.execPath, [MAIN, 'trace', 'extack', '--seconds', '0'], {
      encoding: 'utf8',
    })
    assert.equal(status, 0)
    assert.match(stdout, / nothing lost\n$/)
  })
})
