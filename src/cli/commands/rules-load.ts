import { loadRules } from '../../offload/rules/load.js'
import { needRoot, Session } from '../../offload/session.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { readRules } from '../rules-file.js'
import { loadedItem, loadedSummary, loadedText } from '../rules-report.js'

interface Options {
  output: OutputFormat
  replace?: boolean
  keep?: boolean
  dryRun?: boolean
  lockWait: number
}

/** A dry run is a plan: there is something to do, or not. */
export async function rulesLoad(file: string, options: Options): Promise<number> {
  const { output, replace = false, keep = false, dryRun = false, lockWait } = options
  if (!dryRun) needRoot('rules load')
  const { rules, refuse } = readRules(file)
  using session = new Session()
  const loaded = await loadRules(session, rules, refuse, { replace, keep, dryRun, lockSeconds: lockWait })
  const summary = loadedSummary(loaded, dryRun)
  print({ kind: 'RulesLoad', items: loaded.rules.map(loadedItem), summary: { ...summary } }, output, () =>
    loadedText(loaded, dryRun),
  )
  return dryRun && summary.added + summary.replaced > 0 ? EXIT.degraded : EXIT.ok
}
