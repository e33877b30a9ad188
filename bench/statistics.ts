/** Figures of several runs of one thing. */
export interface Sample {
  median: number
  min: number
  max: number
}

export function sampleOf(figures: readonly number[]): Sample {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}

/** Of each run's two figures, which were measured one after the other: the machine's speed may change between runs. The median. */
export function ratio(over: readonly number[], under: readonly number[]): string {
  return sampleOf(over.map((figure, run) => figure / (under[run] ?? Number.NaN))).median.toFixed(2)
}

/** Rows of a Markdown table, aligned for reading as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** Milliseconds as seconds. */
export function seconds({ median, min, max }: Sample): string {
  const text = (value: number) => (value / 1000).toFixed(value < 1000 ? 3 : value < 10_000 ? 2 : 1)
  return `${text(median)} (${text(min)}–${text(max)})`
}
