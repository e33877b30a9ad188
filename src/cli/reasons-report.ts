import { type CatalogueEntry, KERNEL, OPEN_VSWITCH } from '../offload/reasons/index.js'
import { columns } from './output.js'
import type { ReasonItem, ReasonsSummary } from './report-schema.js'

/** How `reasons` shows the catalogue. */

export function reasonItem(entry: CatalogueEntry): ReasonItem {
  const { code, area, meaning, todo, changes, texts = [], sources = [] } = entry
  return { code, area, meaning, hint: todo, changes: changes ?? null, texts, sources, label: labelOf(entry) }
}

export function reasonsSummary(entries: readonly CatalogueEntry[]): ReasonsSummary {
  return { reasons: entries.length, kernel: KERNEL }
}

/** A line for each: the first sentence of what it means. */
export function reasonsTable(entries: readonly CatalogueEntry[]): string {
  const rows = entries.map(({ code, area, meaning }) => [code, area, meaning.replace(/\. .*$/, '.')])
  return `${columns(['CODE', 'ABOUT', 'MEANING'], rows)}\n${entries.length} reasons; nicsteer reasons CODE says what to do`
}

/** Everything about one. */
export function reasonText(entry: CatalogueEntry): string {
  const { code, area, meaning, todo, changes, texts = [], sources = [] } = entry
  const lines: [title: string, values: readonly string[]][] = [
    ['Meaning', [meaning]],
    ['What to do', [todo]],
    ['What changes it', changes === undefined ? [] : [changes]],
    [`${sources[0]?.project === OPEN_VSWITCH ? 'Open vSwitch' : 'Kernel'} says`, texts.map((text) => `"${text}"`)],
    ['Known from', sources.map(({ project = KERNEL, file, function: name }) => `${project} ${file} ${name}`)],
    ['Label', [labelOf(entry) ?? 'found by nicsteer itself']],
  ]
  const width = Math.max(...lines.map(([title]) => title.length)) + 2
  const shown = lines.flatMap(([title, values]) =>
    values.map((value, index) => `${(index === 0 ? `${title}:` : '').padEnd(width)}${value}`),
  )
  return [`${code} (${area})`, ...shown].join('\n')
}

function labelOf({ emulated, sources }: CatalogueEntry): ReasonItem['label'] {
  if (emulated) return 'emulated'
  return sources === undefined ? null : 'source-read'
}
