import { NicsteerError } from '../../../base/errors.js'
import type { Read } from '../state.js'

/** What can't be read is no reason to stop: the node may be half set up, or not ours to read. */
export function attempt<T>(ask: () => T): Read<T> {
  try {
    return { value: ask() }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    return { unknown: error.message, ...(error.errno !== undefined && { errno: error.errno }) }
  }
}
