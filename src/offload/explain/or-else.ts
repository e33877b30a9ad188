import { NicsteerError } from '../../base/errors.js'

/** What is not known is no failure of an explanation: it says so instead. */
export async function orElse<T, E>(work: () => Promise<T>, instead: (error: NicsteerError) => E): Promise<T | E> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NicsteerError) return instead(error)
    throw error
  }
}
