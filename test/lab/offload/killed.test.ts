import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { rtnl, tc } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { Session } from '../../../src/offload/session.js'
import { runAll } from '../../support/sample.js'
import { run } from '../support/shell.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile, steeringText } from './steering.js'

const wanted = { vfs: [0, 1].flatMap((pf) => [0, 1, 2, 3].map((vf) => [pf, vf] as const)) }
const file = steeringFile(wanted)
const ROUNDS = runAll() ? 12 : 2

/** How many rules of ours there are: what a killed apply had got done. */
function ours({ route }: Session): number {
  return rtnl
    .listLinks(route)
    .flatMap(({ ifindex }) => tc.dumpFilters(route, { ifindex, parent: 'ingress' }))
    .filter((filter) => ownershipOf(filter) !== undefined).length
}

/** Rules as iproute2 prints them, without what differs from one tunnel device to the next: indices, handles, ages, the cookie's hash. */
const MOVING = / installed \d+ sec.*| ?index \d+ .*| handle 0x\w+|\tcookie \w+/g
const rules = () =>
  readdirSync('/sys/class/net')
    .sort()
    .map((device) => run('tc', 'filter', 'show', 'dev', device, 'ingress').replace(MOVING, ''))

describe('an apply that is killed', () => {
  useTopology('single', 'max_delay_ms=20')

  it(`is repaired by the next one, wherever it was (${ROUNDS} rounds), and clear leaves no rule and no tunnel device`, async function () {
    this.timeout(240_000)
    using session = new Session()
    await apply(session, file)
    const whole = rules()
    await clear(session)
    writeFileSync('/scratch/steering.yaml', steeringText(wanted))
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn('nicsteer', ['apply', '-f', '/scratch/steering.yaml'], { stdio: 'ignore' })
      const ended = new Promise((resolve) => child.on('close', resolve))
      // Killed at its first trace, or somewhat later: after so many rules.
      const traces = () => (rtnl.getLink(session.route, 'nicsteer-gnv') === undefined ? -1 : ours(session))
      await waitFor('a trace of it', () => child.exitCode !== null || traces() >= round * 3 - 1)
      child.kill('SIGKILL')
      await ended
      await apply(session, file)
      assert.deepEqual(rules(), whole, `round ${round}`)
      await clear(session)
      assert.equal(ours(session), 0)
      assert.equal(rtnl.getLink(session.route, 'nicsteer-gnv'), undefined)
    }
  })
})
