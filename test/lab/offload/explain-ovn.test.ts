import { strict as assert } from 'node:assert'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { OvnNode } from '../ovs/ovn-node.js'
import { vfIp, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { inNs } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'

/** Logical ports of one switch: node, representor, the PF's and the VF's running numbers. */
const PORTS = [
  { name: 'train_worker-0', node: 1, representor: 'pf0vf0', pf: 0 },
  { name: 'train_worker-1', node: 2, representor: 'pf0vf0', pf: 2 },
] as const
const [OURS, THEIRS] = PORTS

describe('explain, where OVN has the pods', () => {
  const nodes: OvnNode[] = []
  const [here, there] = [() => nodes[0] as OvnNode, () => nodes[1] as OvnNode]
  // Hooks run as they stand here: OVN has to end before the topology does.
  after('OVN ends', async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })
  useTopology('pair')

  before('OVN', async () => {
    for (const name of ['node1', 'node2']) nodes.push(await OvnNode.start(name))
    // A start of nicsteer takes as long here as a flow stays by default.
    const settings = ['other_config:hw-offload=true', 'other_config:max-idle=300000']
    for (const node of nodes) node.exec('ovs-vsctl', 'set', 'Open_vSwitch', '.', ...settings)
    here().startCentral()
    const ids = { 'ovn-remote': `tcp:${vtep(0)}:6642`, 'ovn-encap-type': 'geneve' }
    const mapping = `p0:${vtep(0)},p1:${vtep(1)}`
    here().startController({ ...ids, 'ovn-encap-ip': `${vtep(0)},${vtep(1)}`, 'ovn-pf-encap-ip-mapping': mapping })
    there().startController({ ...ids, 'ovn-encap-ip': `${vtep(2)},${vtep(3)}` })
    here().exec('ovn-nbctl', 'ls-add', 'train')
    for (const { name, node, representor, pf } of PORTS) {
      const address = `${vfMac(pf, 0)} ${vfIp(pf, 0)}`
      here().exec('ovn-nbctl', 'lsp-add', 'train', name, '--', 'lsp-set-addresses', name, address)
      ;(node === 1 ? here() : there()).addPort(representor, name, { 'encap-ip': vtep(pf) })
    }
    here().exec('ovn-nbctl', '--wait=hv', '--timeout=80', 'sync')
  })

  function told(to: string) {
    const command = `nicsteer explain --from ${OURS.name} --to ${to} -o json; [ $? -ne 1 ]`
    return REPORTS.explain.parse(JSON.parse(here().exec('sh', '-c', command)))
  }

  it('finds a pod of another node by its logical port, and asks what would become of a packet', () => {
    const { items, summary } = told(THEIRS.name)
    assert.match(summary.to, new RegExp(`^${vfMac(2, 0)} on `))
    const asked = items.find(({ place }) => place === 'asked')
    assert.match(
      asked?.found ?? '',
      new RegExp(`ICMP echo request from ${vfIp(0, 0)} to ${vfIp(2, 0)}`.replaceAll('.', '\\.')),
    )
    assert.equal(summary.by, 'asked')
    assert.match(
      summary.conclusion,
      /asked, Open vSwitch would send it by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.3 —/,
    )
  })

  it('follows OVN’s flows in (emulated) hardware, by IP too', async () => {
    inNs('vf00', 'ping', '-q', '-c', '5', '-i', '0.2', '-W', '5', vfIp(2, 0))
    await settled(PCI[0] as string)
    const { items, summary } = told(vfIp(2, 0))
    assert.equal(summary.carrying, 'yes', summary.conclusion)
    assert.deepEqual([summary.by, summary.verdict], ['flow', 'hardware'])
    assert.match(
      summary.conclusion,
      /in \(emulated\) hardware, by p0 in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.3; \d+ packets/,
    )
    assert.match(
      items.find(({ place }) => place === 'tunnel')?.found ?? '',
      /local_ip expected: 10\.0\.0\.1 \(external_ids:encap-ip of Interface pf0vf0\)/,
    )
  })
})
