// A process that applies what it is told to when it is told to, so that what is killed is the apply and not Node's start. Forked by killed.test.ts.
import { apply } from '../../../src/offload/apply.js'
import { Session } from '../../../src/offload/session.js'
import { refuseWithoutPlace } from '../../../src/steering/resolve.js'
import type { LoadedSteering } from '../../../src/steering/spec/load.js'

process.once('message', async ({ steering, findings }: Pick<LoadedSteering, 'steering' | 'findings'>) => {
  using session = new Session()
  await apply(session, { steering, findings, refuse: refuseWithoutPlace })
  process.exit()
})
process.send?.('ready')
