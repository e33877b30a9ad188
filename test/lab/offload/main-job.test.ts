import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type Applied, apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { Session } from '../../../src/offload/session.js'
import { exitStatus } from '../../../src/offload/verdict.js'
import { type JudgedRule, verify } from '../../../src/offload/verify.js'
import { optionFrom, PEER, REMOTE_IP, VNI, vtep } from '../simnic/tunnel-rules.js'
import { cableCount, countCable } from '../support/cable.js'
import { outerOf } from '../support/frame.js'
import { deviceCounter, PacketSocket } from '../support/packet-socket.js'
import { inNs, run } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile } from './steering.js'

const PFS = [0, 1] as const
const VFS = [0, 1, 2, 3] as const
const STREAM_SECONDS = 10

const file = steeringFile({ vfs: PFS.flatMap((pf) => VFS.map((vf) => [pf, vf] as const)) })

/** Packets that the VF's own netdev says it sent and received. */
function vfPackets(pf: number, vf: number): { sent: number; received: number } {
  const read = (name: string) => Number(inNs(`vf${pf}${vf}`, 'cat', `/sys/class/net/eth0/statistics/${name}`))
  return { sent: read('tx_packets'), received: read('rx_packets') }
}

function ruleOf(rules: readonly JudgedRule[], kind: 'encap' | 'decap', pf: number, vf: number): JudgedRule {
  const found = rules.find(({ rule }) => rule.kind === kind && rule.pf === PCI[pf] && rule.vf?.index === vf)
  assert.ok(found, `no ${kind} rule for VF ${vf} of PF ${pf}`)
  return found
}

/** Packets that software saw on a representor. */
const onRepresentor = (pf: number, vf: number) => {
  const text = run(
    'ip',
    '-j',
    '-s',
    'stats',
    'show',
    'dev',
    `pf${pf}vf${vf}`,
    'group',
    'offload',
    'subgroup',
    'cpu_hit',
  )
  return (JSON.parse(text) as { stats64?: { rx?: { packets: number } } }[])[0]?.stats64?.rx?.packets ?? 0
}

