import { NicsteerError } from '../../base/errors.js'

/** What an OVSDB server answered instead of a result (RFC 7047 sections 3.1 and 4). */
export class OvsdbRefusal extends NicsteerError {
  /** The server's word for it: `constraint violation`, `unknown method` … */
  readonly error: string

  constructor(what: string, error: string, details?: string) {
    super('OVSDB_REFUSED', `${what}: ${error}${details ? `: ${details}` : ''}`)
    this.name = 'OvsdbRefusal'
    this.error = error
  }
}

/** @returns the refusal that an `error` member of an answer stands for; undefined where there is none */
export function refusalIn(what: string, error: unknown): OvsdbRefusal | undefined {
  if (error === null || error === undefined) return undefined
  if (typeof error === 'object' && 'error' in error) {
    const { details } = error as { details?: unknown }
    return new OvsdbRefusal(what, String(error.error), details === undefined ? undefined : String(details))
  }
  return new OvsdbRefusal(what, typeof error === 'string' ? error : JSON.stringify(error))
}
