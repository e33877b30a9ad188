import { CATALOGUE, type CatalogueEntry, entryOf, type ReasonCode } from './catalogue/index.js'
import { patternOf } from './pattern.js'
import type { SilentRefusal } from './silent-refusal.js'
import type { ReasonSource } from './source.js'
import { reasonWithoutText, tunnelMatchCode } from './without-text.js'

/** Why a rule is not in hardware: a stable code, the kernel's own words, what to do. */
export interface Reason {
  code: ReasonCode
  /** Verbatim text of the driver or the core; missing where there was none. */
  text?: string
  hint: string
  source: ReasonSource
  /** It was said of a rule that need not be this one. */
  approximate?: true
}

const PATTERNS = CATALOGUE.flatMap((entry) => (entry.texts ?? []).map((text) => ({ entry, pattern: patternOf(text) })))

/** The catalogue's entry for a text of the kernel, in whichever driver's words. */
export function entryOfText(text: string): CatalogueEntry | undefined {
  const said = text.trim()
  return PATTERNS.find(({ pattern }) => pattern.test(said))?.entry
}

/**
 * Of a rule that hardware did not take. A text that came with a rule that its own NIC took is no reason: do not ask for one.
 * @param text what was said when the rule was offered; undefined when nothing was: then the evidence alone is the source
 * @param source who heard it
 * @param evidence what else is known of the refusal
 */
export function reasonFor(text: string | undefined, source: ReasonSource, evidence: SilentRefusal = {}): Reason {
  if (text === undefined) return reasonWithoutText(evidence)
  const said = entryOfText(text) ?? entryOf('UNKNOWN')
  // That text stands for several; what the rule matches may tell which.
  const { code, todo } = said.code === 'TUNNEL_MATCH_REFUSED' ? entryOf(tunnelMatchCode(evidence)) : said
  return { code, text, hint: todo, source }
}
