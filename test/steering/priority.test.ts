import { strict as assert } from 'node:assert'
import { compile } from '../../src/steering/compile.js'
import type { NodeFacts } from '../../src/steering/model.js'
import { resolve } from '../../src/steering/resolve.js'
import { showDevice } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from './sample.js'

const { steering } = loadSteering(FILE, 'steering.yaml')
const compiled = (ovsPorts?: NodeFacts['ovsPorts']) =>
  compile(resolve(steering, { ...NODE, ...(ovsPorts && { ovsPorts }) })).rules

describe('rules beside Open vSwitch', () => {
  const tunnels = [{ type: 'geneve', port: 6081 }] as const

  it('come behind its own on its ports, and there drop nothing and copy nothing to all', () => {
    const isOvs = (device: string) => device === 'pf0vf0' || device === 'geneve:6081'
    const alone = compiled().map((rule) => [showDevice(rule.device), rule.kind, rule.priority] as const)
    const beside = compiled({ representors: ['pf0vf0'], tunnels }).map(
      (rule) => [showDevice(rule.device), rule.kind, rule.priority] as const,
    )
    const expected = alone
      .filter(([device, kind]) => !(isOvs(device) && ['drop', 'control', 'bum', 'bum-decap'].includes(kind)))
      .map(([device, kind, priority]) => {
        return [device, kind, isOvs(device) ? 49152 + priority : priority]
      })
    assert.equal(alone.length - expected.length, 3 + 4)
    assert.deepEqual(beside, expected)
  })

  it('are for hardware alone where OVS hands packets over between two NICs of the node', () => {
    const hardwareOnly = compiled({ representors: ['pf0vf0'], tunnels }).filter((rule) => rule.hardwareOnly)
    assert.deepEqual(
      hardwareOnly.map(({ kind, device, intraNode }) => [kind, showDevice(device), intraNode]),
      [['encap', 'pf0vf0', '10.0.0.2']],
    )
    assert.ok(compiled().every((rule) => rule.hardwareOnly === undefined))
  })

  it('are as ever where its ports are others: another representor, a tunnel of another type or port', () => {
    const others = [
      { type: 'geneve', port: 6082 },
      { type: 'vxlan', port: 6081 },
    ] as const
    assert.deepEqual(compiled({ representors: ['pf0vf2'], tunnels: others }), compiled())
  })
})
