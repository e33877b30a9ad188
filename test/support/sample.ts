const lines: string[] = []

/** What {@link sample} left out in this process, a line per table. */
export function leftOut(): readonly string[] {
  return lines
}

/** True when every case is to run (`scripts/test --all`). */
export function runAll(): boolean {
  return Boolean(process.env.NICSTEER_ALL)
}

/**
 * Every `step`-th case of a big table, the first and the last always among them; all of it with `--all`.
 * The same cases every time, so that a failure can be seen again.
 */
export function sample<T>(table: string, cases: readonly T[], step: number): readonly T[] {
  if (runAll()) return cases
  const kept = cases.filter((_, index) => index % step === 0 || index === cases.length - 1)
  if (kept.length < cases.length)
    lines.push(`left out: ${cases.length - kept.length} of ${cases.length} ${table} (scripts/test --all runs them)`)
  return kept
}
