// On this machine: lines of dpctl/dump-flows a second, of ours and of Open vSwitch's own Python parser; every measure in a process of its own.
//   node build/bench/flows/flows.js [RUNS] [LINES]
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ratio, type Sample, sampleOf, table } from '../statistics.js'
import { lines } from './lines.js'
import type { Measure } from './measure.js'

const WANTED = 20
/** How many lines are streamed to see how much memory that takes. */
const STREAMED = 500_000
const program = fileURLToPath(new URL('measure.js', import.meta.url))
const odp = fileURLToPath(new URL('../../../bench/flows/odp.py', import.meta.url))
const [runs = 5, count = 200_000] = process.argv.slice(2).map(Number)

const run = (command: string, ...args: string[]) =>
  JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as Measure
const ours = (what: 'parse' | 'print' | 'reply', times = 1) =>
  run(process.execPath, program, what, what === 'reply' ? reply : file, String(times))
/** Debian's own Python is the one that has Debian's packages. */
const python = () => run('/usr/bin/python3', odp, file)

const folder = mkdtempSync(join(tmpdir(), 'flows-'))
const file = join(folder, 'dump')
/** The same as ovs-vswitchd sends it: one string of JSON. */
const reply = join(folder, 'reply')
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

function writeLines(): number {
  const [to, inReply] = [openSync(file, 'w'), openSync(reply, 'w')]
  writeSync(inReply, '{"id":0,"result":"')
  let bytes = 0
  for (const line of lines(count)) {
    bytes += writeSync(to, `${line}\n`)
    writeSync(inReply, `${line}\\n`)
  }
  writeSync(inReply, '","error":null}')
  closeSync(to)
  closeSync(inReply)
  return bytes
}

function perSecond(measures: readonly Measure[]): string {
  const { median, min, max } = sampleOf(measures.map(({ lines, ms }) => lines / ms))
  return `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`
}

function megabytes({ median, min, max }: Sample): string {
  return `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`
}

const bytes = writeLines()
console.error(`${count} lines of ${(bytes / count).toFixed(0)} bytes`)
const all = Array.from({ length: runs }, () => ({
  parse: ours('parse'),
  python: python(),
  reply: ours('reply'),
  print: ours('print'),
}))
const speed = (what: keyof (typeof all)[number]) => all.map((one) => one[what].lines / one[what].ms)
const row = (name: string, what: keyof (typeof all)[number], wanted = '') => [
  name,
  perSecond(all.map((one) => one[what])),
  ratio(speed(what), speed('python')),
  wanted,
]
console.log(
  table(
    ['a dump', 'thousand lines/s', '÷ Python', 'wanted'],
    [
      row('parsed by ovs.flow.odp.ODPFlow', 'python'),
      row('parsed by nicsteer', 'parse', `≥ ${WANTED}`),
      row('… from the reply of ovs-vswitchd', 'reply'),
      row('… and printed again', 'print'),
    ],
  ),
)
const few = sampleOf(all.map(({ parse }) => parse.peak))
const many = sampleOf(all.map(() => ours('parse', Math.ceil(STREAMED / count)).peak))
console.log(
  `\n${table(
    ['lines streamed', 'peak RSS, MiB'],
    [
      [String(count), megabytes(few)],
      [String(STREAMED), megabytes(many)],
    ],
  )}`,
)
