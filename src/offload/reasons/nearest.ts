import { CATALOGUE, type ReasonCode } from './catalogue/index.js'

/** The codes that somebody may have meant, best first: those that it is a part of, then those that differ in the fewest letters. */
export function nearestCodes(typed: string, count = 3): ReasonCode[] {
  const wanted = typed.toUpperCase().replace(/[\s-]+/g, '_')
  const score = (code: string) => (code.includes(wanted) ? code.length / 1000 : editDistance(wanted, code))
  return CATALOGUE.map(({ code }) => ({ code, score: score(code) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ code }) => code)
}

/** Letters to insert, leave out or change (Levenshtein), a row of the table at a time. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, theirs] of [...other].entries()) {
      const changed = (row[j] ?? 0) + (letter === theirs ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
