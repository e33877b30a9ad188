import { type Reason, reasonFor } from '../reasons/index.js'
import { isRefused, type TraceEvent } from './event.js'

/**
 * Why hardware refused; undefined for what is no refusal. Of several texts the first is nearest to the cause, but one that the catalogue
 * knows says what to do. A text outside of any offer may be anybody's: it is a reason only where the catalogue knows it.
 */
export function reasonOf(event: TraceEvent): Reason | undefined {
  const reasons = event.texts.map((text) => reasonFor(text, 'traced'))
  const known = reasons.find(({ code }) => code !== 'UNKNOWN')
  if (event.kind === 'text') return known
  return isRefused(event) ? (known ?? reasons[0] ?? reasonFor(undefined, 'traced')) : undefined
}
