import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { Ifindex } from '../../src/base/types.js'
import type { tc } from '../../src/kernel/index.js'
import { contentOf, diffFilters, identityOf } from '../../src/offload/diff.js'
import { ownershipOf } from '../../src/offload/ownership.js'
import { changed, FILE } from '../steering/sample.js'
import { asDumped, dumpOf, filtersOf, LAYOUTS } from './sample.js'

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
    const encap = dump.find(({ actions }) => actions[0]?.kind === 'tunnel_key' && actions[0].operation === 'set')
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
