import { existsSync, readFileSync } from 'node:fs'
import type { Totals } from './reporter.js'

// totals.js ['failed: WHAT'…] FILE…: adds up the runs' totals, names what failed; a run that left none broke off, which is a failure.
const args = process.argv.slice(2)
const isFailure = (arg: string) => arg.startsWith('failed: ')
const before = args.filter(isFailure).map((arg) => arg.slice('failed: '.length))
const sum: Totals = { passed: 0, failed: before.length, skipped: 0, failures: before }
for (const file of args.filter((arg) => !isFailure(arg))) {
  if (!existsSync(file)) {
    sum.failures.push(`${file.includes('native') ? 'native' : 'lab'} tests: they ended without totals`)
    sum.failed += 1
    continue
  }
  const totals = JSON.parse(readFileSync(file, 'utf8')) as Totals
  sum.passed += totals.passed
  sum.failed += totals.failed
  sum.skipped += totals.skipped
  sum.failures.push(...totals.failures)
}
for (const line of sum.failures) console.log(`failed: ${line}`)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1
