import { strict as assert } from 'node:assert'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { plan } from '../../../src/offload/plan.js'
import { Session } from '../../../src/offload/session.js'
import { verify } from '../../../src/offload/verify.js'
import { REMOTE_IP, vfIp, vtep } from '../simnic/tunnel-rules.js'
import { outerOf } from '../support/frame.js'
import { restartOvs, revalidated, startOvs, stopOvs, vsctl } from '../support/ovs.js'
import { PacketSocket } from '../support/packet-socket.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile } from './steering.js'

/** VF 0 of both NICs is in the file; VF 1 of the first is OVS's alone, and OVS switches between it and VF 0. */
const file = steeringFile({
  vfs: [
    [0, 0],
    [1, 0],
  ],
})
const PORTS = ['pf0vf0', 'pf0vf1', 'pf1vf0']
/** A revalidation comes at least every half second (other_config:max-revalidator), so this is a minute of them. */
const REVALIDATIONS = 120
const OURS_FROM = 49152

interface Filter {
  pref: number
  chain: number
  options?: { handle?: number; in_hw?: boolean; actions?: { cookie?: string; stats?: { hw_packets?: number } }[] }
}

function filtersOf(device: string): Filter[] {
  const all = JSON.parse(run('tc', '-j', '-s', 'filter', 'show', 'dev', device, 'ingress')) as Filter[]
  return all.filter(({ options }) => options?.handle !== undefined)
}

/** Rules that are not ours: OVS's flows of that port. */
const ovsRulesOf = (device: string) => filtersOf(device).filter(({ pref }) => pref < OURS_FROM)

/** Which rule is where, and whose, without counters. */
const places = (filters: readonly Filter[]) =>
  filters.map(({ pref, chain, options }) => [pref, chain, options?.handle, options?.actions?.at(-1)?.cookie])

