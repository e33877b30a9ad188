import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { Ifindex } from '../../src/base/types.js'
import type { tc } from '../../src/kernel/index.js'
import { wantedFilters } from '../../src/offload/desired.js'
import { type Diff, diffFilters, diffInstalled, identityOf, installedOf } from '../../src/offload/diff.js'
import { isAltered, ownershipOf } from '../../src/offload/ownership.js'
import { compile } from '../../src/steering/compile.js'
import { changedParts } from '../../src/steering/part.js'
import { type Resolved, refuseWithoutPlace, resolve } from '../../src/steering/resolve.js'
import type { Rule } from '../../src/steering/rule.js'
import { factsOf, representor, steeringOf, type World, world } from '../steering/arbitrary.js'
import { asDumped } from './sample.js'

const RUNS = { numRuns: 200 }
const TUNNEL = 5 as Ifindex
const ELSEWHERE = 6 as Ifindex
/** Every VF that a world can have. */
const NAMES = [0, 1, 2].flatMap((nic) => Array.from({ length: 12 }, (_, index) => representor(nic, index)))
const representors = new Map(NAMES.map((name, at) => [name, (10 + at) as Ifindex]))

const resolved = (of: World) => resolve(steeringOf(of, 0), factsOf(of, 0))
const filtersOf = (rules: readonly Rule[]) => wantedFilters({ rules, representors }, TUNNEL, [])
const wantedOf = (of: World) => filtersOf(compile(resolved(of)).rules)
const isForeign = (filter: tc.Filter) => ownershipOf(filter) === undefined

/** What a kernel has: one filter for each match of a priority (cls_flower.c refuses another with EEXIST), numbered when they are new. */
class Table {
  readonly #filters = new Map<string, tc.FlowerFilter>()
  #next = 1

  get filters(): tc.FlowerFilter[] {
    return [...this.#filters.values()]
  }

  has(filter: tc.FlowerFilter): boolean {
    return this.#filters.has(identityOf(filter))
  }

  add(filter: tc.FlowerFilter): void {
    assert.ok(!this.has(filter), 'EEXIST')
    this.#filters.set(identityOf(filter), asDumped(filter, this.#next++))
  }

  apply({ add, change, remove }: Diff): void {
    for (const filter of add) this.add(filter)
    for (const { from, to } of change) {
      assert.equal(to.handle, from.handle)
      assert.ok(this.has(to))
      this.#filters.set(identityOf(to), asDumped(to, to.handle ?? 0))
    }
    for (const filter of remove) assert.ok(this.#filters.delete(identityOf(filter)))
  }
}

/** What may have become of a rule that an earlier apply installed, or what somebody else installed with the same match. */
const fates = fc.array(fc.constantFrom('there', 'gone', 'altered', 'foreign', 'of OVS'), {
  minLength: 8,
  maxLength: 64,
})

function leftovers(filters: readonly tc.FlowerFilter[], fate: readonly string[]): Table {
  const table = new Table()
  for (const [at, filter] of filters.entries()) {
    if (table.has(filter)) continue
    const last = filter.actions.at(-1)
    assert.ok(last)
    const before = filter.actions.slice(0, -1)
    const { cookie, ...bare } = last
    const now = fate[at % fate.length]
    if (now === 'there') table.add(filter)
    if (now === 'altered') {
      const action: tc.Action =
        last.kind === 'mirred' ? { ...last, ifindex: ELSEWHERE } : ({ ...last, control: 'pipe' } as tc.Action)
      table.add({ ...filter, actions: [...before, action] })
    }
    if (now === 'foreign') table.add({ ...filter, actions: [...before, bare] })
    if (now === 'of OVS') table.add({ ...filter, actions: [...before, { ...bare, cookie: `${cookie}00112233` }] })
  }
  return table
}

describe('a difference, whatever is wanted and whatever was there', () => {
  it('is nothing once it is applied, and holds and touches nothing foreign', () => {
    fc.assert(
      fc.property(world, world, fates, (now, earlier, fate) => {
        // What is left of another overlay, and of this one.
        const table = leftovers([...wantedOf(earlier), ...wantedOf(now)], fate)
        const foreign = table.filters.filter(isForeign)
        // Where somebody else's filter has the same match, apply gives up and rolls back: no difference can be made there.
        const taken = new Set(foreign.map(identityOf))
        const wanted = wantedOf(now).filter((filter) => !taken.has(identityOf(filter)))
        const diff = diffFilters(wanted, table.filters)
        const named = [
          ...diff.remove,
          ...diff.change.map(({ from }) => from),
          ...diff.same.map(({ installed }) => installed),
        ]
        assert.ok(!named.some(isForeign))

        table.apply(diff)
        const after = diffFilters(wanted, table.filters)
        assert.deepEqual([after.add, after.change, after.remove], [[], [], []])
        assert.equal(after.same.length, wanted.length)
        assert.deepEqual(table.filters.filter(isForeign), foreign)
        assert.ok(!table.filters.some(isAltered))
      }),
      RUNS,
    )
  })

  it('of the parts that a change touches brings the kernel to where the whole would', () => {
    fc.assert(
      fc.property(world, world, (any, other) => {
        const before = resolved(any)
        const moved = other.endpoints.map(({ named: _, ...one }) => {
          const node = one.node % any.nodes.length
          return { ...one, node, nic: one.nic % any.nodes[node]!.length }
        })
        const after = resolved({ ...any, endpoints: moved })
        const table = new Table()
        for (const filter of filtersOf(compile(before).rules)) table.add(filter)
        const parts = changedParts(before, after)
        const filters = (of: Resolved) => filtersOf(compile(of, refuseWithoutPlace, parts).rules)
        const installed = installedOf(table.filters)
        table.apply(diffInstalled(filters(after), installed, filters(before).map(identityOf)))
        const left = diffFilters(filtersOf(compile(after).rules), table.filters)
        assert.deepEqual([left.add, left.change, left.remove], [[], [], []])
      }),
      RUNS,
    )
  })
})
