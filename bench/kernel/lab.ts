// In the lab: flower rules installed, dumped and removed by us, by a C program that sends the same bytes, and by tc.
//   node build/bench/kernel/lab.js [RUNS] [RULES…]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from '../../src/kernel/netlink/message.js'
import { filterRequest } from '../../src/kernel/tc/filter-message.js'
import {
  deleteFilters,
  dumpFilters,
  type FilterRef,
  type FlowerFilter,
  installFilters,
} from '../../src/kernel/tc/index.js'
import { PARENTS, tcMessage } from '../../src/kernel/tc/message.js'
import { uapi } from '../../src/kernel/uapi.js'
import { sampleOf, seconds, table } from '../statistics.js'
import { Replay } from './replay.js'
import { encapRule, tcDeleteLine, tcLine } from './rules.js'
import { Bench, timed } from './setting.js'

/** Rounds before the first that counts: under emulation fresh code is ten times slower than optimised code. */
const WARM_UP = { rounds: 6, rules: 10_000 }
const TASKS = ['install', 'dump + decode', 'remove'] as const
type Task = (typeof TASKS)[number]
/** How many times faster than tc the project wants to be. */
const AGAINST_TC: Record<Task, number> = { install: 2, 'dump + decode': 3, remove: 3 }
const AGAINST_C = 1.4

const [runs = 5, ...sizes] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'nicsteer-bench-'))
const bench = new Bench()
try {
  for (let i = 0; i < WARM_UP.rounds; i++) ours(rulesOf(WARM_UP.rules))
  const rows = (sizes.length > 0 ? sizes : [10_000, 100_000]).flatMap(measure)
  const head = ['task', 'rules', 'nicsteer s', 'C replay s', 'tc s', '× C', 'tc ÷ nicsteer', 'wanted']
  console.log(table(head, rows))
} finally {
  bench[Symbol.dispose]()
  rmSync(folder, { recursive: true })
}

function rulesOf(count: number): FlowerFilter[] {
  return Array.from({ length: count }, (_, i) => encapRule(i, bench.devices))
}

function measure(count: number): string[][] {
  const rules = rulesOf(count)
  const replay = new Replay(folder)
  const files = {
    add: replay.write('add', { length: count, at: (i) => addRequest(rules[i]) }),
    dump: replay.writeDump('dump', dumpRequest()),
    // The kernel counts handles from 1.
    remove: replay.write('remove', { length: count, at: (i) => removeRequest(rules[i], i + 1) }),
    tcAdd: save('add.tc', (i) => tcLine(i, bench.devices)),
    tcRemove: save('remove.tc', (i) => tcDeleteLine(i + 1, bench.devices)),
  }
  const figures = { ours: tasks(), c: tasks(), tc: tasks() }
  for (let run = 0; run < runs; run++) {
    keep(figures.tc, theirs(files))
    keep(figures.c, floor(replay, files))
    keep(figures.ours, ours(rules))
    console.error(`${count} rules, run ${run + 1} of ${runs}`)
  }
  return TASKS.map((task) => {
    const [our, c, tc] = [figures.ours[task], figures.c[task], figures.tc[task]].map(sampleOf)
    if (our === undefined || c === undefined || tc === undefined) throw new Error('no figures')
    const [overC, faster] = [our.median / c.median, tc.median / our.median]
    const wanted = `${task === 'install' ? `≤ ${AGAINST_C} × C, ` : ''}≥ ${AGAINST_TC[task]} × tc`
    return [task, String(count), seconds(our), seconds(c), seconds(tc), overC.toFixed(2), faster.toFixed(2), wanted]
  })

  function save(name: string, line: (i: number) => string): string {
    const file = join(folder, name)
    writeFileSync(file, Array.from({ length: count }, (_, i) => line(i)).join(''))
    return file
  }
}

function ours(rules: readonly FlowerFilter[]): number[] {
  const { socket, devices } = bench
  bench.clear()
  const install = timed(() => expectNone(installFilters(socket, rules).filter(({ error }) => error !== undefined)))
  let found: FilterRef[] = []
  const dump = timed(() => {
    found = dumpFilters(socket, { ifindex: devices.ifindex, parent: 'ingress' }) as FilterRef[]
  })
  if (found.length !== rules.length) throw new Error(`${found.length} of ${rules.length} rules are there`)
  const remove = timed(() => expectNone(deleteFilters(socket, found).filter(({ error }) => error !== undefined)))
  return [install, dump, remove]
}

function floor(replay: Replay, files: { add: string; dump: string; remove: string }): number[] {
  bench.clear()
  return [replay.run(files.add), replay.run(files.dump, { dump: true }), replay.run(files.remove)]
}

function theirs(files: { tcAdd: string; tcRemove: string }): number[] {
  bench.clear()
  const tc = (...args: string[]) => timed(() => execFileSync('tc', args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  return [
    tc('-batch', files.tcAdd),
    tc('-j', '-s', 'filter', 'show', 'dev', bench.devices.name, 'ingress'),
    tc('-batch', files.tcRemove),
  ]
}

function expectNone(failed: readonly unknown[]): void {
  if (failed.length > 0) throw new Error(`${failed.length} refusals: ${JSON.stringify(failed[0])}`)
}

function addRequest(rule: FlowerFilter | undefined) {
  if (rule === undefined) return undefined
  const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
  return filterRequest('add filter', uapi.RTM_NEWTFILTER, flags, rule, { flower: rule, quiet: true })
}

function removeRequest(rule: FlowerFilter | undefined, handle: number) {
  return rule === undefined
    ? undefined
    : filterRequest('delete filter', uapi.RTM_DELTFILTER, 0, rule, { handle, quiet: true })
}

function dumpRequest() {
  const header = { family: 0, ifindex: bench.devices.ifindex, handle: 0, parent: PARENTS.ingress, info: 0 }
  return request(tcMessage, { what: 'list filters', type: uapi.RTM_GETTFILTER }, header, {})
}

function tasks(): Record<Task, number[]> {
  return { install: [], 'dump + decode': [], remove: [] }
}

function keep(figures: Record<Task, number[]>, run: readonly number[]): void {
  TASKS.forEach((task, i) => {
    figures[task].push(run[i] ?? Number.NaN)
  })
}
