import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
// Under Linux 6.12, where tc_setup_cb_add can be traced.
import '../../offload/trace/trace.test.js'
import { parseIfindex, parseIp } from '../../../src/base/types.js'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { tc } from '../../../src/kernel/index.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { ownershipOf } from '../../../src/offload/ownership.js'
import { allIngressFilters, Session } from '../../../src/offload/session.js'
import { isRefused, type OfferEvent, type TraceEvent } from '../../../src/offload/trace/event.js'
import { matchTrace } from '../../../src/offload/trace/match.js'
import { reasonOf } from '../../../src/offload/trace/refusal.js'
import { traceExtack } from '../../../src/offload/trace/trace.js'
import { REMOTE_IP, REMOTE_MAC, vfIp } from '../simnic/tunnel-rules.js'
import { startOvs, stopOvs, useProfile, vsctl } from '../support/ovs.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { PCI, setKnob } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile } from './steering.js'

const NONE = 'simnic: this profile offloads no rule'
const NO_TUNNEL_MATCH = 'simnic: Failed to parse tunnel attributes'

/** All that is heard while `work` runs. */
async function traced(work: () => unknown): Promise<{ events: TraceEvent[]; lost: number }> {
  using trace = traceExtack()
  assert.equal(trace.source, 'tc_setup_cb_add', trace.why)
  await work()
  trace.stop()
  const events: TraceEvent[] = []
  for await (const event of trace) events.push(event)
  return { events, lost: trace.lost }
}

const refusals = (events: readonly TraceEvent[]) =>
  events.filter((event): event is OfferEvent => event.kind === 'offer' && isRefused(event))

