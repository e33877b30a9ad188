import { strict as assert } from 'node:assert'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { judgeFlows } from '../../../src/offload/flows/live.js'
import { type EarlierRules, readEarlier } from '../../../src/offload/flows/moved.js'
import { Session } from '../../../src/offload/session.js'
import { run } from '../support/shell.js'
import { PCI, setKnob, settled } from '../support/simnic.js'
import { waitFor } from '../support/wait.js'
import { ping, useTunnelFlows, whilePinging } from './tunnel-flows.js'

describe('Open vSwitch’s flows, observed', () => {
  useTunnelFlows()
  let session: Session
  before(() => {
    session = new Session()
  })
  after(() => session[Symbol.dispose]())

  /** Of what VF 0 sends into the tunnel. */
  async function judged(earlier?: EarlierRules) {
    for await (const { judged: one } of judgeFlows(session, undefined, earlier && { earlier })) {
      if (one?.flow.inPort === 'pf0vf0' && one.actualRemoteIp !== undefined && !one.flow.multicast) return one
    }
    return undefined
  }

  it('are hardware while hardware carries them', async () => {
    await waitFor('hardware carries VF 0’s packets', async () => {
      ping('vf00')
      return (await judged())?.carrying === 'yes'
    })
    const earlier = readEarlier(session, 0)
    assert.equal(ping('vf00').status, 0)
    await settled(PCI[0])
    const one = await judged(earlier)
    assert.deepEqual([one?.verdict, one?.carrying], ['hardware', 'yes'])
  })

  it('are suspect, though flagged and counted in hardware before, once software carries them', async () => {
    setKnob(PCI[0], 'carry', '0')
    const earlier = readEarlier(session, 0)
    assert.equal(ping('vf00').status, 0)
    assert.equal((await judged())?.verdict, 'hardware', 'one look does not tell')
    const one = await judged(earlier)
    assert.deepEqual([one?.verdict, one?.reason?.code], ['suspect', 'TRAFFIC_IN_SOFTWARE'])
    assert.match(one?.reason?.hint ?? '', /, but 3 packets reached/)
  })

  it('are suspect by verify --ovs --observe and by flows --observe', () => {
    const script = (command: string) => run('bash', '-c', whilePinging(`nicsteer ${command} --observe 2 -o json`))
    const verified = REPORTS.verify.parse(JSON.parse(script('verify --ovs'))).items
    const dumped = REPORTS.flows.parse(JSON.parse(script('flows'))).items
    for (const items of [verified, dumped]) {
      const verdicts = items.flatMap((one) =>
        'flow' in one && one.inPort === 'pf0vf0' && one.actualRemoteIp ? [`${one.verdict} ${one.reason?.code}`] : [],
      )
      assert.deepEqual(verdicts, ['suspect TRAFFIC_IN_SOFTWARE'])
    }
  })

  it('that were made anew meanwhile are judged by what they have counted since', async () => {
    setKnob(PCI[0], 'carry', '1')
    const earlier = readEarlier(session, 0)
    run('ovs-appctl', 'revalidator/purge')
    const one = await waitFor('hardware carries VF 0’s packets again', async () => {
      ping('vf00')
      const again = await judged(earlier)
      return again?.carrying === 'yes' && again
    })
    assert.deepEqual([one.verdict, one.reason], ['hardware', undefined])
  })
})
