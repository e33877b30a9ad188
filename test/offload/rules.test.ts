import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { Ifindex } from '../../src/base/types.js'
import { tc } from '../../src/kernel/index.js'
import { flowerOptions } from '../../src/kernel/tc/flower.js'
import { contentOf, diffFilters, identityOf } from '../../src/offload/diff.js'
import { cookieOf, isAltered, ownershipOf, parseCookie } from '../../src/offload/ownership.js'
import { type KnownDevices, recognise } from '../../src/offload/recognise.js'
import { devicesOf, toFilter } from '../../src/offload/translate.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import { RULE_KINDS, type Rule } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { decode, encode } from '../kernel/support/bytes.js'
import { changed, FILE, NODE } from '../steering/sample.js'

const INDICES = new Map(['pf0vf0', 'pf0vf1', 'pf1vf3'].map((name, at) => [name, (10 + at) as Ifindex]))
const TUNNEL = 20 as Ifindex

function filtersOf(text: string, madeQdisc = false): tc.FlowerFilter[] {
  const { rules } = compile(resolve(loadSteering(text, 'f').steering, NODE))
  return rules.map((rule) => toFilter(rule, devicesOf(INDICES, TUNNEL), madeQdisc))
}

/** As a dump shows it: in the form that decoding gives, with handle, flags, counters and indices of actions. */
function asDumped(filter: tc.FlowerFilter, handle: number): tc.FlowerFilter {
  const counters = { packets: 7, bytes: 700 }
  const { match, actions } = decode(flowerOptions, encode(flowerOptions, filter))
  return {
    ...filter,
    handle,
    match,
    inHwCount: 1,
    flags: { ...filter.flags, inHw: true },
    actions: actions.map((action, at) => ({
      ...action,
      ...(action.kind !== 'raw' && { index: at + 1, refs: 1, binds: 1 }),
      stats: { ...counters, software: counters, hardware: counters, drops: 0, overlimits: 0 },
    })),
  }
}

/** The file with every layout of tunnel. */
const LAYOUTS = [
  FILE,
  FILE.replace(', options: ovn', ''),
  FILE.replace('ovn', '[{class: 1, type: 2, data: "0102030405060708"}, {class: 1, type: 3, data: "00000000"}]'),
  FILE.replace('geneve, options: ovn', 'vxlan'),
  FILE.replace('geneve', 'vxlan').replace('5001', '5'),
]

const dumpOf = (filters: tc.FlowerFilter[]) => filters.map((filter, at) => asDumped(filter, at + 1))

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
    const encap = filters[5]
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
    const rule = compile(resolve(loadSteering(FILE, 'f').steering, NODE)).rules[5]
    assert.throws(() => rule && toFilter(rule, devicesOf(INDICES, undefined), false), /no device geneve:6081/)
    assert.throws(() => rule && toFilter(rule, devicesOf(new Map(), TUNNEL), false), /no device pf0vf0/)
  })
})

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

  const told = (rule: Rule | undefined) => rule && { ...rule, network: undefined, why: undefined }

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

describe('the cookie', () => {
  it('says what kind of rule it is on, and who made the qdisc', () => {
    for (const kind of RULE_KINDS) {
      for (const qdisc of [false, true]) {
        const ownership = { kind, qdisc, hash: '0123456789ab' }
        assert.deepEqual(parseCookie(cookieOf(ownership)), ownership)
      }
    }
  })

  it('of others is not ours', () => {
    const ours = cookieOf({ kind: 'encap', qdisc: false, hash: '0123456789ab' })
    for (const cookie of [
      undefined,
      '',
      '00112233445566778899aabbccddeeff', // 16 bytes: the id of a flow of OVS
      `${ours}00112233`,
      '00112233445566778899aabb', // 12 bytes of somebody else
      ours.slice(2),
      `${ours}00`,
      `ff${ours.slice(2)}`,
      ours.replace('01', '09'),
      ours.slice(0, 10).padEnd(24, '0'),
    ]) {
      assert.equal(parseCookie(cookie), undefined, cookie)
    }
  })

  it('depends on what the actions do, and on nothing else', () => {
    const hash = (filter: tc.FlowerFilter | undefined) => filter && ownershipOf(filter)?.hash
    const [first, second] = filtersOf(FILE)
    assert.notEqual(hash(first), hash(second))
    assert.equal(hash(first), hash(filtersOf(FILE.replace('key: 1}', 'key: 9}'))[0]))
    assert.equal(hash(first), hash(filtersOf(FILE, true)[0]))
  })
})

