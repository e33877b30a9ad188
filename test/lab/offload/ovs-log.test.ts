import { strict as assert } from 'node:assert'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { judgeFlows } from '../../../src/offload/flows/live.js'
import type { Reason } from '../../../src/offload/reasons/index.js'
import { Session } from '../../../src/offload/session.js'
import { restartOvs, useProfile, vsctl } from '../support/ovs.js'
import { run } from '../support/shell.js'
import { PCI } from '../support/simnic.js'
import { waitFor } from '../support/wait.js'
import { flow, ping, useTunnelFlows, whilePinging } from './tunnel-flows.js'

const BUNDLE = '/tmp/log.tgz'
const NONE = 'simnic: this profile offloads no rule'

const short = ({ code, text, source, approximate }: Reason) => [code, text, source, approximate]

describe('Open vSwitch’s log', () => {
  useTunnelFlows()
  let session: Session
  before('an Open vSwitch that has nothing in TC but what hardware takes, and a NIC that takes nothing', async () => {
    session = new Session()
    vsctl('set Open_vSwitch . other_config:tc-policy=skip_sw')
    restartOvs()
    await useProfile(PCI[0], 'none')
    ping('vf00')
  })
  after(() => session[Symbol.dispose]())

  /** Of the flows from a port that are in Open vSwitch's own data path, by ufid. */
  async function reasons(port: string): Promise<Map<string, Reason>> {
    const found = new Map<string, Reason>()
    for await (const { judged } of judgeFlows(session, undefined)) {
      const { flow: seen, by, reason } = judged ?? {}
      if (seen?.inPort === port && by === 'ovs' && seen.ufid && reason) found.set(seen.ufid, reason)
    }
    assert.ok(found.size > 0, `flows of ${port} are in Open vSwitch's data path`)
    return found
  }

  it('says nothing until it is told to; how, the flow’s reason says', async () => {
    const [reason] = (await reasons('pf0vf0')).values()
    assert.deepEqual([reason?.code, reason?.source], ['NOT_OFFERED', 'evidence'])
    const [command = ''] = /ovs-appctl vlog\/[\w:/ &-]+$/.exec(reason?.hint ?? '') ?? []
    run('bash', '-ec', command)
    const [later] = (await reasons('pf0vf0')).values()
    assert.match(later?.hint ?? '', /its log does not mention it/)
  })

  it('says why the driver refused a flow, in its own text, of just that flow', async () => {
    run('ovs-appctl', 'revalidator/purge')
    for (const vf of ['vf00', 'vf01', 'vf10']) ping(vf)
    for (const port of ['pf0vf0', 'pf0vf1']) {
      for (const reason of (await reasons(port)).values()) {
        assert.deepEqual(short(reason), ['LAB_PROFILE', NONE, 'ovs-log', undefined])
      }
    }
  })

  it('says that the kernel refused a flow without a word: then the node tells', async () => {
    for (const reason of (await reasons('genev_sys_6081')).values()) {
      assert.deepEqual(short(reason), ['SKIP_SW_ON_TUNNEL', undefined, 'evidence', undefined])
    }
  })

  it('is in a bundle as far as it speaks of flows', async () => {
    run('nicsteer', 'collect', '-o', BUNDLE, '--observe', '0.1')
    const table = run('nicsteer', 'flows', '--bundle', BUNDLE)
    for (const ufid of (await reasons('pf0vf0')).keys()) {
      assert.match(table, new RegExp(`^ufid:${ufid}, .*\n  -> .*; LAB_PROFILE: ${NONE} \\[ovs-log\\]$`, 'm'))
    }
  })

  it('gives way to what was heard in the kernel', () => {
    const script = whilePinging('nicsteer verify --ovs --trace 4s --provoke -o json')
    const { items } = REPORTS.verify.parse(JSON.parse(run('bash', '-c', script)))
    const found = items.flatMap((one) => ('flow' in one && one.inPort === 'pf0vf0' ? [one.reason] : []))
    assert.ok(found.length > 0)
    for (const reason of found) {
      assert.deepEqual([reason?.code, reason?.text, reason?.source], ['LAB_PROFILE', NONE, 'traced'])
    }
  })

  it('says what Open vSwitch itself did not offer', async () => {
    flow('priority=30,icmp,in_port=pf0vf1,actions=ct(zone=1,table=1)')
    flow('table=1,actions=normal')
    const text = 'flow_put: recirc_id sharing not supported'
    await waitFor('a flow that recirculates', async () => {
      ping('vf01')
      const found = [...(await reasons('pf0vf1')).values()].map(short)
      return found.some((one) => `${one}` === `${['RECIRC_NOT_SHARED', text, 'ovs-log', undefined]}`)
    })
  })
})
