/**
 * What a refusal looks like to a caller: a stable code, what happened, and what to do about it.
 * The command line prints it as one line, `error: CODE: what — hint`.
 */
export interface NicsteerErrorOptions {
  /** What the person can do next, without a full stop. */
  hint?: string
  /** Positive errno of the kernel's answer. */
  errno?: number
  /** Verbatim text of NLMSGERR_ATTR_MSG. */
  extack?: string
  /** Where in a user's file: 1-based line. */
  file?: string
  line?: number
  cause?: unknown
}

export class NicsteerError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly errno: number | undefined
  readonly extack: string | undefined
  readonly file: string | undefined
  readonly line: number | undefined

  /** @param code stable, SCREAMING_SNAKE_CASE, e.g. `VTEP_NOT_CONFIGURED` */
  constructor(code: string, message: string, options: NicsteerErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'NicsteerError'
    this.code = code
    this.hint = options.hint
    this.errno = options.errno
    this.extack = options.extack
    this.file = options.file
    this.line = options.line
  }
}

/** What `ask` finds out; undefined where that is refused in one of our own words. */
export function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof NicsteerError) return undefined
    throw error
  }
}

/** The same of what takes a while, with something else in its place. */
export async function orElse<T, E>(work: () => Promise<T>, instead: (error: NicsteerError) => E): Promise<T | E> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NicsteerError) return instead(error)
    throw error
  }
}
