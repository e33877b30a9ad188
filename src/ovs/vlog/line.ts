/** One line of a daemon's log. */
export interface LogLine {
  module: string
  /** `handler3`; empty for the main thread. */
  thread: string
  level: string
  /** Its first line: what follows in a message of several has no heading of its own. */
  message: string
}

/** As logs to files are written unless somebody changed that (include/openvswitch/vlog.h VLOG_DESTINATIONS): `TIME|NUMBER|MODULE(THREAD)|LEVEL|MESSAGE` */
const LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z\|\d+\|(\w+)(?:\(([^)]*)\))?\|([A-Z]+)\|(.*)$/

/** @returns undefined for what is no first line of a message */
export function parseLogLine(line: string): LogLine | undefined {
  const [, module, thread = '', level, message] = LINE.exec(line) ?? []
  if (module === undefined || level === undefined || message === undefined) return undefined
  return { module, thread, level, message }
}
