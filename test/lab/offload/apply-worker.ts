// A process that applies a file when it is told to, so that what is killed is the apply and not Node's start. Forked by killed.test.ts.
import { apply } from '../../../src/offload/apply.js'
import { Session } from '../../../src/offload/session.js'
import { loadSteering } from '../../../src/steering/spec/load.js'

process.once('message', async (text: string) => {
  using session = new Session()
  await apply(session, loadSteering(text, 'steering.yaml'))
  process.exit()
})
process.send?.('ready')
