import { strict as assert } from 'node:assert'
import { Transcript, useTranscript } from '../../../src/base/transcript.js'
import { apply } from '../../../src/offload/apply.js'
import { readEverything } from '../../../src/offload/bundle/collect.js'
import { explain } from '../../../src/offload/explain/explain.js'
import type { Explanation } from '../../../src/offload/explain/hop.js'
import { Session } from '../../../src/offload/session.js'
import type { LoadedSteering } from '../../../src/steering/spec/load.js'
import { REMOTE_MAC, vtep } from '../simnic/tunnel-rules.js'
import { useProfile, vsctl } from '../support/ovs.js'
import { useSession } from '../support/session.js'
import { run } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { waitFor } from '../support/wait.js'
import { steeringFile } from './steering.js'
import { flow, ping, steerBy, useTunnelFlows } from './tunnel-flows.js'

const NOBODY = '02:00:00:00:77:77'

describe('explain, where a real Open vSwitch has the VFs', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'at the end')
  useTunnelFlows()
  before(() => vsctl('set Interface pf0vf0 external_ids:iface-id=train_worker-0'))

  const told = (from: string, to: string = REMOTE_MAC, file?: LoadedSteering) => explain(session, file, { from, to })
  /** Once it says so: counters come with the next look of the NIC's. */
  async function becomes(says: RegExp, from: string, to?: string, file?: LoadedSteering): Promise<Explanation> {
    let last = ''
    try {
      return await waitFor('an explanation', async () => {
        const explanation = await told(from, to, file)
        last = explanation.conclusion
        return says.test(last) && explanation
      })
    } catch {
      assert.match(last, says)
      throw new Error('it came a moment too late')
    }
  }
  const places = ({ hops }: Explanation) => hops.map(({ place }) => place)

  it('before any packet says so, and what Open vSwitch would do', async () => {
    const explanation = await told('pf0vf0')
    assert.match(
      explanation.conclusion,
      /: not seen yet: no flow from pf0vf0 to .*: no such packet in the last 600 s; asked, Open vSwitch would send it by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11 — send some packets, then ask again$/,
    )
    assert.deepEqual([explanation.by, explanation.verdict], ['asked', undefined])
    flow(`priority=20,in_port=pf0vf1,dl_dst=${NOBODY},actions=drop`)
    assert.match(
      (await told('pf0vf1', NOBODY)).conclusion,
      /: not carried, because Open vSwitch would drop these packets/,
    )
    steerBy('pf0vf1', vtep(1))
    assert.match(
      (await told('pf0vf1')).conclusion,
      /: wrong, because the tunnel's source is 10\.0\.0\.2, not 10\.0\.0\.1 of 0000:d8:00\.0 VF 1/,
    )
  })

  it('follows a pod’s packets in (emulated) hardware, hop by hop, and back', async () => {
    assert.equal(ping('vf00').status, 0)
    const says =
      /in \(emulated\) hardware, by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11; [1-9]\d* packets counted there$/
    const explanation = await becomes(says, 'train_worker-0')
    const wire = ['tunnel', 'tunnel device', 'route', 'neighbour', 'nic', 'remote', 'back'] as const
    assert.deepEqual(places(explanation), ['vf', 'representor', 'flow', ...wire])
    assert.deepEqual([explanation.by, explanation.verdict?.verdict], ['flow', 'hardware'])
    assert.match(
      explanation.hops[2]?.found ?? '',
      /dp:tc, priority \d+: hardware, carrying: yes; .*goes to genev_sys_6081$/,
    )
    assert.match(explanation.hops.at(-1)?.found ?? '', /: hardware, .*goes to pf0vf0$/)
  })

  it('answers the same from a bundle, which does not know what Open vSwitch would do', async () => {
    const recorded = new Transcript()
    let bundle: Transcript
    let live: Explanation
    {
      using _ = useTranscript(recorded, 'record')
      assert.deepEqual(await readEverything(recorded, undefined, 0.1), [])
      bundle = Transcript.of([...recorded.entries()])
      // Of the same moment: what has been asked already is not asked again.
      recorded.firstMoment()
      using fresh = new Session()
      live = await explain(fresh, undefined, { from: 'train_worker-0', to: REMOTE_MAC })
    }
    assert.equal(live.verdict?.verdict, 'hardware')
    using _ = useTranscript(bundle, 'replay')
    const replayed = async (from: string, to: string) => {
      bundle.firstMoment()
      using fresh = new Session()
      return explain(fresh, undefined, { from, to })
    }
    assert.deepEqual(await replayed('train_worker-0', REMOTE_MAC), live)
    assert.match(
      (await replayed('pf0vf1', NOBODY)).conclusion,
      /: not seen yet: .*; what Open vSwitch would do is not known: the bundle has no answer to that/,
    )
  })

  it('names the tunnel of another NIC', async () => {
    ping('vf01')
    const { hops } = await becomes(
      /: wrong, because the tunnel's source is 10\.0\.0\.2, not 10\.0\.0\.1 of 0000:d8:00\.0 VF 1/,
      'pf0vf1',
    )
    assert.ok(hops.some(({ place }) => place === 'flow'))
    steerBy('pf0vf1', vtep(0))
  })

  it('names a flow that the NIC refused', async () => {
    await useProfile(PCI[0] as string, 'none')
    try {
      assert.equal(ping('vf00').status, 0)
      const says = /: not in hardware, because the NIC did not take Open vSwitch's flow — .*verify --ovs --trace/
      const { verdict } = await becomes(says, 'pf0vf0')
      assert.deepEqual([verdict?.verdict, verdict?.by, verdict?.reason?.code], ['software', 'tc', 'NOT_HEARD'])
    } finally {
      await useProfile(PCI[0] as string, 'full')
    }
  })

  it('tells which one carries, where our rule is there too', async () => {
    const vfs = [[0, 0]] as const
    const file = steeringFile({ vfs })
    assert.equal(ping('vf00').status, 0)
    await becomes(/in \(emulated\) hardware/, 'pf0vf0')
    await apply(session, file)
    const both = await told('pf0vf0', REMOTE_MAC, file)
    assert.deepEqual([both.by, places(both).slice(2, 4)], ['flow', ['rule', 'flow']])
    assert.match(both.hops[2]?.found ?? '', /priority 49163, .*; comes behind Open vSwitch's flow$/)
    run('ovs-appctl', 'revalidator/purge')
    await settled(PCI[0] as string)
    const ours = await told('pf0vf0', REMOTE_MAC, file)
    assert.deepEqual([ours.by, places(ours)[2]], ['rule', 'rule'])
    assert.match(ours.conclusion, /in \(emulated\) hardware, by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11/)
  })
})
