import { NicsteerError } from '../../base/errors.js'
import { CATALOGUE, type CatalogueEntry, entryOfText, findEntry, nearestCodes } from '../../offload/reasons/index.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { reasonItem, reasonsSummary, reasonsTable, reasonText } from '../reasons-report.js'

/**
 * @param what a code, or a text of the kernel as it stands in its log; all of the catalogue where missing
 * @throws NicsteerError UNKNOWN_REASON
 */
export function reasons(what: string | undefined, { output }: { output: OutputFormat }): number {
  const entries = what === undefined ? CATALOGUE : [find(what)]
  print({ kind: 'Reasons', items: entries.map(reasonItem), summary: reasonsSummary(entries) }, output, () =>
    what === undefined ? reasonsTable(entries) : entries.map(reasonText).join('\n'),
  )
  return EXIT.ok
}

function find(what: string): CatalogueEntry {
  const entry = findEntry(what) ?? entryOfText(what)
  if (entry !== undefined) return entry
  throw new NicsteerError('UNKNOWN_REASON', `there is no reason "${what}"`, {
    hint: `nearest: ${nearestCodes(what).join(', ')}; nicsteer reasons lists all`,
  })
}
