import { examine, worstOf } from '../../offload/doctor/examine.js'
import { gatherState } from '../../offload/doctor/gather.js'
import { Session } from '../../offload/session.js'
import { checkItem, doctorSummary, doctorTable } from '../doctor-report.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import { readSteering } from '../steering-file.js'

interface Options {
  file?: string
  output: OutputFormat
}

export async function doctor({ file, output }: Options): Promise<number> {
  const loaded = file === undefined ? undefined : readSteering(file)
  using session = new Session()
  const diagnosis = examine(await gatherState(session, { file: loaded }))
  print({ kind: 'Doctor', items: diagnosis.findings.map(checkItem), summary: doctorSummary(diagnosis) }, output, () =>
    doctorTable(diagnosis),
  )
  return { OK: EXIT.ok, WARN: EXIT.degraded, FAIL: EXIT.wrong }[worstOf(diagnosis)]
}
