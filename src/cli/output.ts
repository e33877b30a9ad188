import { InvalidArgumentError } from 'commander'
import { stringify } from 'yaml'

export const FORMATS = ['table', 'json', 'yaml'] as const
export type OutputFormat = (typeof FORMATS)[number]

export const Format = {
  parse(text: string): OutputFormat {
    const format = FORMATS.find((one) => one === text)
    if (format === undefined) throw new InvalidArgumentError(`use one of ${FORMATS.join(', ')}`)
    return format
  },
}

export const FORMAT_VERSION = 'nicsteer/v1alpha1'

/** The one object that every command prints with -o json (docs/schema). Fields are only ever added. */
export interface Report {
  apiVersion: typeof FORMAT_VERSION
  kind: string
  items: unknown[]
  summary: Record<string, unknown>
}

/** Prints a report in the format asked for; `table` makes the text for people. */
export function print(report: Omit<Report, 'apiVersion'>, format: OutputFormat, table: () => string): void {
  const whole: Report = { apiVersion: FORMAT_VERSION, ...report }
  if (format === 'json') console.log(JSON.stringify(whole, null, 2))
  else if (format === 'yaml') process.stdout.write(stringify(whole))
  else console.log(table())
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
