import { NicsteerError } from '../../base/errors.js'

const SHOWN = 24

/** A line, or a part of one, that is not what `dpctl/dump-flows` prints. Code DUMP_FLOWS_SYNTAX. */
export class DumpFlowsError extends NicsteerError {
  /** Where the line stops making sense; the first character is 1. */
  readonly column: number
  /** What would have made sense there. */
  readonly expected: string

  /** @param at 0-based place in the line */
  constructor(line: string, at: number, expected: string) {
    const rest = line.slice(at, at + SHOWN)
    const found = rest === '' ? 'the end of the line' : JSON.stringify(rest)
    super('DUMP_FLOWS_SYNTAX', `column ${at + 1}: expected ${expected}, found ${found}`, {
      hint: 'a line of dpctl/dump-flows was expected; if Open vSwitch printed this one, please report it',
    })
    this.name = 'DumpFlowsError'
    this.column = at + 1
    this.expected = expected
  }
}
