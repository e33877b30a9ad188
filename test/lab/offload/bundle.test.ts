import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { useTranscript } from '../../../src/base/transcript.js'
import { apply } from '../../../src/cli/commands/apply.js'
import { collect } from '../../../src/cli/commands/collect.js'
import { doctor } from '../../../src/cli/commands/doctor.js'
import { explain } from '../../../src/cli/commands/explain.js'
import { plan } from '../../../src/cli/commands/plan.js'
import { rules } from '../../../src/cli/commands/rules.js'
import { topology } from '../../../src/cli/commands/topology.js'
import { verify } from '../../../src/cli/commands/verify.js'
import { readBundle } from '../../../src/offload/bundle/bundle.js'
import { REMOTE_IP } from '../simnic/tunnel-rules.js'
import { called } from '../support/command.js'
import { inNs, sh } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringText } from './steering.js'

const BUNDLE = '/tmp/node.tgz'
const FILE = '/tmp/steering.yaml'
const output = 'json'
const between = { from: 'pf0vf0', to: REMOTE_IP }
const COMMANDS: Readonly<Record<string, () => number | Promise<number>>> = {
  topology: () => topology({ output }),
  'rules --dev pf0vf0 --ours': () => rules({ output, dev: 'pf0vf0', ours: true }),
  'verify --observe': () => verify({ output, observe: 0.1 }),
  'verify -f': () => verify({ output, file: FILE }),
  'plan -f': () => plan({ output, file: FILE }),
  'explain -f': () => explain({ output, file: FILE, ...between }),
  explain: () => explain({ output, from: 'pf1vf0', to: 'pf0vf0' }),
  'doctor -f': () => doctor({ output, file: FILE }),
}

/** Less what tells the time: how long ago a rule was installed, and used. */
async function said(command: () => number | Promise<number>): Promise<{ status: number; report: unknown }> {
  const { status, stdout } = await called(command)
  return { status, report: JSON.parse(stdout, (key, value) => (key === 'age' ? undefined : value)) }
}

describe('a bundle of a node', () => {
  const told = new Map<string, unknown>()
  // Hooks run as they stand here: the topology is gone before the tests of this suite's second part.
  describe('is collected', () => {
    useTopology('single', 'max_delay_ms=20')

    it('with rules that carry, rules that were refused and none of what is wanted', async () => {
      const vfs = [
        [0, 0],
        [0, 1],
        [1, 0],
      ] as const
      writeFileSync(FILE, steeringText({ vfs }))
      await called(() => apply({ output: 'json', file: FILE, lockWait: 10 }))
      inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
      for (const pci of PCI.slice(0, 2)) await settled(pci)
      sh('tc filter del dev pf1vf0 ingress')
      const { status, stderr } = await called(() => collect({ output: BUNDLE, file: FILE, observe: 0.1 }))
      assert.deepEqual([status, stderr], [0, ''])
      for (const [title, command] of Object.entries(COMMANDS)) told.set(title, await said(command))
      sh('nicsteer clear')
    })
  })

  describe('answers where that node is not', () => {
    for (const [title, command] of Object.entries(COMMANDS)) {
      it(title, async () => {
        using _ = useTranscript(readBundle(BUNDLE).transcript, 'replay')
        assert.deepEqual(await said(command), told.get(title))
      })
    }

    it('nicsteer explain --bundle, as a program of its own', () => {
      const script = `nicsteer explain --from pf0vf0 --to ${REMOTE_IP} -f ${FILE} -o json --bundle ${BUNDLE}`
      const report = JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: 'pipe' }))
      assert.deepEqual({ status: 0, report }, told.get('explain -f'))
    })

    it('and nowhere else', async () => {
      assert.deepEqual(
        (JSON.parse((await called(() => topology({ output }))).stdout) as { items: unknown[] }).items,
        [],
      )
    })
  })
})
