import { strict as assert } from 'node:assert'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rtnl, tc } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { allIngressFilters, Session } from '../../../src/offload/session.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { runAll } from '../../support/sample.js'
import { sh } from '../support/shell.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringText, type Vf } from './steering.js'

const ROUNDS = runAll() ? 200 : 8
const RULES = 500
/** Each of the eight VFs has one rule for each, and a few others. */
const REMOTES = 56
/** Processes that are ready to apply: Node's start takes seconds here, under emulation. */
const READY = 2

const vfs: Vf[] = [0, 1].flatMap((pf) => [0, 1, 2, 3].map((vf) => [pf, vf] as const))
const remotes = Array.from({ length: REMOTES - 1 }, (_, at) => {
  const mac = `02:00:00:00:0e:${(at + 1).toString(16).padStart(2, '0')}`
  return `        - {mac: "${mac}", vtep: 10.0.0.11, key: ${200 + at}}\n`
})
const text = steeringText({ vfs }) + remotes.join('')
const file = loadSteering(text, 'steering.yaml')
/** What a worker is told: without the reader of files, whose loading costs it as much again as all of apply. */
const told = { steering: file.steering, findings: file.findings }
const worker = new URL('apply-worker.js', import.meta.url)

const ours = (session: Session) => allIngressFilters(session).filter((filter) => ownershipOf(filter) !== undefined)

/** What apply is to bring about: rules, devices and qdiscs, without what differs from one tunnel device to the next. */
function state(session: Session): string[] {
  const links = rtnl.listLinks(session.route)
  const names = new Map(links.map(({ ifindex, name }) => [ifindex as number, name]))
  const shown = (key: string, value: unknown) => {
    if (key === 'ifindex') return names.get(value as number)
    // The hash of actions that redirect to the tunnel device is another each time: magic, version and kind stay.
    return key === 'cookie' ? String(value).slice(0, 12) : value
  }
  return [
    ...ours(session).map((filter) => JSON.stringify(tc.asNew(filter), shown)),
    ...tc.listQdiscs(session.route).map(({ ifindex, kind }) => `qdisc ${kind} on ${names.get(ifindex)}`),
    ...links.map(({ name, up, alias }) => `${name} ${up ? 'up' : 'down'} ${alias ?? ''}`),
  ].sort()
}

/** Everything that isn't ours, as it is, handles and all. */
function foreign(session: Session): string {
  return JSON.stringify(
    allIngressFilters(session).filter((filter) => ownershipOf(filter) === undefined),
    (key, value) => (key === 'age' ? undefined : value),
  )
}

/** Workers that are started ahead, and stopped when the tests are over. */
class Workers implements Disposable {
  readonly #ready: { child: ChildProcess; ready: Promise<unknown> }[] = []

  async take(): Promise<ChildProcess> {
    while (this.#ready.length <= READY) {
      const child = fork(worker, { execArgv: [], serialization: 'advanced' })
      this.#ready.push({ child, ready: once(child, 'message') })
    }
    const next = this.#ready.shift()
    assert.ok(next)
    await next.ready
    return next.child
  }

  [Symbol.dispose](): void {
    for (const { child } of this.#ready) child.kill('SIGKILL')
  }
}

describe('an apply that is killed', () => {
  useTopology('single', 'max_delay_ms=20')

  it(`is repaired by the next one, wherever it was (${ROUNDS} times of ${RULES} rules), and touches nothing foreign`, async function () {
    this.timeout(ROUNDS * 40_000)
    using session = new Session()
    sh('tc qdisc add dev pf0vf0 clsact')
    sh('tc filter add dev pf0vf0 ingress pref 20 protocol ip flower dst_ip 192.168.99.1 action drop')
    sh('tc filter add dev pf0vf0 ingress pref 10 protocol all flower dst_mac 02:00:00:00:99:01 action drop')
    const others = foreign(session)
    const empty = state(session)
    const { added } = await apply(session, file)
    assert.ok(added >= RULES)
    const whole = state(session)
    await clear(session)
    assert.deepEqual(state(session), empty)

    using workers = new Workers()
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = await workers.take()
      const ended = once(child, 'exit')
      // Evenly over the apply, and not in order: parts of the golden ratio. At 0 it is killed before it has made anything, or just then.
      const goal = Math.floor(((round * 0.618034) % 1) * added)
      child.send(told)
      await waitFor(`rule ${goal}`, () => child.exitCode !== null || ours(session).length >= goal)
      child.kill('SIGKILL')
      await ended
      const left = ours(session).length
      await apply(session, file)
      assert.deepEqual(state(session), whole, `round ${round}, killed after ${left} rules`)
      await clear(session)
      assert.deepEqual(state(session), empty, `round ${round}, killed after ${left} rules`)
      assert.equal(foreign(session), others)
    }
  })
})
