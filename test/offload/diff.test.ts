import { strict as assert } from 'node:assert'
import type { tc } from '../../src/kernel/index.js'
import { diffFilters, identityOf, isSameContent } from '../../src/offload/diff.js'
import { FILE } from '../steering/sample.js'
import { dumpOf, filtersOf, LAYOUTS } from './sample.js'

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
      assert.equal(isSameContent(to, from), false)
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
})
