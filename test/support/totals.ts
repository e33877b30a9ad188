import { existsSync, readFileSync } from 'node:fs'
import type { Totals } from './reporter.js'

// totals.js FAILED FILE…: adds up the runs' totals; a run that left none broke off, which is a failure.
const [failedBefore, ...files] = process.argv.slice(2)
const sum: Totals = { passed: 0, failed: Number(failedBefore), skipped: 0 }
for (const file of files) {
  if (!existsSync(file)) {
    console.log(`a test run ended without totals (${file.includes('native') ? 'native' : 'lab'})`)
    sum.failed += 1
    continue
  }
  const totals = JSON.parse(readFileSync(file, 'utf8')) as Totals
  sum.passed += totals.passed
  sum.failed += totals.failed
  sum.skipped += totals.skipped
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1
