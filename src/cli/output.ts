import { createRequire } from 'node:module'

export const FORMATS = ['table', 'json', 'yaml'] as const
export type OutputFormat = (typeof FORMATS)[number]

export const FORMAT_VERSION = 'nicsteer/v1alpha1'

/** The one object that every command prints with -o json (docs/schema). Fields are only ever added. */
export interface Report {
  apiVersion: typeof FORMAT_VERSION
  kind: string
  items: unknown[]
  summary: Record<string, unknown>
}

/** A report in the format asked for, without the last line's end; `table` makes the text for people. */
export function formatted(report: Omit<Report, 'apiVersion'>, format: OutputFormat, table: () => string): string {
  const whole: Report = { apiVersion: FORMAT_VERSION, ...report }
  if (format === 'json') return JSON.stringify(whole, null, 2)
  if (format === 'table') return table()
  // Loaded only here: it has 73 files, more than a third of all that a start reads.
  const { stringify } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  // Many items share their VF: each is to be readable by itself, without anchors.
  return stringify(whole, { aliasDuplicateObjects: false }).trimEnd()
}

export function print(...report: Parameters<typeof formatted>): void {
  console.log(formatted(...report))
}

/** Aligned columns under a heading, two spaces apart; nothing after the last column's text. */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [heading, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