describe('refusals are traced to their rules', () => {
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  before(() => {
    session = new Session()
    for (const rep of ['pf0vf2', 'pf0vf3']) sh(`tc qdisc add dev ${rep} ingress_block 22 clsact`)
    sh('tc qdisc add dev pf0vf1 clsact')
  })
  after(() => session[Symbol.dispose]())
  afterEach(async () => {
    await clear(session)
    attempt('tc', 'filter', 'del', 'dev', 'pf0vf1', 'ingress')
    attempt('tc', 'filter', 'del', 'block', '22')
    for (const pci of PCI.slice(0, 2)) setKnob(pci, 'profile', 'full')
  })

  it('of our own apply: each rule that the NIC refused, and none that the other NIC took', async () => {
    setKnob(PCI[0], 'profile', 'none')
    const file = steeringFile({
      vfs: [
        [0, 0],
        [1, 0],
      ],
    })
    const { events, lost } = await traced(() => apply(session, file))
    assert.equal(lost, 0)
    const ours = allIngressFilters(session)
      .filter(tc.isFlower)
      .filter((filter) => ownershipOf(filter) !== undefined && !filter.flags?.skipHw)
    assert.ok(ours.some(({ flags }) => flags?.inHw) && ours.some(({ flags }) => !flags?.inHw))
    for (const filter of ours) {
      const event = matchTrace(events, filter)
      assert.deepEqual(event?.texts, filter.flags?.inHw ? undefined : [NONE])
      if (event === undefined) continue
      assert.deepEqual(
        [event.pid, event.handle, event.cookie],
        [process.pid, filter.handle, filter.actions.at(-1)?.cookie],
      )
      assert.deepEqual([event.before, event.errno], [{ verbose: true }, undefined])
    }
  })

  it('of a rule for hardware alone: with the errno', async () => {
    setKnob(PCI[0], 'refuse', '1 28 Table is full')
    const { events } = await traced(() => attempt('tc', ...rule('pf0vf1', 'skip_sw')))
    const [event, ...others] = refusals(events)
    assert.equal(others.length, 0)
    const { device, chain, priority, texts, errno, comm, asked, took, before } = event ?? assert.fail()
    assert.deepEqual(
      { device, chain, priority, texts, errno, comm, asked, took, before },
      {
        device: 'pf0vf1',
        chain: 0,
        priority: 5,
        texts: ['simnic: Table is full'],
        errno: 28,
        comm: 'tc',
        asked: 1,
        took: 0,
        before: { skipSw: true },
      },
    )
  })

  it('without a text, too: mlx5 often says nothing', async () => {
    setKnob(PCI[0], 'refuse', '1 95')
    const { events } = await traced(() => run('tc', ...rule('pf0vf1')))
    const [event] = refusals(events)
    assert.deepEqual([event?.texts, event?.errno], [[], undefined])
    const [filter] = tc.dumpFilters(session.route, { ifindex: parseIfindex(event?.ifindex ?? 0), parent: 'ingress' })
    assert.equal(filter && matchTrace(events, filter), event)
  })

  it('in a block that two devices share, by the block', async () => {
    setKnob(PCI[0], 'profile', 'none')
    const words = rule('pf0vf2').join(' ').replace('dev pf0vf2 ingress', 'block 22')
    const { events } = await traced(() => sh(`tc ${words}`))
    const [event] = refusals(events)
    assert.deepEqual([event?.block, event?.device, event?.asked], [22, undefined, 2])
    for (const { ifindex } of tc.listQdiscs(session.route).filter(({ ingressBlock }) => ingressBlock === 22)) {
      const [filter] = tc.dumpFilters(session.route, { ifindex, parent: 'ingress' })
      assert.equal(filter && matchTrace(events, filter), event)
    }
  })

  it('what came faster than it was read is counted, not hidden', async () => {
    setKnob(PCI[0], 'profile', 'none')
    const count = 2000
    const [{ ifindex } = assert.fail()] = JSON.parse(run('ip', '-j', 'link', 'show', 'dev', 'pf0vf1')) as {
      ifindex: number
    }[]
    const filters = Array.from(
      { length: count },
      (_, at): tc.FlowerFilter => ({
        kind: 'flower',
        ifindex: parseIfindex(ifindex),
        parent: 'ingress',
        chain: 0,
        priority: 5,
        protocol: tc.ETH_P_IP,
        match: { dstIp: parseIp(`10.1.${at >> 8}.${at & 255}`) },
        actions: [{ kind: 'gact', control: 'drop' }],
      }),
    )
    // Without a turn of the event loop in between.
    const { events, lost } = await traced(() => tc.installFilters(session.route, filters))
    assert.ok(lost > 0)
    assert.equal(refusals(events).length + lost, count)
  })

  it('nicsteer trace extack prints them', async () => {
    setKnob(PCI[0], 'profile', 'none')
    const child = spawn('nicsteer', ['trace', 'extack', '-o', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    const closed = once(child, 'close')
    await once(child.stderr, 'data')
    run('tc', ...rule('pf0vf1'))
    child.kill('SIGINT')
    assert.deepEqual(await closed, [0, null])
    const { items, summary } = REPORTS['trace-extack'].parse(JSON.parse(stdout))
    const [{ rule: place, reason, process } = assert.fail()] = items.filter(({ refused }) => refused)
    assert.deepEqual([place?.device, place?.priority, reason?.text, process.comm], ['pf0vf1', 5, NONE, 'tc'])
    assert.deepEqual([summary.source, summary.refusals, summary.lost], ['tc_setup_cb_add', 1, 0])
  })
})

/** A rule that simnic takes, unless it has a reason not to. */
function rule(device: string, flags = ''): string[] {
  return `filter add dev ${device} ingress protocol ip pref 5 flower ${flags} dst_ip 10.0.0.1 action drop`.split(/\s+/)
}

interface TcFilter {
  pref: number
  chain: number
  options?: { handle?: number; in_hw?: boolean; actions?: { cookie?: string }[] }
}

/** Flows of Open vSwitch in TC, as iproute2 shows them. */
function flowsOf(device: string): TcFilter[] {
  const all = JSON.parse(run('tc', '-j', 'filter', 'show', 'dev', device, 'ingress')) as TcFilter[]
  return all.filter(({ options }) => options?.handle !== undefined)
}

describe('refusals of Open vSwitch’s flows, of which it says nothing', () => {
  useTopology('single', 'max_delay_ms=50')
  const PORTS = ['pf0vf0', 'pf0vf1', 'genev_sys_6081']
  let session: Session
  before(async () => {
    session = new Session()
    startOvs()
    vsctl('set Open_vSwitch . other_config:max-idle=60000')
    vsctl('add-br br-int')
    for (const port of ['pf0vf0', 'pf0vf1']) vsctl(`add-port br-int ${port}`)
    vsctl(
      'add-port br-int gnv -- set interface gnv type=geneve options:remote_ip=flow options:local_ip=flow options:key=flow',
    )
    const toRemote =
      'set_field:5001->tun_id,set_field:10.0.0.1->tun_src,set_field:10.0.0.11->tun_dst,set_field:0x00010065->tun_metadata0,output:gnv'
    run('ovs-ofctl', 'add-tlv-map', 'br-int', '{class=0x102,type=0x80,len=4}->tun_metadata0')
    for (const flow of [
      'priority=0,actions=drop',
      'priority=1,in_port=pf0vf0,actions=output:pf0vf1',
      'priority=1,in_port=pf0vf1,actions=output:pf0vf0',
      `priority=2,in_port=pf0vf0,dl_dst=${REMOTE_MAC},actions=${toRemote}`,
      'priority=1,in_port=gnv,actions=output:pf0vf0',
    ]) {
      run('ovs-ofctl', 'add-flow', 'br-int', flow)
    }
    await waitFor('OVS has its tunnel device and the ports’ qdiscs', () => {
      const qdiscs = run('tc', 'qdisc')
      return PORTS.every((device) => qdiscs.includes(`qdisc ingress ffff: dev ${device} `))
    })
  })
  after(() => {
    session[Symbol.dispose]()
    stopOvs()
  })

  const ping = () => {
    for (const to of [vfIp(0, 1), REMOTE_IP]) inNs('vf00', 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '5', to)
  }
  /** Flows are offered anew, and come back with the traffic. */
  const offeredAgain = () => {
    run('ovs-appctl', 'revalidator/purge')
    ping()
  }

  /** Each flow that tc shows, with the event that is traced to it: of the same filter as a netlink dump reads it. */
  function judged(events: readonly TraceEvent[]) {
    const filters = allIngressFilters(session)
    const links = JSON.parse(run('ip', '-j', 'link')) as { ifname: string; ifindex: number }[]
    return PORTS.flatMap((device) =>
      flowsOf(device).map((flow) => {
        const { pref, chain, options } = flow
        const ifindex = links.find(({ ifname }) => ifname === device)?.ifindex
        const filter = filters.find(
          (one) =>
            one.ifindex === ifindex && one.priority === pref && one.chain === chain && one.handle === options?.handle,
        )
        assert.ok(filter, `${device} ${JSON.stringify(flow)}`)
        return { device, flow, event: matchTrace(events, filter) }
      }),
    )
  }

  it('a healthy NIC refuses none', async () => {
    ping()
    const { events, lost } = await traced(offeredAgain)
    assert.equal(lost, 0)
    assert.deepEqual(refusals(events), [])
    const flows = judged(events)
    for (const device of PORTS)
      assert.ok(
        flows.some((one) => one.device === device),
        `no flow on ${device}`,
      )
    for (const { flow, event } of flows) assert.deepEqual([flow.options?.in_hw, event], [true, undefined])
  })

  /** By device, what is said of each flow that the NIC refuses there. */
  const REFUSED: [profile: string, texts: Record<string, string[]>][] = [
    ['none', { pf0vf0: [NONE], pf0vf1: [NONE], genev_sys_6081: [NONE] }],
    // OVS 3.5 matches enc_flags on kernels from 6.11. The text that names the flags has a number in it: the kernel makes such a one only for
    // who asks (NL_SET_ERR_MSG_FMT).
    ['mlx5-like', { genev_sys_6081: [NO_TUNNEL_MATCH] }],
    // Firmware refuses to make the outer header, and the driver says nothing.
    ['no-encap', { pf0vf0: [], genev_sys_6081: [NO_TUNNEL_MATCH] }],
  ]
  for (const [profile, texts] of REFUSED) {
    it(`profile ${profile}: each flow that is not in hardware has the driver’s own words`, async () => {
      await useProfile(PCI[0], profile)
      const { events, lost } = await traced(offeredAgain)
      assert.equal(lost, 0)
      const refused = new Set<string>()
      for (const { device, flow, event } of judged(events)) {
        const { pref, chain, options } = flow
        if (options?.in_hw) {
          assert.equal(event, undefined, JSON.stringify(flow))
          continue
        }
        refused.add(device)
        assert.ok(event !== undefined, `${device} ${JSON.stringify(flow)}`)
        assert.deepEqual(
          [event.device, event.chain, event.priority, event.handle, event.cookie, event.texts],
          [device, chain, pref, options?.handle, options?.actions?.at(-1)?.cookie, texts[device]],
        )
        assert.match(event.cookie ?? '', /^[0-9a-f]{32}$/)
        assert.match(event.comm, /^(handler|revalidator)\d+$/)
        assert.equal(reasonOf(event)?.text, texts[device]?.[0])
      }
      assert.deepEqual([...refused].sort(), Object.keys(texts).sort())
      assert.doesNotMatch(run('ovs-appctl', 'dpctl/dump-flows', '-m'), /simnic/)
    })
  }
})
