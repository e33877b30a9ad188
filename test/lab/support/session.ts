import { clear } from '../../../src/offload/clear.js'
import { Session } from '../../../src/offload/session.js'

/**
 * Opens a session for the tests of a suite. Called before `useTopology`, so that what it removes is removed while the NICs are still there:
 * Mocha runs hooks that clean up in the order in which they were named.
 * @param opened is given the session before the suite's own hooks run
 * @param removed when nicsteer's rules are removed
 */
export function useSession(opened: (session: Session) => void, removed: 'after each test' | 'at the end'): void {
  let session: Session
  before(() => {
    session = new Session()
    opened(session)
  })
  if (removed === 'after each test') afterEach(() => clear(session))
  after(async () => {
    await clear(session)
    session[Symbol.dispose]()
  })
}
