// In the lab: flower rules installed, dumped and removed by us, by a C program that sends the same bytes, and by tc.
//   node build/bench/kernel/lab.js [RUNS] [RULES…]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from '../../src/kernel/netlink/message.js'
import { filterRequest } from '../../src/kernel/tc/filter-message.js'
import * as tc from '../../src/kernel/tc/index.js'
import { PARENTS, tcMessage } from '../../src/kernel/tc/message.js'
import { uapi } from '../../src/kernel/uapi.js'
import { ratio, sampleOf, seconds, table } from '../statistics.js'
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

/** The calls of the library that let the kernel work on another thread, and those that don't. */
interface Calls {
  install(rules: readonly tc.FlowerFilter[]): Promise<tc.InstallOutcome[]> | tc.InstallOutcome[]
  dump(): Promise<tc.Filter[]> | tc.Filter[]
  remove(found: readonly tc.FilterRef[]): Promise<tc.DeleteOutcome[]> | tc.DeleteOutcome[]
}

const [runs = 5, ...sizes] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'nicsteer-bench-'))
const bench = new Bench()
const place: tc.DumpOptions = { ifindex: bench.devices.ifindex, parent: 'ingress' }
const TWO_THREADS: Calls = {
  install: (rules) => tc.installFiltersAsync(bench.socket, rules),
  dump: () => tc.dumpFiltersAsync(bench.socket, place),
  remove: (found) => tc.deleteFiltersAsync(bench.socket, found),
}
const ONE_THREAD: Calls = {
  install: (rules) => tc.installFilters(bench.socket, rules),
  dump: () => tc.dumpFilters(bench.socket, place),
  remove: (found) => tc.deleteFilters(bench.socket, found),
}
try {
  for (let i = 0; i < WARM_UP.rounds; i++) {
    await ours(rulesOf(WARM_UP.rules), TWO_THREADS)
    await ours(rulesOf(WARM_UP.rules), ONE_THREAD)
  }
  const rows: string[][] = []
  for (const size of sizes.length > 0 ? sizes : [10_000, 100_000]) rows.push(...(await measure(size)))
  const head = ['task', 'rules', 'nicsteer s', 'C replay s', 'tc s', '× C', 'tc ÷ nicsteer', 'wanted']
  console.log(table(head, rows))
} finally {
  bench[Symbol.dispose]()
  rmSync(folder, { recursive: true })
}

function rulesOf(count: number): tc.FlowerFilter[] {
  return Array.from({ length: count }, (_, i) => encapRule(i, bench.devices))
}

async function measure(count: number): Promise<string[][]> {
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
  const figures = { two: tasks(), one: tasks(), c: tasks(), tc: tasks() }
  for (let run = 0; run < runs; run++) {
    keep(figures.tc, await theirs(files))
    keep(figures.c, floor(replay, files))
    keep(figures.two, await ours(rules, TWO_THREADS))
    keep(figures.one, await ours(rules, ONE_THREAD))
    console.error(`${count} rules, run ${run + 1} of ${runs}`)
  }
  return TASKS.flatMap((task) => {
    const wanted = `${task === 'install' ? `≤ ${AGAINST_C} × C, ` : ''}≥ ${AGAINST_TC[task]} × tc`
    return [row(task, figures.two[task], wanted), row(`${task}, one thread`, figures.one[task], '')]

    function row(what: string, our: readonly number[], wish: string): string[] {
      const [c, tc] = [figures.c[task], figures.tc[task]]
      const cells = [our, c, tc].map((sample) => seconds(sampleOf(sample)))
      return [what, String(count), ...cells, ratio(our, c), ratio(tc, our), wish]
    }
  })

  function save(name: string, line: (i: number) => string): string {
    const file = join(folder, name)
    writeFileSync(file, Array.from({ length: count }, (_, i) => line(i)).join(''))
    return file
  }
}

async function ours(rules: readonly tc.FlowerFilter[], calls: Calls): Promise<number[]> {
  bench.clear()
  const install = await timed(async () => expectNone(await calls.install(rules)))
  let found: tc.FilterRef[] = []
  const dump = await timed(async () => {
    found = (await calls.dump()) as tc.FilterRef[]
  })
  if (found.length !== rules.length) throw new Error(`${found.length} of ${rules.length} rules are there`)
  const remove = await timed(async () => expectNone(await calls.remove(found)))
  return [install, dump, remove]
}

function floor(replay: Replay, files: { add: string; dump: string; remove: string }): number[] {
  bench.clear()
  return [replay.run(files.add), replay.run(files.dump, { dump: true }), replay.run(files.remove)]
}

async function theirs(files: { tcAdd: string; tcRemove: string }): Promise<number[]> {
  bench.clear()
  const run = (...args: string[]) => timed(() => execFileSync('tc', args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  return [
    await run('-batch', files.tcAdd),
    await run('-j', '-s', 'filter', 'show', 'dev', bench.devices.name, 'ingress'),
    await run('-batch', files.tcRemove),
  ]
}

function expectNone(outcomes: readonly (tc.InstallOutcome | tc.DeleteOutcome)[]): void {
  const refused = outcomes.find(({ error }) => error !== undefined)
  if (refused !== undefined) throw refused.error
}

function addRequest(rule: tc.FlowerFilter | undefined) {
  if (rule === undefined) return undefined
  const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
  return filterRequest('add filter', uapi.RTM_NEWTFILTER, flags, rule, { flower: rule, quiet: true })
}

function removeRequest(rule: tc.FlowerFilter | undefined, handle: number) {
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
