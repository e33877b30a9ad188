import { RESULTS, type Result } from '../offload/doctor/check.js'
import type { Diagnosis, Finding } from '../offload/doctor/examine.js'
import type { CheckItem, DoctorSummary } from './report-schema.js'

/** How `doctor` shows what it found: a line per check, problems first, each with what was read and what to do. */

export function checkItem({ check, area, result, says, evidence, fix }: Finding): CheckItem {
  const { id, title, looksAt, label = null } = check
  return { id, area, title, looksAt, result, says, evidence, fix, label }
}

export function doctorSummary(diagnosis: Diagnosis): DoctorSummary {
  const count = countsOf(diagnosis)
  return {
    truth: truth(diagnosis),
    ok: count('OK'),
    warn: count('WARN'),
    fail: count('FAIL'),
    skip: count('SKIP'),
    emulated: diagnosis.emulated,
  }
}

export function doctorTable(diagnosis: Diagnosis): string {
  const { findings } = diagnosis
  const width = Math.max(...findings.map(({ check }) => check.id.length))
  const blocks = RESULTS.flatMap((result) => findings.filter((one) => one.result === result)).map((finding) => {
    const { check, result, says } = finding
    return [`${result.padEnd(4)}  ${check.id.padEnd(width)}  ${says}`, ...details(finding)].join('\n')
  })
  return [...blocks, truth(diagnosis)].join('\n')
}

/** Only where there is something to do. */
function details({ check, result, evidence, fix }: Finding): string[] {
  if (result === 'OK' || result === 'SKIP') return []
  const source = check.label === undefined ? [] : [`      known from a driver's source, not seen on a NIC`]
  return [...evidence.map((line) => `      read: ${line}`), ...source, ...fix.map((line) => `      fix:  ${line}`)]
}

const countsOf =
  ({ findings }: Diagnosis) =>
  (result: Result) =>
    findings.filter((one) => one.result === result).length

/** The truth in one line. */
function truth(diagnosis: Diagnosis): string {
  const count = countsOf(diagnosis)
  const [first] = ['FAIL', 'WARN'].flatMap((result) => diagnosis.findings.filter((one) => one.result === result))
  const counts = `${count('FAIL')} FAIL, ${count('WARN')} WARN, ${count('OK')} OK, ${count('SKIP')} skipped`
  const nic = diagnosis.emulated ? ' (emulated NIC)' : ''
  const rest = first === undefined ? 'nothing found that keeps tunnels out of hardware' : `begin with ${first.check.id}`
  return `${counts}${nic}: ${rest}`
}
