// A process that probes without end once it is told to, so that it can be killed at any moment of it. Forked by probe.test.ts.
import { tc } from '../../../src/kernel/index.js'
import { probe } from '../../../src/offload/probe/probe.js'
import { allIngressFilters, Session } from '../../../src/offload/session.js'

process.once('message', async () => {
  using session = new Session()
  for (;;) {
    const filters = allIngressFilters(session).filter(tc.isFlower)
    const [result] = await probe(session, filters)
    process.send?.(result)
  }
})
process.send?.('ready')
