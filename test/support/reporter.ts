import { writeFileSync } from 'node:fs'
import Mocha from 'mocha'
import { leftOut } from './sample.js'
import { skipReason } from './skip.js'

/** What one run leaves for `scripts/test` to add up. */
export interface Totals {
  passed: number
  failed: number
  skipped: number
  failures: string[]
}

/**
 * The spec reporter; besides, it says why each skipped test was skipped and what sampling left out, and writes the totals,
 * with a line for each failure, to $NICSTEER_TOTALS.
 */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] }
    const skipped: string[] = []
    runner.on('pass', () => {
      totals.passed += 1
    })
    runner.on('fail', (test, error: unknown) => {
      totals.failed += 1
      const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
      totals.failures.push(`${test.fullTitle()}: ${line}`)
    })
    runner.on('pending', (test) => {
      totals.skipped += 1
      skipped.push(`skipped: ${test.fullTitle()}: ${skipReason(test) ?? 'no reason given'}`)
    })
    runner.on('end', () => {
      for (const line of [...skipped, ...leftOut()]) console.log(line)
      const path = process.env.NICSTEER_TOTALS
      if (path) writeFileSync(path, JSON.stringify(totals))
    })
  }
}
