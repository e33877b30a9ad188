import { NicsteerError } from '../../base/errors.js'
import { ask } from '../../base/transcript.js'
import { type ControlOptions, control, processId } from '../unixctl/index.js'
import { lastLines, logFileOf } from './file.js'
import { fileLevels, tellsRefusals } from './levels.js'
import { type LoggedRefusal, RefusalReader } from './refusals.js'

/** What ovs-vswitchd's log says of flows that it could not offload. */

export { SWITCH_ON } from './levels.js'
export type { LoggedRefusal } from './refusals.js'

export interface RefusalLog {
  /** At level debug, to a file that can be read. Even then lines may be missing: there is a limit to how many are written. */
  switchedOn: boolean
  refusals: readonly LoggedRefusal[]
}

/** At level debug some seconds of a busy node, some days of a quiet one. */
const BYTES = 8 << 20

/** Nothing else of the log is kept in a bundle: a log at level debug may have secrets in it. */
export async function readRefusalLog(options: ControlOptions = {}): Promise<RefusalLog> {
  try {
    const levels: string[] = []
    for await (const line of control('vlog/list', [], options)) levels.push(line)
    if (!tellsRefusals(fileLevels(levels))) return OFF
    const refusals = ask('node', 'log of ovs-vswitchd', () => readRefusals(processId(options)))
    return refusals === undefined ? OFF : { switchedOn: true, refusals }
  } catch (error) {
    if (error instanceof NicsteerError) return OFF
    throw error
  }
}

const OFF: RefusalLog = { switchedOn: false, refusals: [] }

/** @returns undefined: there is no file, or none for us */
function readRefusals(pid: string): LoggedRefusal[] | undefined {
  const reader = new RefusalReader()
  try {
    const path = logFileOf(pid)
    if (path === undefined) return undefined
    for (const line of lastLines(path, BYTES)) reader.push(line)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
  return reader.refusals()
}
