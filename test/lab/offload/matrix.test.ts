import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { plan } from '../../../src/offload/plan.js'
import { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import type { LoadedSteering } from '../../../src/steering/spec/load.js'
import { runAll } from '../../support/sample.js'
import { REMOTE_IP, REMOTE_MAC, vfIp, vfMac } from '../simnic/tunnel-rules.js'
import { type Endpoint, Overlay, type Passage, type Sighting } from '../support/overlay.js'
import { type Shape, showShape, vtepAddress } from '../support/shape.js'
import { inNs } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile, type Vf } from './steering.js'

/** Every VF of two nodes, and the host behind a plain-Linux peer: who reaches whom, by which cables, under which outer addresses. */

const NODES = [
  { ns: 'node1', pfs: [0, 1] },
  { ns: 'node2', pfs: [2, 3] },
] as const
const PEER_VTEP = 11
const SMALL = 64
/** An inner packet of 1500 bytes. */
const LARGE = 1514
const BROADCAST = 'ff:ff:ff:ff:ff:ff'

const vfsOf = (pfs: readonly number[]): Vf[] => pfs.flatMap((pf) => [0, 1, 2, 3].map((vf) => [pf, vf] as const))
const VFS = vfsOf([0, 1, 2, 3])
const REMOTE: Endpoint & { ip: string } = { ns: 'remote', mac: REMOTE_MAC, vtep: PEER_VTEP, ip: REMOTE_IP }
const ENDPOINTS = [
  ...VFS.map(([pf, vf]) => ({ ns: `vf${pf}${vf}`, mac: vfMac(pf, vf), vtep: pf + 1, pf, ip: vfIp(pf, vf) })),
  REMOTE,
]
const PAIRS = ENDPOINTS.flatMap((from) => ENDPOINTS.filter((to) => to !== from).map((to) => [from, to] as const))

/** What is done by processes takes longer: every fifth of the others, some on each NIC; every one of them once with --all. */
function askedBy(ns: string, shape: Shape): typeof ENDPOINTS {
  const others = ENDPOINTS.filter((one) => one.ns !== ns)
  return runAll() && shape === SHAPES[0] ? others : others.filter((_, at) => at % 5 === 0)
}
const ECHO = ['busybox', 'nc', '-ll', '-p', '7', '-e', '/bin/cat']
const TEXT = 'seq 4000'

/** Each value of each choice, and each tunnel with both underlays; the rest of the product with --all. */
const SHORT: readonly Shape[] = [
  { tunnel: 'geneve-ovn', underlay: 'ipv4', vtep: 'uplink' },
  { tunnel: 'vxlan', underlay: 'ipv6', vtep: 'vlan' },
]
const SHAPES: readonly Shape[] = (['geneve-ovn', 'geneve', 'vxlan', 'vxlan-ovn'] as const).flatMap((tunnel) =>
  (['ipv4', 'ipv6'] as const).flatMap((underlay) =>
    (['uplink', 'vlan'] as const).map((vtep) => ({ tunnel, underlay, vtep })),
  ),
)

