import { strict as assert } from 'node:assert'
import { apply } from '../../../src/offload/apply.js'
import type { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { freshQdisc, offerRule, ruleStates } from '../simnic/rules.js'
import { REMOTE_IP, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { outerOf } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { useSession } from '../support/session.js'
import { inNs, sh } from '../support/shell.js'
import { DUAL_PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile } from './steering.js'

const VFS = [
  [0, 0],
  [1, 0],
] as const

describe('the two PFs of one card', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'at the end')
  useTopology('dual', 'max_delay_ms=50')

  it('are two NICs to steering: each VF leaves by its own port, whose rule the sibling does not take', async () => {
    const file = steeringFile({ vfs: VFS, pci: DUAL_PCI })
    await apply(session, file)
    using cable0 = new PacketSocket('fabric', 'cable0')
    using cable1 = new PacketSocket('fabric', 'cable1')
    for (const [pf] of VFS) {
      inNs(`vf${pf}0`, 'ping', '-q', '-c', '1', '-W', '5', REMOTE_IP)
      const sent = [cable0, cable1].map((cable) =>
        cable.frames().flatMap(({ outgoing, data }) => (outgoing ? [] : (outerOf(data) ?? []))),
      )
      assert.deepEqual([sent[pf]?.[0]?.src, sent[pf]?.length, sent[1 - pf]?.length], [vtep(pf), 1, 0])
    }
    for (const pci of DUAL_PCI) await settled(pci)
    const { rules } = await verify(session, file)
    const tunnels = rules.filter(({ rule }) => rule.kind === 'encap' || rule.kind === 'decap')
    assert.equal(tunnels.length, 4)
    for (const { verdict, carrying, inHwCount } of tunnels)
      assert.deepEqual([verdict, carrying, inHwCount], ['hardware', 'yes', 1])
  })

  it('cannot hand packets to each other, nor send by the other’s port: as mlx5 without merged eswitch or LAG', () => {
    freshQdisc('pf0vf0')
    const action = 'mirred egress redirect dev pf1vf0'
    const direct = { handle: 1, pref: 10, protocol: 'all', match: `dst_mac ${vfMac(1, 0)}`, action }
    const { status, text } = offerRule('pf0vf0', direct, 'verbose')
    assert.equal(status, 0)
    assert.equal(text, "Warning: simnic: devices are not on same switch HW, can't offload forwarding.")
    assert.equal(ruleStates('pf0vf0')[0]?.inHw, false)

    freshQdisc('pf0vf0')
    sh('ip link add gnv0 type geneve external dstport 6082')
    sh('ip link set gnv0 up')
    const tunnel = `tunnel_key set src_ip ${vtep(1)} dst_ip 10.0.0.11 id 1 dst_port 6082 nocsum`
    const other = { ...direct, action: `${tunnel} pipe action mirred egress redirect dev gnv0` }
    const refused = offerRule('pf0vf0', other, 'skip_sw')
    sh('ip link delete gnv0')
    sh('tc qdisc del dev pf0vf0 clsact')
    assert.equal(refused.status, 2)
    assert.doesNotMatch(refused.text, /simnic/, 'the driver says nothing about it')
  })
})
