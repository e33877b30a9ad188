import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { attempt, sh } from './support/shell.js'
import { PCI, setKnob } from './support/simnic.js'
import { useTopology } from './support/topology.js'

/** A start costs seconds here: one process runs them all. */
const SCRIPT = `
const run = async (name, ...args) => {
  process.argv = ['node', name, ...args]
  console.log(['--', name, ...args].join(' '))
  await import('/project/examples/kernel/' + name + '.mjs?' + args)
}
await run('eswitch')
await run('install-rule', 'pf0vf0', 'example')
await run('install-rule', 'pf1vf0', 'example')
await run('counters')
`

describe('examples/kernel with rules', () => {
  useTopology('single')
  before(() => {
    sh('ip link add example type geneve external')
    sh('ip link set example up')
    sh('tc qdisc add dev pf0vf1 clsact')
    sh('tc filter add dev pf0vf1 ingress pref 7 protocol all flower skip_hw action drop')
    setKnob(PCI[1], 'refuse', '1 95 Table is full')
  })
  after(() => {
    sh('ip link del example')
  })

  it('say what hardware and the kernel made of them', () => {
    const { status, stdout, stderr } = attempt('node', '--input-type=module', '-e', SCRIPT)
    assert.deepEqual([stderr, status], ['', 0])
    assert.equal(
      stdout,
      `-- eswitch
pci/0000:d8:00.0: simnic 1.0.1000, switchdev
pci/0000:d9:00.0: simnic 1.0.1000, switchdev
-- install-rule pf0vf0 example
handle 1: in hardware (1)
refused: ERANGE, TCA_ACT_COOKIE may have 16 bytes
-- install-rule pf1vf0 example
handle 1: in software
the driver says: simnic: Table is full
refused: ERANGE, TCA_ACT_COOKIE may have 16 bytes
-- counters
pf0vf1 prio 7 handle 1: not_in_hw, hardware 0, software 0 packets
`,
    )
  })

  it('refusals hears what tc is not told', async () => {
    setKnob(PCI[1], 'refuse', '1 95 Table is full')
    sh('tc qdisc add dev pf1vf1 clsact')
    // Bounded: without a word from the kernel it would wait for ever.
    const child = spawn('timeout', ['60', 'node', '/project/examples/kernel/refusals.mjs', '1'])
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      if (lines.push(line) > 1) continue
      assert.equal(sh('tc filter add dev pf1vf1 ingress pref 7 protocol ip flower dst_ip 10.0.0.1 action drop'), '')
    }
    assert.deepEqual(lines, ['listening', 'tc: simnic: Table is full'])
  })
})