describe('every VF’s packets leave by its own NIC, in (emulated) hardware', () => {
  useTopology('single')
  let session: Session
  let applied: Applied
  let server: ChildProcess[] = []

  before(async () => {
    session = new Session()
    for (const pf of PFS) countCable(pf)
    applied = await apply(session, file)
  })
  after(async () => {
    for (const child of server) child.kill('SIGKILL')
    await clear(session)
    session[Symbol.dispose]()
  })

  it('apply installs a rule per pair and direction, all in hardware', () => {
    const kinds = (kind: string) => applied.rules.filter((one) => one.rule.kind === kind)
    assert.equal(kinds('encap').length, 8)
    assert.equal(kinds('decap').length, 8)
    assert.equal(applied.added, applied.rules.length)
    for (const one of [...kinds('encap'), ...kinds('decap'), ...kinds('local')]) {
      assert.equal(one.verdict, 'hardware')
      assert.equal(one.inHwCount, 1)
    }
  })

  it('outer headers are those of the VF’s own NIC, with OVN’s option, on its own cable', async () => {
    using cable0 = new PacketSocket('fabric', 'cable0')
    using cable1 = new PacketSocket('fabric', 'cable1')
    const sockets = [cable0, cable1]
    for (const pf of PFS) {
      for (const vf of VFS) {
        run('ip', 'netns', 'exec', `vf${pf}${vf}`, 'ping', '-q', '-c', '1', '-W', '5', REMOTE_IP)
        const frames = sockets.map((socket) =>
          socket
            .frames()
            .filter((one) => !one.outgoing)
            .map((one) => outerOf(one.data)),
        )
        const sent = frames.map((list) => list.filter((outer) => outer !== undefined))
        assert.equal(sent[1 - pf]?.length, 0, 'nothing on the other NIC’s cable')
        assert.equal(sent[pf]?.length, 1)
        const outer = sent[pf]?.[0]
        assert.equal(outer?.src, vtep(pf))
        assert.equal(outer?.dst, PEER)
        assert.equal(outer?.vni, VNI)
        assert.equal(outer?.udpDestination, 6081)
        assert.equal(outer?.srcMac, readFileSync(`/sys/class/net/p${pf}/address`, 'utf8').trim())
        // class, type, length in dwords, data: as in `geneve_opts` of tc
        const [optionClass, type, data] = optionFrom(pf, vf).split(':')
        assert.equal(outer?.options.toString('hex'), `${optionClass}${type}01${data}`)
        assert.equal(outer?.flags & 0x40, 0, 'hardware never sets the critical bit')
      }
    }
  })

  it('ten seconds of TCP from a VF of each NIC, both at once, both ways', async function () {
    this.timeout(120_000)
    const before = { cables: PFS.map(cableCount), vfs: PFS.map((pf) => vfPackets(pf, 0)) }
    server = PFS.map((pf) =>
      spawn('ip', ['netns', 'exec', 'remote', 'iperf3', '-s', '-p', String(5201 + pf)], { stdio: 'ignore' }),
    )
    await waitFor('both servers listen', () => {
      const listening = inNs('remote', 'ss', '-Hltn')
      return PFS.every((pf) => listening.includes(`:${5201 + pf} `))
    })
    const streams = PFS.map((pf) => iperf(`vf${pf}0`, 5201 + pf, pf === 1))
    for (const stream of await Promise.all(streams)) {
      assert.ok(stream.bytes > 1_000_000, `only ${stream.bytes} bytes arrived`)
    }
    for (const pf of PFS) await settled(PCI[pf])

    const { rules } = await verify(session, file)
    for (const pf of PFS) {
      const own = cableCount(pf)
      const sent = vfPackets(pf, 0).sent - (before.vfs[pf]?.sent ?? 0)
      assert.ok(sent > 100)
      assert.equal(
        own.own - (before.cables[pf]?.own ?? 0),
        sent,
        'what the VF sent left by its own NIC’s cable, all of it',
      )
      assert.equal(own.other, 0, 'and nothing with another outer source')
      for (const kind of ['encap', 'decap'] as const) {
        const rule = ruleOf(rules, kind, pf, 0)
        assert.deepEqual({ verdict: rule.verdict, carrying: rule.carrying }, { verdict: 'hardware', carrying: 'yes' })
        assert.equal(rule.software.packets, 0)
      }
    }
  })

  it('hardware counters equal the packets that the VFs sent and received; the representors saw none', async () => {
    for (const pf of PFS)
      for (const vf of VFS)
        run('ip', 'netns', 'exec', `vf${pf}${vf}`, 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
    for (const pf of PFS) await settled(PCI[pf])
    const { rules } = await verify(session, file)
    for (const pf of PFS) {
      for (const vf of VFS) {
        const { sent, received } = vfPackets(pf, vf)
        assert.equal(ruleOf(rules, 'encap', pf, vf).hardware.packets, sent, `encap of VF ${vf} of PF ${pf}`)
        assert.equal(ruleOf(rules, 'decap', pf, vf).hardware.packets, received, `decap of VF ${vf} of PF ${pf}`)
        assert.equal(onRepresentor(pf, vf), 0, `representor of VF ${vf} of PF ${pf}`)
      }
    }
    const tunnelRules = rules.filter(({ rule }) => rule.kind === 'encap' || rule.kind === 'decap')
    assert.ok(tunnelRules.every((one) => one.verdict === 'hardware' && one.carrying === 'yes'))
    assert.equal(exitStatus(rules), 0)
    assert.equal(deviceCounter('nicsteer-gnv', 'rx_packets'), 0, 'software decapsulated nothing')
  })
})

/** One TCP stream from a VF's namespace to the remote endpoint, or back; what arrived. */
function iperf(ns: string, port: number, reverse: boolean): Promise<{ bytes: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'ip',
      [
        'netns',
        'exec',
        ns,
        'iperf3',
        '-J',
        '-c',
        REMOTE_IP,
        '-p',
        String(port),
        '-t',
        String(STREAM_SECONDS),
        ...(reverse ? ['-R'] : []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.on('close', (status) => {
      if (status !== 0) reject(new Error(`iperf3 in ${ns}: status ${status}: ${output.slice(0, 500)}`))
      else
        resolve({ bytes: (JSON.parse(output) as { end: { sum_received: { bytes: number } } }).end.sum_received.bytes })
    })
  })
}
