import { type Outcome, outcome, type Problem, skip } from './check.js'
import type { PfState } from './state.js'
import { showPf } from './used.js'

/** One answer for several PFs. */
export function perPf(
  pfs: readonly PfState[],
  problemsOf: (pf: PfState) => readonly Problem[],
  evidenceOf?: (pf: PfState) => string,
): Outcome {
  if (pfs.length === 0) return skip('no NIC here is to be looked at')
  return outcome(
    pfs.flatMap(problemsOf),
    evidenceOf === undefined ? [] : pfs.map(evidenceOf),
    pfs.map(showPf).join(', '),
  )
}
