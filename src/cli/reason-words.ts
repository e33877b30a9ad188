import type { Reason } from '../offload/reasons/index.js'
import type { RefusalItem } from './report-schema.js'

/** How a reason is shown: the same words everywhere. */

/** @param reason also of a finding, whose codes are its own */
export function refusalItem({
  code,
  text,
  hint,
  source,
  approximate,
}: Omit<Reason, 'code'> & { code: string }): RefusalItem {
  return { code, text: text ?? null, hint, source, approximate: approximate ?? false }
}

/** ` [traced]`, behind a text; nothing of what nicsteer itself deduces. */
export function showSource({ source, approximate }: Reason): string {
  if (source === 'evidence') return ''
  return ` [${source}${approximate ? ', approximate' : ''}]`
}

/** `CODE: text [source]`, the hint where there is no text. */
export function reasonLine(reason: Reason): string {
  return `${reason.code}: ${reason.text ?? reason.hint}${showSource(reason)}`
}
