import { strict as assert } from 'node:assert'
import { checkItem, doctorSummary, doctorTable } from '../../src/cli/doctor-report.js'
import { REPORTS } from '../../src/cli/report-schema.js'
import type { Outcome } from '../../src/offload/doctor/check.js'
import type { Diagnosis, Finding } from '../../src/offload/doctor/examine.js'

const finding = (id: `nic.${string}`, outcome: Outcome, label?: 'source-read'): Finding => ({
  check: { id, title: 'it is so', looksAt: 'there', judge: () => outcome, ...(label !== undefined && { label }) },
  area: 'nic',
  ...outcome,
})
const FINE = finding('nic.link', { result: 'OK', says: 'it is so: p0', evidence: ['p0: up'], fix: [] })
const BESIDE = finding('nic.names', { result: 'SKIP', says: 'there is none', evidence: [], fix: [] })
const WARNED = finding(
  'nic.inline-mode',
  { result: 'WARN', says: 'too low', evidence: ['mode: link'], fix: ['set it'] },
  'source-read',
)
const FAILED = finding('nic.switchdev', { result: 'FAIL', says: 'legacy', evidence: ['a', 'b'], fix: ['do x', 'do y'] })
const of = (...findings: Finding[]): Diagnosis => ({ findings, emulated: false })

describe('the report of the doctor', () => {
  it('for people has problems first, with what was read and what to do, and the truth at the end', () => {
    assert.equal(
      doctorTable(of(FINE, WARNED, BESIDE, FAILED)),
      `FAIL  nic.switchdev    legacy
      read: a
      read: b
      fix:  do x
      fix:  do y
WARN  nic.inline-mode  too low
      read: mode: link
      known from a driver's source, not seen on a NIC
      fix:  set it
OK    nic.link         it is so: p0
SKIP  nic.names        there is none
1 FAIL, 1 WARN, 1 OK, 1 skipped: begin with nic.switchdev`,
    )
  })

  it('says so where nothing is wrong, and what kind of NIC that is true of', () => {
    const lines = doctorTable({ ...of(FINE, BESIDE), emulated: true }).split('\n')
    assert.equal(
      lines.at(-1),
      '0 FAIL, 0 WARN, 1 OK, 1 skipped (emulated NIC): nothing found that keeps tunnels out of hardware',
    )
  })

  it('for programs is what its schema says', () => {
    const diagnosis = of(FINE, WARNED, BESIDE, FAILED)
    const report = {
      apiVersion: 'nicsteer/v1alpha1',
      kind: 'Doctor',
      items: diagnosis.findings.map(checkItem),
      summary: doctorSummary(diagnosis),
    }
    // parse() drops what the schema does not describe: nothing is.
    assert.deepEqual(REPORTS.doctor.parse(report), report)
    const { ok, warn, fail, skip, emulated } = report.summary
    assert.deepEqual({ ok, warn, fail, skip, emulated }, { ok: 1, warn: 1, fail: 1, skip: 1, emulated: false })
    assert.deepEqual(
      report.items.map(({ label }) => label),
      [null, 'source-read', null, null],
    )
  })
})
