import { strict as assert } from 'node:assert'
import { apply } from '../../../src/offload/apply.js'
import { knowBridges, type Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { REMOTE_IP } from '../simnic/tunnel-rules.js'
import { restartOvs, vsctl } from '../support/ovs.js'
import { useSession } from '../support/session.js'
import { inNs } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile } from './steering.js'

const SHAPE = { tunnel: 'geneve-ovn', underlay: 'ipv4', vtep: 'ovs' } as const
const file = steeringFile({ vfs: [[0, 0]], shape: SHAPE })

describe('the second stage of a VTEP on an internal port of Open vSwitch', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'at the end')
  useTopology('single', 'max_delay_ms=20', SHAPE)
  before(async () => {
    await knowBridges(session)
    await apply(session, file)
  })
  async function judged() {
    inNs('vf00', 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '5', REMOTE_IP)
    await settled(PCI[0] as string)
    const { rules } = await verify(session, file)
    const encap = rules.find(({ rule }) => rule.kind === 'encap')
    return [encap?.verdict, encap?.carrying, encap?.reason?.code]
  }

  it('in hardware too is hardware', async () => {
    assert.deepEqual(await judged(), ['hardware', 'yes', undefined])
  })

  it('in software is not, though the first counts packets and none comes to the representor', async () => {
    vsctl('set Open_vSwitch . other_config:tc-policy=skip_hw')
    restartOvs()
    await apply(session, file)
    assert.deepEqual(await judged(), ['suspect', undefined, 'SECOND_STAGE_NOT_OFFLOADED'])
  })
})
