import { strict as assert } from 'node:assert'
import { tc } from '../../src/kernel/index.js'
import { devicesOf, toFilter } from '../../src/offload/translate.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from '../steering/sample.js'
import { filtersOf, INDICES, TUNNEL } from './sample.js'

describe('a rule as flower filter', () => {
  const filters = filtersOf(FILE)

  it('asks for the reason of a refusal, and never to skip software', () => {
    for (const { flags } of filters) {
      assert.notEqual(flags?.verbose ?? false, flags?.skipHw ?? false)
      assert.equal(flags?.skipSw, undefined)
    }
  })

  it('decapsulates by every field of the outer header, and by the egress half of the option', () => {
    assert.deepEqual(filters[0]?.match, {
      ethDst: '02:00:00:00:00:01',
      encKeyId: 5001,
      encSrcIp: '10.0.0.11',
      encDstIp: '10.0.0.1',
      encDstPort: 6081,
      encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00000001' }] },
      encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: '0000ffff' }] },
    })
    assert.deepEqual(
      filters[0]?.actions.map(({ cookie: _, ...action }) => action),
      [
        { kind: 'tunnel_key', operation: 'unset' },
        { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: 10 },
      ],
    )
  })

  it('encapsulates only what has the source MAC of the VF', () => {
    const encap = filters.find(({ match }) => match.ethSrc !== undefined && match.ethDst === '02:00:00:00:0f:01')
    assert.deepEqual(encap?.match, { ethSrc: '02:00:00:00:00:01', ethDst: '02:00:00:00:0f:01' })
    assert.deepEqual(
      encap?.actions.map(({ cookie: _, ...action }) => action),
      [
        {
          kind: 'tunnel_key',
          operation: 'set',
          srcIp: '10.0.0.1',
          dstIp: '10.0.0.11',
          keyId: 5001,
          dstPort: 6081,
          ttl: 64,
          noCsum: true,
          options: { geneve: [{ class: 0x102, type: 0x80, data: '00010065' }] },
        },
        { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: TUNNEL },
      ],
    )
  })

  it('copies to others before the packet itself goes to the last', () => {
    const [out, into] = ['ethSrc', 'encKeyId'].map((key) =>
      filters.find(({ match }) => match.ethDstMask === '01:00:00:00:00:00' && key in match),
    )
    assert.equal(out?.match.ethDst, '01:00:00:00:00:00')
    const steps = (filter: tc.FlowerFilter | undefined) =>
      filter?.actions.map((action) => {
        if (action.kind === 'mirred') return `${action.operation} ${action.ifindex}`
        return action.kind === 'tunnel_key' && action.operation === 'set' ? `set ${action.dstIp}` : 'unset'
      })
    assert.deepEqual(steps(out), [
      'mirror 11',
      'set 10.0.0.11',
      `mirror ${TUNNEL}`,
      'set 10.0.0.2',
      `redirect ${TUNNEL}`,
    ])
    assert.deepEqual(steps(into), ['unset', 'mirror 10', 'redirect 11'])
  })

  it('skips software only where the rule is for hardware alone', () => {
    const [rule] = compile(resolve(loadSteering(FILE, 'f').steering, NODE)).rules
    assert.ok(rule)
    const { flags } = toFilter({ ...rule, hardwareOnly: true }, devicesOf(INDICES, TUNNEL), false)
    assert.deepEqual(flags, { skipSw: true })
  })

  it('shares one protocol per priority with all others', () => {
    assert.ok(filters.every(({ protocol }) => protocol === tc.ETH_P_ALL))
  })

  it('carries one cookie, on its last action, shorter than those that OVS takes for its own', () => {
    for (const { actions } of filters) {
      assert.equal(actions.slice(0, -1).filter(({ cookie }) => cookie !== undefined).length, 0)
      assert.equal(actions.at(-1)?.cookie?.length, 24)
    }
  })

  it('names the device that is missing', () => {
    const rule = compile(resolve(loadSteering(FILE, 'f').steering, NODE)).rules.find(({ kind }) => kind === 'encap')
    assert.throws(() => rule && toFilter(rule, devicesOf(INDICES, undefined), false), /no device geneve:6081/)
    assert.throws(() => rule && toFilter(rule, devicesOf(new Map(), TUNNEL), false), /no device pf0vf0/)
  })
})
