// One measure in a process of its own, as one line of JSON: what a command does once, cold, and the memory that it took.
//   node build/bench/steering/measure.js compile|diff|change NETWORKS
import type { Ifindex } from '../../src/base/types.js'
import type { Filter } from '../../src/kernel/tc/index.js'
import { wantedFilters } from '../../src/offload/desired.js'
import { diffFilters, diffInstalled, identityOf, installedOf } from '../../src/offload/diff.js'
import { compile } from '../../src/steering/compile.js'
import { changedParts } from '../../src/steering/part.js'
import { type Resolved, refuseWithoutPlace, resolve } from '../../src/steering/resolve.js'
import type { Rule } from '../../src/steering/rule.js'
import { dumped } from './dump.js'
import { moved, NODE, overlay, REPRESENTORS } from './world.js'

export interface Measure {
  rules: number
  /** Milliseconds by what was measured. */
  took: Record<string, number>
  /** Rules that were worked on, and differences that were found. */
  counts: Record<string, number>
  /** MiB */
  peak: number
}

const TUNNEL = 5 as Ifindex
const FIRST_REPRESENTOR = 10
const CHANGES = 10

const representors = new Map(REPRESENTORS.map((name, at) => [name, (FIRST_REPRESENTOR + at) as Ifindex]))
const filtersOf = (rules: readonly Rule[], present: readonly Filter[] = []) =>
  wantedFilters({ rules, representors }, TUNNEL, present)

const took: Measure['took'] = {}
function timed<T>(what: string, work: () => T): T {
  const began = performance.now()
  const result = work()
  took[what] = performance.now() - began
  return result
}

const [what, networks] = process.argv.slice(2)
const spec = overlay(Number(networks))
const before = resolve(spec, NODE)
const { rules } = timed('compile', () => compile(before))
const counts: Measure['counts'] = {}
if (what === 'diff') wholeDiff()
if (what === 'change') oneChange()
const measure: Measure = { rules: rules.length, took, counts, peak: process.resourceUsage().maxRSS / 1024 }
console.log(JSON.stringify(measure))

/** One rule after the other: a node that dumps doesn't have these filters besides. */
function dump(): Filter[] {
  return rules.flatMap((rule, at) => filtersOf([rule]).map((filter) => dumped(filter, at + 1)))
}

function wholeDiff(): void {
  const present = dump()
  const wanted = timed('filters', () => filtersOf(rules, present))
  const { add, change, remove, same } = timed('diff', () => diffFilters(wanted, present))
  Object.assign(counts, { different: add.length + change.length + remove.length, same: same.length })
}

/** The dump's index is kept; then an endpoint elsewhere moves to another VTEP. */
function oneChange(): void {
  const present = dump()
  const installed = timed('index', () => installedOf(present))
  let worked = 0
  let different = 0
  const work = (after: Resolved) => {
    const parts = changedParts(before, after)
    const old = filtersOf(compile(before, refuseWithoutPlace, parts).rules)
    const wanted = filtersOf(compile(after, refuseWithoutPlace, parts).rules)
    const { add, change, remove } = diffInstalled(wanted, installed, old.map(identityOf))
    worked += old.length + wanted.length
    different += add.length + change.length + remove.length
  }
  for (let at = 0; at < CHANGES; at++) {
    const after = resolve(moved(spec, at), NODE)
    timed(`change ${at}`, () => work(after))
  }
  Object.assign(counts, { worked: worked / CHANGES, different: different / CHANGES })
}