for (const shape of runAll() ? SHAPES : SHORT) {
  describe(`all pairs of 16 VFs on two nodes and a plain-Linux peer: ${showShape(shape)}`, () => {
    useTopology('pair', 'max_delay_ms=20', { ...shape, cold: 'all' })
    const files = new Map<string, LoadedSteering>()
    const sessions = new Map<string, Session>()

    before('steering on both nodes', async () => {
      for (const { ns, pfs } of NODES) {
        const file = steeringFile({
          vfs: vfsOf(pfs),
          far: vfsOf(NODES.flatMap((o) => (o.ns === ns ? [] : o.pfs))),
          pfs,
          shape,
        })
        const session = new Session(`/run/netns/${ns}`)
        files.set(ns, file)
        sessions.set(ns, session)
        // The routing that tunnels inside the node need, as plan names it.
        const missing = plan(session, file).findings.find(({ code }) => code === 'INTRA_NODE_ROUTE')
        const commands = missing?.hint.replace(/^.* until: /, '').split('; ') ?? []
        assert.equal(commands.length, 4)
        for (const command of commands) inNs(ns, ...(command.split(' ') as [string, ...string[]]))
      }
      for (const [ns, session] of sessions) {
        const applied = await apply(session, files.get(ns) as LoadedSteering)
        assert.deepEqual(applied.findings, [])
      }
    })
    after(async () => {
      for (const session of sessions.values()) {
        await clear(session)
        session[Symbol.dispose]()
      }
    })

    it('ARP and ND from a cold start: everybody finds everybody', () => {
      const address6 = (ip: string) => `fd00:7::${ip.split('.').at(-1)}`
      for (const { ns } of ENDPOINTS) {
        const asked = askedBy(ns, shape).map(({ ip }) => ip)
        const pings = [...asked, ...asked.slice(0, 2).map(address6)].map(
          (to) => `ping -q -c 1 -W 20 ${to} >/dev/null || echo ${to} &`,
        )
        assert.equal(inNs(ns, 'sh', '-c', `${pings.join(' ')} wait`), '', `what ${ns} does not reach`)
      }
    })

    it('TCP carries 19 kB there and back', () => {
      const servers = ENDPOINTS.map(({ ns }) => spawn('ip', ['netns', 'exec', ns, ...ECHO], { stdio: 'ignore' }))
      try {
        for (const { ns } of ENDPOINTS) {
          const asked = askedBy(ns, shape).map(({ ip }) => ip)
          const streams = asked.map(
            (ip) => `{ [ "$(${TEXT} | busybox nc -w 20 ${ip} 7 | md5sum)" = "$sum" ] || echo ${ip}; } &`,
          )
          const script = `sum=$(${TEXT} | md5sum); ${streams.join(' ')} wait`
          assert.equal(inNs(ns, 'sh', '-c', script), '', `what ${ns} does not reach`)
        }
      } finally {
        for (const server of servers) server.kill('SIGKILL')
      }
    })

    it('each packet, small and large, goes by the right cables under the right outer addresses, to its receiver alone', async () => {
      using overlay = new Overlay(ENDPOINTS, PCI.length)
      const wanted = new Map<string, Sighting>()
      for (const [from, to] of PAIRS) {
        for (const bytes of [SMALL, LARGE]) {
          const tag = `${from.ns}>${to.ns} ${bytes}`
          wanted.set(tag, { receivers: [to.ns], passages: crossing(from, to, shape) })
          overlay.send(tag, from, to.mac, bytes)
        }
      }
      const seen = await overlay.seen(new Map([...wanted.keys()].map((tag) => [tag, 1])))
      for (const [tag, sighting] of wanted) assert.deepEqual(tidy(seen.get(tag)), sighting, tag)
    })

    it('what goes to all reaches each once, by one copy to each VTEP', async () => {
      using overlay = new Overlay(ENDPOINTS, PCI.length)
      for (const from of ENDPOINTS) overlay.send(`${from.ns} to all`, from, BROADCAST, SMALL)
      const seen = await overlay.seen(new Map(ENDPOINTS.map(({ ns }) => [`${ns} to all`, ENDPOINTS.length - 1])))
      for (const from of ENDPOINTS) {
        // One endpoint stands for all behind its VTEP.
        const vteps = [
          ...new Map(ENDPOINTS.filter(({ vtep }) => vtep !== from.vtep).map((to) => [to.vtep, to])).values(),
        ]
        assert.deepEqual(
          tidy(seen.get(`${from.ns} to all`)),
          {
            receivers: ENDPOINTS.map(({ ns }) => ns).filter((ns) => ns !== from.ns),
            passages: sorted(vteps.flatMap((to) => crossing(from, to, shape))),
          },
          `${from.ns} to all`,
        )
      }
    })

    it('every unicast rule is in (emulated) hardware and carries; software saw none of it', async () => {
      for (const pci of PCI) await settled(pci)
      for (const [ns, session] of sessions) {
        const { rules } = await verify(session, files.get(ns))
        const single = rules.filter(({ rule }) => ['encap', 'decap', 'local'].includes(rule.kind))
        // Of each VF: 3 beside it; 4 on the other NIC, 8 on the other node and the peer by tunnel, from 4 VTEPs.
        assert.equal(single.length, 8 * (3 + 13 + 4))
        for (const { rule, verdict, carrying, software } of single)
          assert.deepEqual([verdict, carrying, software.packets], ['hardware', 'yes', 0], rule.why)
      }
    })
  })
}

/** On which cables a packet is seen on its way, and in which tunnel. */
function crossing(from: Endpoint, to: Endpoint, shape: Shape): Passage[] {
  if (from.vtep === to.vtep) return []
  const outer = `${vtepAddress(from.vtep, shape)} -> ${vtepAddress(to.vtep, shape)}`
  return sorted([
    ...(from.pf === undefined ? [] : [{ cable: from.pf, direction: 'out' as const, outer }]),
    ...(to.pf === undefined ? [] : [{ cable: to.pf, direction: 'in' as const, outer }]),
  ])
}

function sorted(passages: readonly Passage[]): Passage[] {
  const key = ({ cable, direction, outer }: Passage) => `${cable} ${direction} ${outer}`
  return [...passages].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function tidy(sighting: Sighting | undefined): Sighting {
  const order = new Map(ENDPOINTS.map(({ ns }, at) => [ns, at]))
  return {
    receivers: [...(sighting?.receivers ?? [])].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
    passages: sorted(sighting?.passages ?? []),
  }
}
