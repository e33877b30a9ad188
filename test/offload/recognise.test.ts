import { strict as assert } from 'node:assert'
import type { Ifindex } from '../../src/base/types.js'
import { isAltered } from '../../src/offload/ownership.js'
import { type KnownDevices, recognise } from '../../src/offload/recognise.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import type { Rule } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from '../steering/sample.js'
import { dumpOf, filtersOf, INDICES, LAYOUTS, TUNNEL } from './sample.js'

describe('an installed rule of ours', () => {
  const known: KnownDevices = {
    representors: new Map(
      [...INDICES].map(([name, ifindex]) => {
        const [, pf, index] = /^pf(\d)vf(\d)$/.exec(name) ?? []
        return [ifindex, { name, vf: { pf: NODE.pfs[Number(pf)]!.pci, index: Number(index) } }]
      }),
    ),
    tunnels: new Map([[TUNNEL, { type: 'geneve', port: 6081 }]]),
  }
  const { rules } = compile(resolve(loadSteering(FILE, 'f').steering, NODE))

  const told = (rule: Rule | undefined) => rule && { ...rule, network: undefined, intraNode: undefined, why: undefined }

  it('is recognised as the rule that it was made from', () => {
    for (const [at, filter] of dumpOf(filtersOf(FILE)).entries()) {
      assert.deepEqual(told(recognise(filter, known)), told(rules[at]))
      assert.equal(isAltered(filter), false)
    }
  })

  it('is recognised without options, with options of the user’s, and by VXLAN', () => {
    for (const text of LAYOUTS) {
      const { steering } = loadSteering(text, 'f')
      const { type, port } = steering.encapsulation
      const here = { ...known, tunnels: new Map([[TUNNEL, { type, port }]]) }
      const wanted = compile(resolve(steering, NODE)).rules
      for (const [at, filter] of dumpOf(filtersOf(text)).entries())
        assert.deepEqual(told(recognise(filter, here)), told(wanted[at]))
    }
  })

  it('is not recognised when its VF is gone', () => {
    const gone = { ...known, representors: new Map() }
    assert.ok(filtersOf(FILE).every((filter) => recognise(filter, gone) === undefined))
  })

  it('that somebody altered is told from its cookie', () => {
    const [decap] = dumpOf(filtersOf(FILE))
    const redirect = decap?.actions.at(-1)
    assert.ok(decap && redirect?.kind === 'mirred')
    redirect.ifindex = 11 as Ifindex
    assert.equal(isAltered(decap), true)
  })
})
