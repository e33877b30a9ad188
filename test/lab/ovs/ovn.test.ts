import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { desired } from '../../../src/offload/desired.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { plan } from '../../../src/offload/plan.js'
import { allIngressFilters, Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { completeSteering } from '../../../src/ovs/source.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { vfIp, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { outerOf } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { inNs, run } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { OvnNode } from './ovn-node.js'

/** Logical ports: node, representor, the PF's and the VF's running numbers, and the VTEP that its interface asks for. */
const PORTS = [
  { name: 'a', node: 1, representor: 'pf0vf0', pf: 0, vf: 0, encapIp: vtep(0) },
  { name: 'b', node: 1, representor: 'pf1vf0', pf: 1, vf: 0, encapIp: vtep(1) },
  { name: 'c', node: 2, representor: 'pf0vf0', pf: 2, vf: 0, encapIp: vtep(2) },
  { name: 'd', node: 2, representor: 'pf1vf0', pf: 3, vf: 0, encapIp: vtep(3) },
  // Nobody ties these two to an encapsulation.
  { name: 'e', node: 1, representor: 'pf1vf1', pf: 1, vf: 1 },
  { name: 'f', node: 2, representor: 'pf0vf1', pf: 2, vf: 1 },
] as const
type Port = (typeof PORTS)[number]
const portOf = (mac: string | undefined) => PORTS.find(({ pf, vf }) => vfMac(pf, vf) === mac)

describe('networks from OVN, with ovn-central and two chassis of two encapsulations', () => {
  const nodes: OvnNode[] = []
  const [here, there] = [() => nodes[0] as OvnNode, () => nodes[1] as OvnNode]
  let session: Session
  // Hooks run as they stand here: OVN has to end before the topology does.
  after('OVN ends', async () => {
    session?.[Symbol.dispose]()
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })
  useTopology('pair')

  before('OVN', async () => {
    session = new Session('/run/netns/node1')
    for (const name of ['node1', 'node2']) nodes.push(await OvnNode.start(name))
    here().startCentral()
    const settings = { 'ovn-remote': `tcp:${vtep(0)}:6642`, 'ovn-encap-type': 'geneve' }
    const mapping = `p0:${vtep(0)},p1:${vtep(1)}`
    here().startController({ ...settings, 'ovn-encap-ip': `${vtep(0)},${vtep(1)}`, 'ovn-pf-encap-ip-mapping': mapping })
    there().startController({ ...settings, 'ovn-encap-ip': `${vtep(2)},${vtep(3)}` })
    here().exec('ovn-nbctl', 'ls-add', 'train')
    for (const { name, node, representor, pf, vf, ...rest } of PORTS) {
      here().exec(
        'ovn-nbctl',
        'lsp-add',
        'train',
        name,
        '--',
        'lsp-set-addresses',
        name,
        `${vfMac(pf, vf)} 192.168.7.${10 * pf + vf + 1}`,
      )
      const where = node === 1 ? here() : there()
      where.addPort(representor, name, 'encapIp' in rest ? { 'encap-ip': rest.encapIp } : {})
    }
    here().exec('ovn-nbctl', '--wait=hv', '--timeout=80', 'sync')
  })
  const file = (stateless = '') =>
    loadSteering(
      `apiVersion: nicsteer/v1alpha1
kind: Steering
spec:
  source:
    ovn:
      southbound: ${here().socket('/run/ovn/ovnsb_db.sock')}
      ovs: ${here().socket('/run/openvswitch/db.sock')}
      stateless: [${stateless}]
`,
      'steering.yaml',
    )
  const representors = new Set(PORTS.filter(({ node }) => node === 1).map(({ representor }) => representor as string))
  const complete = (stateless?: string) => completeSteering(file(stateless), representors)

  /** The tunnel that Open vSwitch sends a packet between two ports by: ofproto/trace goes through all of ovn-controller's flows. */
  function tunnelOf(from: Port, to: Port) {
    const flow = `in_port=${from.representor},dl_src=${vfMac(from.pf, from.vf)},dl_dst=${vfMac(to.pf, to.vf)},dl_type=0x1234`
    const trace = here().exec('ovs-appctl', 'ofproto/trace', 'br-int', flow)
    const set = /set\(tunnel\(tun_id=(0x[0-9a-f]+),src=([^,]+),dst=([^,]+),.*?len=4,(0x[0-9a-f]+)\}/.exec(trace)
    assert.ok(set, trace)
    const [, vni, localIp, remoteIp, option] = set
    return { vni: Number(vni), localIp, remoteIp, option: Number(option).toString(16).padStart(8, '0') }
  }

  it('give the tunnels that ovn-controller programs, for all ports that it ties to an encapsulation', async () => {
    const { rules, findings } = desired(session, await complete())
    const pairs = PORTS.flatMap((from) =>
      from.node === 1 && 'encapIp' in from ? PORTS.map((to) => [from, to] as const) : [],
    )
    const compared = pairs.filter(([, to]) => to.node === 2 && 'encapIp' in to)
    assert.equal(compared.length, 4)
    for (const [from, to] of compared) {
      const rule = rules.find(({ device, peer, kind }) => {
        return (
          kind === 'encap' && device.role === 'representor' && device.name === from.representor && portOf(peer) === to
        )
      })
      assert.ok(rule?.action.kind === 'encap', `${from.name} -> ${to.name}`)
      const { vni, localIp, remoteIp, options } = rule.action.tunnel
      assert.deepEqual(
        { vni, localIp, remoteIp, option: options[0]?.data },
        tunnelOf(from, to),
        `${from.name} -> ${to.name}`,
      )
      assert.deepEqual([localIp, remoteIp], [from.encapIp, 'encapIp' in to && to.encapIp])
    }
    assert.ok(!findings.some(({ text }) => /port [ab]:/.test(text)), 'what is as wanted is no finding')
  })

  it('name the pairs where OVN takes whichever tunnel it finds, which is one of those named', async () => {
    const { findings } = await complete()
    const fallen = findings.filter(({ code }) => code === 'OVN_FALLS_BACK')
    for (const from of PORTS.filter(({ node }) => node === 1)) {
      const to = PORTS[5]
      const { localIp, remoteIp } = tunnelOf(from, to)
      const named = fallen.find(({ text }) => text.includes(`from ${localIp} `) && / to f: /.test(text))
      assert.ok(
        named?.text.includes(`${localIp} -> ${remoteIp}`),
        `${from.name} -> f takes ${localIp} -> ${remoteIp}: ${named?.text}`,
      )
    }
    assert.equal(fallen.length, 2, 'one for each local VTEP')
  })

  it('name the port that OVN sends by another VTEP than its PF has', async () => {
    const { findings, rules } = desired(session, await complete())
    const different = findings.filter(({ code }) => code === 'OVN_CHOOSES_ANOTHER_VTEP')
    assert.equal(different.length, 1)
    assert.match(
      different[0]?.text ?? '',
      /port e: wanted is 10\.0\.0\.2 .*ovn-pf-encap-ip-mapping.*, OVN sends by 10\.0\.0\.1 /,
    )
    assert.equal(tunnelOf(PORTS[4], PORTS[2]).localIp, vtep(0))
    const own = rules.flatMap(({ device, action }) =>
      action.kind === 'encap' && device.role === 'representor' && device.name === 'pf1vf1'
        ? [action.tunnel.localIp]
        : [],
    )
    assert.deepEqual([...new Set(own)], [vtep(1)])
  })

  it('follow ovn-encap-ip-default as OVN does', async () => {
    const setting = 'external_ids:ovn-encap-ip-default'
    try {
      here().exec('ovs-vsctl', 'set', 'Open_vSwitch', '.', `${setting}=${vtep(1)}`)
      await waitFor('OVN sends port e by its new default', () => tunnelOf(PORTS[4], PORTS[2]).localIp === vtep(1))
      const { findings } = desired(session, await complete())
      assert.ok(!findings.some(({ code }) => code === 'OVN_CHOOSES_ANOTHER_VTEP'), 'OVN and the mapping agree now')
      assert.equal(tunnelOf(PORTS[0], PORTS[2]).localIp, vtep(0), 'a port that asks for another one keeps it')
    } finally {
      here().exec('ovs-vsctl', 'remove', 'Open_vSwitch', '.', 'external_ids', 'ovn-encap-ip-default')
    }
  })

  it('are stateless with what northd writes without ACLs, and not with one', async () => {
    const { steering } = await complete('train')
    assert.equal(steering.networks[0]?.intraNode, true)
    here().exec('ovn-nbctl', 'acl-add', 'train', 'to-lport', '0', 'ip4', 'allow')
    here().exec('ovn-nbctl', '--wait=sb', '--timeout=80', 'sync')
    await assert.rejects(complete('train'), { code: 'NOT_STATELESS', message: /ls_out_acl/ })
    here().exec('ovn-nbctl', 'acl-del', 'train')
    here().exec('ovn-nbctl', 'lb-add', 'web', '192.168.7.200:80', '192.168.7.1:80', '--', 'ls-lb-add', 'train', 'web')
    here().exec('ovn-nbctl', '--wait=sb', '--timeout=80', 'sync')
    await assert.rejects(complete('train'), { code: 'NOT_STATELESS', message: /load balancer web/ })
    here().exec('ovn-nbctl', 'ls-lb-del', 'train', 'web')
    here().exec('ovn-nbctl', '--wait=sb', '--timeout=80', 'sync')
    assert.equal((await complete('train')).steering.networks[0]?.intraNode, true)
  })

  it('are what nicsteer plan works with on the node, by two words in the file', () => {
    writeFileSync('/tmp/ovn.yaml', 'apiVersion: nicsteer/v1alpha1\nkind: Steering\nspec:\n  source: ovn\n')
    const printed = here().exec('sh', '-c', 'nicsteer plan -o json -f /tmp/ovn.yaml || [ $? -eq 2 ]')
    const { items, summary } = JSON.parse(printed) as {
      items: { kind: string; action: { tunnel?: { localIp: string; remoteIp: string } } }[]
      summary: { findings: { code: string }[] }
    }
    const pairs = items.flatMap(({ kind, action }) =>
      kind === 'encap' && action.tunnel ? [`${action.tunnel.localIp} ${action.tunnel.remoteIp}`] : [],
    )
    for (const [local, remote] of [
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
    ] as const)
      assert.ok(pairs.includes(`${vtep(local)} ${vtep(remote)}`), printed)
    assert.ok(summary.findings.some(({ code }) => code === 'OVN_FALLS_BACK'))
    assert.equal(
      run('ip', 'netns', 'exec', 'node1', 'tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress').includes('flower'),
      false,
    )
  })

  it('are installed by apply behind Open vSwitch’s own rules and found in (emulated) hardware by verify, between the two NICs as well', async () => {
    const steering = await complete('train')
    const missing = plan(session, steering).findings.find(({ code }) => code === 'INTRA_NODE_ROUTE')
    const commands = missing?.hint.replace(/^.* until: /, '').split('; ') ?? []
    assert.equal(commands.length, 4)
    for (const command of commands) inNs('node1', ...(command.split(' ') as [string, ...string[]]))

    const { rules } = await apply(session, steering)
    for (const { rule, verdict } of rules) assert.equal(verdict, 'hardware', rule.why)
    for (const pci of PCI) await settled(pci)
    using cable0 = new PacketSocket('fabric', 'cable0')
    using cable1 = new PacketSocket('fabric', 'cable1')
    const [a, b, c] = PORTS
    for (const to of [b, c]) inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', vfIp(to.pf, to.vf))
    const sent = (cable: PacketSocket) =>
      cable.frames().flatMap(({ outgoing, data }) => {
        const outer = outgoing ? undefined : outerOf(data)
        return outer ? [`${outer.src} ${outer.dst}`] : []
      })
    // Two requests to each, two answers of b; those of c leave by the other node's cables.
    const [toB, toC, toA] = [`${a.encapIp} ${b.encapIp}`, `${a.encapIp} ${c.encapIp}`, `${b.encapIp} ${a.encapIp}`]
    assert.deepEqual(
      [sent(cable0), sent(cable1)],
      [
        [toB, toB, toC, toC],
        [toA, toA],
      ],
    )

    for (const pci of PCI) await settled(pci)
    const carried = (await verify(session, steering)).rules.filter(({ hardware }) => hardware.packets > 0)
    assert.deepEqual(
      carried
        .map(({ rule, device, verdict, carrying, software, hardware }) => {
          const what =
            rule.kind === 'encap'
              ? `${device} -> ${portOf(rule.peer)?.name}`
              : /^what (\S+) sends to (\S+) /.exec(rule.why)?.slice(1).join(' -> ')
          return `${what}: ${verdict}, ${carrying}, ${hardware.packets}, in software ${software.packets}`
        })
        .sort(),
      [
        `${a.encapIp} -> ${vfMac(b.pf, b.vf)}: hardware, yes, 2, in software 0`,
        `${b.encapIp} -> ${vfMac(a.pf, a.vf)}: hardware, yes, 2, in software 0`,
        `${c.encapIp} -> ${vfMac(a.pf, a.vf)}: hardware, yes, 2, in software 0`,
        'pf0vf0 -> b: hardware, yes, 2, in software 0',
        'pf0vf0 -> c: hardware, yes, 2, in software 0',
        'pf1vf0 -> a: hardware, yes, 2, in software 0',
      ],
    )
    // Nothing is left to do, and nothing is left.
    assert.deepEqual(plan(session, await complete('train')).rules, [])
    await clear(session)
    assert.equal(allIngressFilters(session).filter((filter) => ownershipOf(filter) !== undefined).length, 0)
  })
})
