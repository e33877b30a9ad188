import { strict as assert } from 'node:assert'
import { rtnl } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { plan } from '../../../src/offload/plan.js'
import { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import type { Finding } from '../../../src/steering/model.js'
import { VNI, vfIp, vtep } from '../simnic/tunnel-rules.js'
import { outerOf } from '../support/frame.js'
import { Networkd } from '../support/networkd.js'
import { PacketSocket } from '../support/packet-socket.js'
import { attempt, run, sh } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile } from './steering.js'

const file = steeringFile({
  vfs: [
    [0, 0],
    [0, 1],
    [1, 0],
  ],
})
/**
 * Rules of tunnels inside the node: decap and encap for two pairs of VFs, the decap of VF 1 0 once for both; and on each NIC one for what
 * comes to all from the other.
 */
const INSIDE = 9
/** The rules that copy what a VF sends to all have one copy more. */
const COPYING = 3

const missingRoutes = (findings: readonly Finding[]) => findings.filter(({ code }) => code === 'INTRA_NODE_ROUTE')

describe('two VFs on two NICs of one node', () => {
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  let recipe: string[] = []
  before(() => {
    session = new Session()
  })
  after(async () => {
    await clear(session)
    sh('ip rule add pref 0 lookup local')
    for (const priority of [90, 90, 100]) sh(`ip rule del pref ${priority}`)
    session[Symbol.dispose]()
  })

  it('without the routing have no rules; plan and apply say which commands are missing', async () => {
    const [finding, ...others] = missingRoutes(plan(session, file).findings)
    assert.deepEqual(others, [])
    assert.match(finding?.text ?? '', /the route from 10\.0\.0\.[12] to 10\.0\.0\.[12] is local/)
    const commands = finding?.hint.replace(/^.* until: /, '') ?? ''
    recipe = commands.split('; ')
    assert.deepEqual(recipe, [
      'ip rule add pref 90 from 10.0.0.1 to 10.0.0.2 iif lo lookup 101 proto kernel',
      'ip rule add pref 90 from 10.0.0.2 to 10.0.0.1 iif lo lookup 102 proto kernel',
      'ip rule add pref 100 lookup local proto kernel',
      'ip rule del pref 0',
    ])
    const applied = await apply(session, file)
    assert.equal(missingRoutes(applied.findings).length, 1)
    assert.ok(applied.rules.every(({ rule }) => rule.intraNode === undefined))
    assert.equal(attempt('ip', 'netns', 'exec', 'vf00', 'ping', '-q', '-c', '1', '-W', '1', vfIp(1, 0)).status, 1)
  })

  it('with half of it still have none, and only the other half is named', () => {
    for (const command of recipe.slice(0, 2)) sh(command)
    const [finding] = missingRoutes(plan(session, file).findings)
    assert.equal(finding?.hint.replace(/^.* until: /, ''), recipe.slice(2).join('; '))
  })

  it('with these commands get a tunnel in (emulated) hardware, whose packets cross both cables', async () => {
    for (const command of recipe.slice(2)) sh(command)
    const planned = plan(session, file)
    assert.deepEqual(missingRoutes(planned.findings), [])
    assert.equal(planned.rules.length, INSIDE + COPYING)
    const applied = await apply(session, file)
    assert.deepEqual([applied.added, applied.changed], [INSIDE, COPYING])
    for (const pci of PCI.slice(0, 2)) await settled(pci)

    using cable0 = new PacketSocket('fabric', 'cable0')
    using cable1 = new PacketSocket('fabric', 'cable1')
    for (const vf of [0, 1]) {
      run('ip', 'netns', 'exec', `vf0${vf}`, 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '5', vfIp(1, 0))
    }
    const outersOn = (cable: PacketSocket, outgoing: boolean) =>
      cable
        .frames()
        .filter((one) => one.outgoing === outgoing)
        .map((one) => outerOf(one.data))
        .filter((outer) => outer !== undefined)
    // A cable's end in the fabric hears what the NIC sends as incoming; frames() hands out each once.
    const [sent0, sent1] = [cable0, cable1].map((cable) => outersOn(cable, false))
    for (const [pf, outers] of [sent0, sent1].entries()) {
      assert.equal(outers?.length, 6, `requests and replies on the cable of NIC ${pf}`)
      for (const { src, dst, vni } of outers ?? []) {
        assert.deepEqual({ src, dst, vni }, { src: vtep(pf), dst: vtep(1 - pf), vni: VNI })
      }
    }
    for (const pci of PCI.slice(0, 2)) await settled(pci)
    const verified = await verify(session, file)
    const inside = verified.rules.filter(({ rule }) => rule.intraNode !== undefined)
    assert.equal(inside.length, INSIDE)
    for (const { rule, verdict, carrying } of inside) {
      const expected = rule.kind === 'bum-decap' ? 'idle' : 'yes'
      assert.deepEqual({ verdict, carrying }, { verdict: 'hardware', carrying: expected }, rule.why)
    }
  })

  it('stay when systemd-networkd starts and deletes what is not its own', async () => {
    sh('ip rule add pref 95 from 203.0.113.9 lookup 9999')
    const ours = () => rtnl.listRules(session.route, 4).filter(({ priority }) => priority !== 95)
    const before = ours()
    await using networkd = await Networkd.start()
    const gone = () => rtnl.listRules(session.route, 4).length === before.length
    await waitFor('systemd-networkd has deleted somebody’s rule', gone)
    await networkd.configured()
    assert.deepEqual(ours(), before)
    assert.deepEqual(plan(session, file).rules, [])
    const { rules } = await verify(session, file)
    for (const { rule, verdict } of rules) if (rule.intraNode) assert.equal(verdict, 'hardware', rule.why)
    run('ip', 'netns', 'exec', 'vf00', 'ping', '-q', '-c', '1', '-W', '5', vfIp(1, 0))
  })

  it('have none where a VTEP is the node’s own address: its own traffic would take the wire too', async () => {
    sh('ip route add default via 10.0.0.254 dev p0 src 10.0.0.1')
    try {
      const planned = plan(session, file)
      const [finding, ...others] = planned.findings.filter(({ code }) => code === 'VTEP_IS_NODE_ADDRESS')
      assert.deepEqual(others, [])
      assert.match(
        finding?.text ?? '',
        /10\.0\.0\.1 and 10\.0\.0\.2, both on this node: 10\.0\.0\.1 is the node's own address$/,
      )
      assert.equal(planned.rules.filter(({ change }) => change === 'remove').length, INSIDE)
    } finally {
      sh('ip route del default')
    }
    assert.deepEqual(plan(session, file).rules, [])
  })

  it('are judged wrong when the routing goes, and apply takes the rules away', async () => {
    sh('ip rule add pref 0 lookup local')
    const judged = await verify(session, file)
    const inside = judged.rules.filter(({ rule }) => rule.intraNode !== undefined)
    assert.equal(inside.length, INSIDE)
    for (const { rule, verdict } of inside) if (rule.kind === 'encap') assert.equal(verdict, 'wrong')
    const applied = await apply(session, file)
    assert.deepEqual([applied.removed, applied.changed], [INSIDE, COPYING])
    assert.equal(missingRoutes(applied.findings)[0]?.hint.endsWith('ip rule del pref 0'), true)
    sh('ip rule del pref 0')
    assert.equal(
      rtnl.listRules(session.route, 4).some(({ priority }) => priority === 0),
      false,
    )
  })
})
