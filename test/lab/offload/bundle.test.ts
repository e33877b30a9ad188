import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { REMOTE_IP } from '../simnic/tunnel-rules.js'
import { inNs, run, sh } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringText } from './steering.js'

const BUNDLE = '/tmp/node.tgz'
const FILE = '/tmp/steering.yaml'
const COMMANDS = [
  ['topology'],
  ['rules', '--dev', 'pf0vf0', '--ours'],
  ['verify', '--observe', '1'],
  ['verify', '-f', FILE],
  ['plan', '-f', FILE],
  ['explain', '--from', 'pf0vf0', '--to', REMOTE_IP, '-f', FILE],
  ['doctor', '-f', FILE],
] as const

/** What a command prints, with its exit status. */
function said(words: readonly string[], ...where: string[]): string {
  const script = `nicsteer ${words.join(' ')} -o json ${where.join(' ')} 2>/dev/null; echo "status $?"`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

describe('a bundle of a node', () => {
  const told = new Map<string, string>()
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
      run('nicsteer', 'apply', '-f', FILE)
      inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
      for (const pci of PCI.slice(0, 2)) await settled(pci)
      sh('tc filter del dev pf1vf0 ingress')
      run('nicsteer', 'collect', '-o', BUNDLE, '-f', FILE, '--observe', '0.1')
      for (const words of COMMANDS) told.set(words.join(' '), said(words))
      sh('nicsteer clear')
    })
  })

  describe('answers where that node is not', () => {
    for (const words of COMMANDS) {
      it(words.join(' '), () => {
        const live = told.get(words.join(' '))
        assert.deepEqual(said(words, '--bundle', BUNDLE), live)
        assert.notDeepEqual(said(words), live)
      })
    }
  })
})
