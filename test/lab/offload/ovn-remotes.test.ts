import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { OvnNode } from '../ovs/ovn-node.js'
import { vfIp, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'

/** Logical ports; what the last one is tied to nobody says. */
const PORTS = [
  { name: 'a', node: 0, representor: 'pf0vf0', pf: 0, vf: 0, encapIp: vtep(0) },
  { name: 'c', node: 1, representor: 'pf0vf0', pf: 2, vf: 0, encapIp: vtep(2) },
  { name: 'f', node: 1, representor: 'pf0vf1', pf: 2, vf: 1, encapIp: undefined },
] as const
const [A, C, F] = PORTS
type Port = (typeof PORTS)[number]

describe('the remotes that OVN’s southbound database gives Open vSwitch’s flows', () => {
  const nodes: OvnNode[] = []
  const here = () => nodes[0] as OvnNode
  after('OVN ends', async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })
  useTopology('pair')
  before('OVN', async () => {
    for (const name of ['node1', 'node2']) nodes.push(await OvnNode.start(name))
    here().startCentral()
    const settings = { 'ovn-remote': `tcp:${vtep(0)}:6642`, 'ovn-encap-type': 'geneve' }
    for (const [at, node] of nodes.entries()) {
      node.startController({ ...settings, 'ovn-encap-ip': `${vtep(2 * at)},${vtep(2 * at + 1)}` })
    }
    here().exec('ovn-nbctl', 'ls-add', 'train')
    for (const { name, node, representor, pf, vf, encapIp } of PORTS) {
      const address = `${vfMac(pf, vf)} ${vfIp(pf, vf)}`
      here().exec('ovn-nbctl', 'lsp-add', 'train', name, '--', 'lsp-set-addresses', name, address)
      nodes[node]?.addPort(representor, name, encapIp === undefined ? {} : { 'encap-ip': encapIp })
    }
    here().exec('ovn-nbctl', '--wait=hv', '--timeout=80', 'sync')
  })

  /** What nicsteer says on the node, of flows from port a to that one; none of all the node's flows is left out of the check. */
  function flowsTo({ pf, vf }: Port) {
    const { items } = REPORTS.flows.parse(JSON.parse(here().exec('nicsteer', 'flows', '-o', 'json')))
    const into = items.filter(
      ({ flow, actualRemoteIp }) => actualRemoteIp !== null && flow.includes(`dst=${vfMac(pf, vf)}`),
    )
    return { items, into: into.filter(({ inPort }) => inPort === A.representor) }
  }
  /** Until it is disposed of; Open vSwitch forgets a flow that is quiet for ten seconds. */
  function pinging(to: Port): Disposable {
    const command = ['netns', 'exec', 'vf00', 'ping', '-q', '-i', '0.5', vfIp(to.pf, to.vf)]
    const child = spawn('ip', command, { stdio: 'ignore' })
    return { [Symbol.dispose]: () => void child.kill('SIGKILL') }
  }

  it('are the port’s own VTEP where it is tied to one, else any of its chassis; no flow of a healthy node is wrong', async () => {
    using _toC = pinging(C)
    using _toF = pinging(F)
    const seen = await waitFor('a flow to each', () => {
      const [toC, toF] = [flowsTo(C), flowsTo(F)]
      return toC.into.length > 0 && toF.into.length > 0 && { toC, toF }
    })
    for (const { expectedRemoteIps, actualRemoteIp } of seen.toC.into) {
      assert.deepEqual([expectedRemoteIps, actualRemoteIp], [[vtep(2)], vtep(2)])
    }
    for (const { expectedRemoteIps } of seen.toF.into) assert.deepEqual(expectedRemoteIps, [vtep(2), vtep(3)])
    const wrong = [...seen.toC.items, ...seen.toF.items].filter(({ verdict }) => verdict === 'wrong')
    assert.deepEqual(
      wrong.map(({ flow, reason }) => [flow, reason]),
      [],
    )
  })

  it('tell that a flow goes to another VTEP of that chassis: wrong, and both are named', async () => {
    const find = ['--bare', '--columns=name', 'find', 'Interface']
    const names = here().exec('ovs-vsctl', ...find, `options:remote_ip="${vtep(3)}"`, `options:local_ip="${vtep(0)}"`)
    const fields = 'set_field:1->tun_id,set_field:0x10002->tun_metadata0'
    const match = `table=0,priority=300,in_port=${A.representor},dl_dst=${vfMac(C.pf, C.vf)}`
    here().exec('ovs-ofctl', 'add-flow', 'br-int', `${match},actions=${fields},output:${names.trim()}`)
    using _toC = pinging(C)
    const [flow] = await waitFor('a flow by the other tunnel', () => {
      const found = flowsTo(C).into.filter(({ actualRemoteIp }) => actualRemoteIp === vtep(3))
      return found.length > 0 && found
    })
    assert.deepEqual([flow?.verdict, flow?.reason?.code], ['wrong', 'WRONG_REMOTE_IP'])
    assert.match(flow?.reason?.text ?? '', new RegExp(`goes to ${vtep(3)}, the destination is behind ${vtep(2)}`))
  })
})
