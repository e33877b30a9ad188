import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { REMOTE_IP } from '../simnic/tunnel-rules.js'
import { inNs, run, sh } from '../support/shell.js'
import { useTopology } from '../support/topology.js'
import { steeringText } from './steering.js'

const FILE = '/tmp/watched.yaml'

describe('verify --watch', () => {
  useTopology('single', 'max_delay_ms=20')

  it('prints what changes and nothing else, with the time, and ends with the last reading’s status', async () => {
    writeFileSync(FILE, steeringText({ vfs: [[0, 0]] }))
    run('nicsteer', 'apply', '-f', FILE)
    const child = spawn('nicsteer', ['verify', '--watch', '0.2', '-f', FILE], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => String((await lines.next()).value)
    const TIME = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`
    try {
      assert.match(await next(), new RegExp(`${TIME} \\d+ rules: \\d+ hardware \\(emulated\\)`))
      sh('tc filter del dev pf0vf0 ingress pref 11')
      assert.match(
        await next(),
        new RegExp(`${TIME} pf0vf0 encap .*: hardware \\(emulated\\), carrying: idle -> missing: NOT_INSTALLED`),
      )
      run('nicsteer', 'apply', '-f', FILE)
      assert.match(await next(), /pf0vf0 encap .*: missing -> hardware \(emulated\), carrying: idle$/)
      inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
      assert.match(await next(), /: hardware \(emulated\), carrying: idle -> hardware \(emulated\), carrying: yes/)
    } finally {
      child.kill('SIGINT')
    }
    assert.deepEqual(await ended, [0, null])
    sh('nicsteer clear')
  })
})