describe('the difference between wanted and installed', () => {
  const wanted = filtersOf(FILE)

  it('to nothing is everything, in the order wanted', () => {
    assert.deepEqual(diffFilters(wanted, []), { add: wanted, change: [], remove: [], same: [] })
  })

  it('to the kernel’s own form of the same rules is nothing, whatever the layout', () => {
    for (const text of LAYOUTS) {
      const filters = filtersOf(text)
      const { add, change, remove, same } = diffFilters(filters, dumpOf(filters))
      assert.deepEqual([add, change, remove], [[], [], []])
      assert.equal(same.length, filters.length)
    }
  })

  it('is a change in place where the actions differ, with the handle that is there', () => {
    const { add, change, remove } = diffFilters(filtersOf(FILE.replace('key: 101', 'key: 77')), dumpOf(wanted))
    assert.deepEqual([add, remove], [[], []])
    assert.equal(change.length, 3)
    for (const { from, to } of change) {
      assert.equal(to.handle, from.handle)
      assert.equal(identityOf(to), identityOf(from))
      assert.notEqual(contentOf(to), contentOf(from))
    }
  })

  it('notices actions that somebody changed under our cookie', () => {
    const dump = dumpOf(wanted)
    const encap = dump[5]
    const [set] = encap?.actions ?? []
    assert.ok(set?.kind === 'tunnel_key' && set.operation === 'set')
    set.keyId = 1
    assert.equal(diffFilters(wanted, dump).change.length, 1)
  })

  it('removes what is no longer wanted', () => {
    const less = filtersOf(FILE.slice(0, FILE.indexOf('        - mac: "02:00:00:00:0f:02"')))
    const { add, change, remove } = diffFilters(less, dumpOf(wanted))
    assert.deepEqual([add, change], [[], []])
    assert.deepEqual(
      remove.map(({ match }) => match.ethDst),
      Array(3).fill('02:00:00:00:0f:02'),
    )
  })

  it('leaves out what is not ours, also with our match', () => {
    const foreign = dumpOf(wanted).map((filter) => ({
      ...filter,
      actions: filter.actions.map(({ cookie: _, ...action }) => action as tc.Action),
    }))
    assert.deepEqual(diffFilters([], foreign), { add: [], change: [], remove: [], same: [] })
    assert.equal(diffFilters(wanted, foreign).add.length, wanted.length)
  })

  /** Handles by which a kernel would know them, and what is done to them. */
  function applied(diff: ReturnType<typeof diffFilters>, present: readonly tc.FlowerFilter[]): tc.FlowerFilter[] {
    const gone = new Set([...diff.remove, ...diff.change.map(({ from }) => from)].map(({ handle }) => handle))
    return [
      ...present.filter(({ handle }) => !gone.has(handle)),
      ...diff.change.map(({ to }) => asDumped(to, to.handle ?? 0)),
      ...diff.add.map((filter, at) => asDumped(filter, 1000 + at)),
    ]
  }

  it('is nothing once it is applied, and touched nothing foreign, whatever was there', () => {
    const pool = filtersOf(FILE)
    const otherwise = filtersOf(changed('key: 101', 'key: 77'))
    const states = fc.constantFrom('absent', 'as wanted', 'otherwise', 'altered', 'foreign')
    const worlds = fc.array(fc.record({ wanted: fc.boolean(), state: states }), {
      minLength: pool.length,
      maxLength: pool.length,
    })
    fc.assert(
      fc.property(worlds, (world) => {
        const wantedHere = pool.filter((_, at) => world[at]?.wanted)
        const present = world.flatMap(({ state }, at) => {
          if (state === 'absent') return []
          const filter = asDumped((state === 'otherwise' ? otherwise : pool)[at]!, at + 1)
          const last = filter.actions.at(-1)!
          if (state === 'foreign') delete last.cookie
          if (state === 'altered' && last.kind === 'mirred') last.ifindex = 99 as Ifindex
          return [filter]
        })
        const foreign = present.filter((filter) => ownershipOf(filter) === undefined)
        const after = applied(diffFilters(wantedHere, present), present)
        const { add, change, remove, same } = diffFilters(wantedHere, after)
        assert.deepEqual([add, change, remove], [[], [], []])
        assert.equal(same.length, wantedHere.length)
        assert.deepEqual(
          after.filter((filter) => ownershipOf(filter) === undefined),
          foreign,
        )
        assert.equal(after.length, wantedHere.length + foreign.length)
      }),
    )
  })
})
