import type { Explanation, Hop } from '../offload/explain/hop.js'
import { refusalItem } from './reason-words.js'
import type { ExplanationSummary, HopItem } from './report-schema.js'

export function hopItem({ place, found, problem }: Hop, at: number): HopItem {
  const reason = problem?.reason
  return {
    hop: at + 1,
    place,
    found,
    problem: problem?.text ?? null,
    hint: problem?.hint ?? null,
    reason: reason === undefined ? null : refusalItem(reason),
  }
}

export function explanationSummary({ from, to, verdict, by, emulated, conclusion }: Explanation): ExplanationSummary {
  return {
    from,
    to,
    verdict: verdict?.verdict ?? null,
    carrying: verdict?.carrying ?? null,
    by: by ?? null,
    label: emulated ? 'emulated' : 'hw-observed',
    conclusion,
  }
}

/** Numbered hops; under one that is wrong, what is and what to do; the truth comes last. */
export function explanationText({ from, to, hops, conclusion }: Explanation): string {
  const width = Math.max(...hops.map(({ place }) => place.length))
  const number = (at: number) => String(at + 1).padStart(2)
  const lines = hops.flatMap(({ place, found, problem }, at) => [
    `${number(at)}. ${place.padEnd(width)}  ${found}`,
    ...(problem === undefined
      ? []
      : [`    ${' '.repeat(width)}  ✗ ${problem.text}${problem.hint === '' ? '' : ` — ${problem.hint}`}`]),
  ])
  return [`${from} -> ${to}`, '', ...lines, '', conclusion].join('\n')
}
