import { CommanderError } from 'commander'
import { NicsteerError } from '../base/errors.js'

/** DESIGN.md "CLI contract". */
export const EXIT = { ok: 0, failed: 1, degraded: 2, wrong: 3 } as const

/** `error: CODE: what — hint`, with file and line where there are; one line. */
export function errorLine({ code, message, hint, file, line }: NicsteerError): string {
  const where = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `
  return `error: ${code}: ${where}${message}${hint ? ` — ${hint}` : ''}`.replace(/\s*\n\s*/g, ' ')
}

/** Prints what went wrong on standard error and returns the exit status. A defect of ours keeps its stack. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok // help or version
    if (error.code === 'commander.help') return EXIT.failed // no command: help is what it printed
    const what = error.message.replace(/^error: /, '').replace(/\.$/, '')
    console.error(errorLine(new NicsteerError('USAGE', what, { hint: 'nicsteer --help, nicsteer COMMAND --help' })))
  } else if (error instanceof NicsteerError) console.error(errorLine(error))
  else console.error(error)
  return EXIT.failed
}
