import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Shape, shapeArguments } from './shape.js'
import { attempt, run } from './shell.js'

/**
 * A topology of hack/lab/topology for the tests of one suite: up before, down after. That it goes down without a complaint of the
 * kernel, and without an object left in simnic, is asserted each time.
 */
export function useTopology(name: 'single' | 'dual' | 'pair', options = '', shape: Shape = {}): void {
  let started = ''
  before(`topology ${name}`, () => {
    started = readFileSync('/proc/uptime', 'utf8').split(' ')[0] ?? ''
    const script = `/project/hack/lab/topology/${name}`
    const { status, stderr } = attempt('env', `SIMNIC_OPTIONS=${options}`, script, 'up', ...shapeArguments(shape))
    assert.equal(status, 0, `topology ${name} did not come up: ${stderr}`)
  })
  after(`topology ${name} goes down cleanly`, () => {
    const { status, stderr } = attempt(`/project/hack/lab/topology/${name}`, 'down')
    assert.equal(status, 0, `topology ${name} did not go down: ${stderr}`)
    assert.equal(existsSync('/sys/module/simnic'), false, 'simnic is still loaded')
    assert.equal(run('/project/hack/lab/guest/complaints', started), '')
  })
}

/** Writes a kernel file (sysfs, procfs, debugfs). */
export function poke(path: string, value: string): void {
  writeFileSync(path, value)
}