const ping = (pf: number, to: string) => inNs(`vf${pf}0`, 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', to)

/** The routing that tunnels inside the node need, as plan names it. */
function routeInside(session: Session): void {
  const missing = plan(session, file).findings.find(({ code }) => code === 'INTRA_NODE_ROUTE')
  const commands = missing?.hint.replace(/^.* until: /, '').split('; ') ?? []
  assert.equal(commands.length, 4)
  for (const command of commands) sh(command)
}

function unrouteInside(): void {
  sh('ip rule add pref 0 lookup local')
  for (const priority of [90, 90, 100]) sh(`ip rule del pref ${priority}`)
}

describe('Open vSwitch as a neighbour: it owns representors and tunnel device', () => {
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  before(() => {
    session = new Session()
    startOvs()
    vsctl('set Open_vSwitch . other_config:max-idle=60000')
    vsctl('add-br br-int')
    for (const port of PORTS) vsctl(`add-port br-int ${port}`)
    vsctl(
      'add-port br-int gnv -- set interface gnv type=geneve options:remote_ip=flow options:local_ip=flow options:key=flow',
    )
  })
  after(async () => {
    await clear(session)
    session[Symbol.dispose]()
    stopOvs()
  })

  it('our rules come behind its own, never drop, and leave its own as they were', async () => {
    await waitFor('OVS has its tunnel device and the ports’ qdiscs', () => {
      const qdiscs = run('tc', 'qdisc')
      return [...PORTS, 'genev_sys_6081'].every((device) => qdiscs.includes(`qdisc ingress ffff: dev ${device} `))
    })
    ping(0, vfIp(0, 1))
    const before = places(ovsRulesOf('pf0vf0'))
    assert.notDeepEqual(before, [], 'OVS has flows in TC')

    const { rules, added } = await apply(session, file)
    assert.deepEqual(places(ovsRulesOf('pf0vf0')), before)
    assert.equal(added, 4)
    assert.deepEqual(rules.map(({ rule, device, verdict }) => [rule.kind, device, rule.priority, verdict]).sort(), [
      ['decap', 'genev_sys_6081', 49162, 'hardware'],
      ['decap', 'genev_sys_6081', 49162, 'hardware'],
      ['encap', 'pf0vf0', 49163, 'hardware'],
      ['encap', 'pf1vf0', 49163, 'hardware'],
    ])
  })

  it('a minute of its revalidations, with flows of its own coming and going, touches none of ours', async function () {
    this.timeout(300_000)
    const ours = () =>
      [...PORTS, 'genev_sys_6081'].map((device) => places(filtersOf(device).filter(({ pref }) => pref >= OURS_FROM)))
    const before = ours()
    vsctl('set Open_vSwitch . other_config:max-idle=2000')
    let came = 0
    let went = 0
    let had = ovsRulesOf('pf0vf0').length > 0
    for (let n = 0; n < REVALIDATIONS; n += 1) {
      // Pauses longer than max-idle in between, so that its flows go.
      if (n % 20 === 0) ping(0, vfIp(0, 1))
      if (n % 20 === 10) for (const pf of [0, 1]) ping(pf, REMOTE_IP)
      revalidated()
      const has = ovsRulesOf('pf0vf0').length > 0
      if (has && !had) came += 1
      if (!has && had) went += 1
      had = has
      assert.deepEqual(ours(), before)
    }
    assert.ok(came >= 3 && went >= 3, `flows of OVS came ${came} times and went ${went} times`)
    for (const pci of PCI.slice(0, 2)) await settled(pci)
    const { rules } = await verify(session, file)
    for (const { rule, verdict, carrying, hardware, software } of rules) {
      assert.deepEqual([verdict, carrying, software.packets], ['hardware', 'yes', 0], rule.why)
      assert.equal(hardware.packets, 2 * 6)
    }
  })

  it('between two NICs ours is for hardware alone: packets cross both cables, and software stays with OVS', async () => {
    routeInside(session)
    try {
      const { rules } = await apply(session, file)
      const alone = rules.filter(({ rule }) => rule.hardwareOnly)
      assert.deepEqual(
        alone.map(({ rule, device, verdict }) => [rule.kind, device, verdict]),
        [
          ['encap', 'pf0vf0', 'hardware'],
          ['encap', 'pf1vf0', 'hardware'],
        ],
      )
      assert.match(run('tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress'), /skip_sw/)
      for (const pci of PCI.slice(0, 2)) await settled(pci)
      using cable0 = new PacketSocket('fabric', 'cable0')
      using cable1 = new PacketSocket('fabric', 'cable1')
      ping(0, vfIp(1, 0))
      for (const [pf, cable] of [cable0, cable1].entries()) {
        const sent = cable.frames().flatMap(({ outgoing, data }) => (outgoing ? [] : (outerOf(data) ?? [])))
        assert.deepEqual(
          sent.map(({ src, dst }) => [src, dst]),
          Array(2).fill([vtep(pf), vtep(1 - pf)]),
        )
      }
    } finally {
      unrouteInside()
      await apply(session, file)
    }
  })

  it('a restart of OVS deletes them with its qdiscs: plan shows all as missing, apply puts them back', async () => {
    restartOvs()
    const planned = await waitFor('OVS has made its qdiscs anew', () => {
      const found = plan(session, file)
      return found.rules.length === 4 && found
    })
    assert.deepEqual(
      planned.rules.map(({ change }) => change),
      ['add', 'add', 'add', 'add'],
    )
    const judged = await verify(session, file)
    assert.ok(judged.rules.every(({ verdict }) => verdict === 'missing'))
    const { added } = await apply(session, file)
    assert.equal(added, 4)
    ping(0, REMOTE_IP)
  })

  it('a NIC that takes priorities up to 16 only refuses them, and says so; TC’s software carries them', async () => {
    await clear(session)
    attempt('ovs-appctl', 'dpctl/del-flows')
    for (const pci of PCI.slice(0, 2)) setKnob(pci, 'profile', 'mlx5-like')
    const { rules } = await apply(session, file)
    for (const { verdict, reason } of rules) assert.deepEqual([verdict, reason?.code], ['software', 'PRIORITY_RANGE'])
    ping(0, REMOTE_IP)

    routeInside(session)
    try {
      const inside = await apply(session, file)
      const alone = inside.rules.filter(({ rule }) => rule.hardwareOnly)
      assert.equal(alone.length, 2)
      for (const { verdict, reason } of alone) assert.deepEqual([verdict, reason?.code], ['missing', 'PRIORITY_RANGE'])
      // Their decap rules are there, in software.
      assert.deepEqual([inside.added, inside.rules.length], [2, 8])
      assert.doesNotMatch(run('tc', 'filter', 'show', 'dev', 'pf0vf0', 'ingress'), /skip_sw/)
    } finally {
      unrouteInside()
    }
  })
})
