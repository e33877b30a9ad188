// On this machine: from an overlay to rules, filters and the difference to a dump; every measure in a process of its own, so cold.
//   node build/bench/steering/steering.js [RUNS]
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ratio, type Sample, sampleOf, seconds, table } from '../statistics.js'
import type { Measure } from './measure.js'

const NETWORKS = [16, 1]
const WANTED = { ms: 1000, peak: 400 }
const program = fileURLToPath(new URL('measure.js', import.meta.url))
const [runs = 5] = process.argv.slice(2).map(Number)

function measure(what: string, networks: number): Measure {
  return JSON.parse(execFileSync(process.execPath, [program, what, String(networks)], { encoding: 'utf8' })) as Measure
}

function megabytes({ median, min, max }: Sample): string {
  return `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`
}

const rows: string[][] = []
for (const networks of NETWORKS) {
  const all = Array.from({ length: runs }, () => ({
    compile: measure('compile', networks),
    diff: measure('diff', networks),
    change: measure('change', networks),
  }))
  const took = (of: keyof (typeof all)[number], what: string) => all.map((run) => run[of].took[what] ?? Number.NaN)
  const changes = (pick: (took: number[]) => number) =>
    all.map(({ change }) => pick(Object.entries(change.took).flatMap(([what, ms]) => (/^change/.test(what) ? ms : []))))
  const whole = all.map(({ diff: { took } }) => (took.compile ?? 0) + (took.filters ?? 0) + (took.diff ?? 0))
  const peak = (of: keyof (typeof all)[number]) => megabytes(sampleOf(all.map((run) => run[of].peak)))
  const [first] = all
  if (first === undefined) throw new Error('no run')
  const { compile, diff, change } = first
  const name = networks === 1 ? '1 network' : `${networks} networks`
  const row = (what: string, rules: number, figures: number[], wanted: string, mib: string) =>
    rows.push([what, name, String(Math.round(rules)), seconds(sampleOf(figures)), ratio(figures, whole), wanted, mib])
  row('compile', compile.rules, took('compile', 'compile'), `< ${WANTED.ms / 1000}`, peak('compile'))
  row('rules to filters', diff.rules, took('diff', 'filters'), '', '')
  row('diff to an equal dump', diff.rules, took('diff', 'diff'), `< ${WANTED.ms / 1000}`, peak('diff'))
  row('all three', diff.rules, whole, '', '')
  row('index of the dump, once', change.rules, took('change', 'index'), '', '')
  const worked = change.counts.worked ?? 0
  row(
    'then: one endpoint, first',
    worked,
    changes(([first]) => first ?? Number.NaN),
    '',
    '',
  )
  row(
    'then: one endpoint, later',
    worked,
    changes((ms) => sampleOf(ms.slice(1)).median),
    '',
    peak('change'),
  )
  console.error(
    `${name}: one endpoint changes ${change.counts.different} of ${change.rules} rules; the equal dump differed in ${diff.counts.different}`,
  )
}
console.log(
  table(['task', 'overlay', 'rules', 's', '÷ all three', 'wanted s', `peak RSS, MiB (< ${WANTED.peak})`], rows),
)
