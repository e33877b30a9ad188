import { strict as assert } from 'node:assert'
import { spawn, spawnSync } from 'node:child_process'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { flowFacts } from '../../../src/offload/flows/facts.js'
import { type JudgedItem, judgeDump } from '../../../src/offload/flows/read.js'
import { Spool } from '../../../src/offload/flows/spool.js'
import { Session } from '../../../src/offload/session.js'
import { dumpFlows } from '../../../src/ovs/dump-flows/index.js'
import { PEER, REMOTE_IP, vtep } from '../simnic/tunnel-rules.js'
import { useProfile } from '../support/ovs.js'
import { inNs, run } from '../support/shell.js'
import { PCI } from '../support/simnic.js'
import { waitFor } from '../support/wait.js'
import { ping, steerBy, useTunnelFlows } from './tunnel-flows.js'

describe('verdicts of Open vSwitch’s own flows', () => {
  useTunnelFlows()
  let session: Session
  before(() => {
    session = new Session()
  })
  after(() => session[Symbol.dispose]())

  async function judged(): Promise<JudgedItem[]> {
    using spool = await Spool.of(dumpFlows())
    const items: JudgedItem[] = []
    for await (const one of judgeDump(spool, await flowFacts(session, undefined))) items.push(one)
    return items
  }
  /** Of unicast packets from a VF into the tunnel. */
  const intoTunnel = (items: readonly JudgedItem[], port: string) =>
    items.flatMap(({ judged, item }) =>
      judged !== undefined &&
      item.kind === 'flow' &&
      judged.flow.inPort === port &&
      judged.actualRemoteIp &&
      !judged.flow.multicast
        ? [judged]
        : [],
    )

  it('are hardware with the VTEP of the VF’s own PF, those that simnic took', async () => {
    for (const vf of ['vf00', 'vf10']) assert.equal(ping(vf).status, 0, vf)
    const seen = await waitFor('flows of both VFs are in hardware', async () => {
      const items = await judged()
      const both = ['pf0vf0', 'pf1vf0'].map((port) => intoTunnel(items, port))
      return both.every((flows) => flows.some(({ verdict }) => verdict === 'hardware')) && both
    })
    for (const [pf, flows] of seen.entries()) {
      for (const { verdict, expectedLocalIp, actualLocalIp, actualRemoteIp, owner } of flows) {
        assert.deepEqual(
          [verdict, expectedLocalIp, actualLocalIp, actualRemoteIp],
          ['hardware', vtep(pf), vtep(pf), PEER],
        )
        assert.equal(owner?.vf.pf, PCI[pf])
      }
    }
    assert.ok((await judged()).every(({ item }) => item.kind !== 'error'))
    assert.ok(
      (await judged()).every(({ judged }) => judged?.verdict !== 'wrong'),
      'no false alarm',
    )
  })

  it('are wrong with another PF’s VTEP that somebody planted, and both are named', async () => {
    steerBy('pf0vf1', vtep(1))
    ping('vf01')
    const [flow] = await waitFor('a flow of the planted tunnel', async () => {
      const flows = intoTunnel(await judged(), 'pf0vf1')
      return flows.length > 0 && flows
    })
    assert.deepEqual(
      [flow?.verdict, flow?.reason?.code, flow?.expectedLocalIp, flow?.actualLocalIp],
      ['wrong', 'WRONG_LOCAL_IP', vtep(0), vtep(1)],
    )
    const printed = run('nicsteer', 'flows', '--verdict', 'wrong')
    assert.match(printed, /-> wrong; 0000:d8:00\.0 VF 1; local_ip 10\.0\.0\.2, expected 10\.0\.0\.1; WRONG_LOCAL_IP: /)
    steerBy('pf0vf1', vtep(0))
  })

  it('that a NIC refuses have the driver’s own text, which Open vSwitch does not print', async () => {
    await useProfile(PCI[0] as string, 'none')
    // Provoked, Open vSwitch offers its flows again as soon as packets come.
    const pings = spawn('ip', ['netns', 'exec', 'vf00', 'ping', '-q', '-i', '0.3', REMOTE_IP], { stdio: 'ignore' })
    try {
      const { status, stdout } = spawnSync('nicsteer', ['verify', '--ovs', '--trace', '4s', '--provoke', '-o', 'json'])
      assert.equal(status, 2)
      const { items } = REPORTS.verify.parse(JSON.parse(String(stdout)))
      const refused = items.flatMap((one) =>
        'flow' in one && one.inPort === 'pf0vf0' && one.by === 'tc' ? [one.reason] : [],
      )
      assert.ok(refused.length > 0)
      for (const reason of refused) {
        assert.deepEqual([reason?.code, reason?.text], ['LAB_PROFILE', 'simnic: this profile offloads no rule'])
      }
    } finally {
      pings.kill()
      await useProfile(PCI[0] as string, 'full')
    }
  })

  it('are the same by nicsteer flows -o dump as by ovs-appctl, and say software where the NIC refuses', async () => {
    await useProfile(PCI[0] as string, 'none')
    inNs('vf00', 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '5', REMOTE_IP)
    const flows = await waitFor('a flow of VF 0', async () => {
      const found = intoTunnel(await judged(), 'pf0vf0')
      return found.length > 0 && found
    })
    for (const { verdict, by, reason } of flows)
      assert.deepEqual([verdict, by, reason?.code], ['software', 'tc', 'NOT_HEARD'])
    await useProfile(PCI[0] as string, 'full')
    const still = (text: string) =>
      text
        .replaceAll(/ (packets|bytes|used):[^,]*,/g, '')
        .split('\n')
        .sort()
    assert.deepEqual(still(run('nicsteer', 'flows', '-o', 'dump')), still(run('ovs-appctl', 'dpctl/dump-flows', '-m')))
  })
})
