import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { REPORTS } from '../../../src/cli/report-schema.js'
import { verdictItem, verdictSummary } from '../../../src/cli/verdict-report.js'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { Session } from '../../../src/offload/session.js'
import { type JudgedRule, type Verification, verify } from '../../../src/offload/verify.js'
import { PEER, REMOTE_IP, REMOTE_MAC, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { frame } from '../support/frame.js'
import { PacketSocket } from '../support/packet-socket.js'
import { inNs, sh } from '../support/shell.js'
import { DUAL_PCI, hardwareRules, PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile } from './steering.js'

const VFS = [
  [0, 0],
  [1, 0],
] as const
/** How long verify looks; that something happens in that time is waited for. */
const OBSERVE = { observeSeconds: 1 }

const ruleOf = ({ rules }: Verification, kind: string, pf: string): JudgedRule => {
  const found = rules.find(({ rule }) => rule.kind === kind && rule.pf === pf)
  assert.ok(found, `${kind} of ${pf}`)
  return found
}
const show = ({ verdict, carrying, reason }: JudgedRule) => [verdict, carrying, reason?.code].filter(Boolean).join(' ')

describe('the evidence of a verdict', () => {
  const file = steeringFile({ vfs: VFS })
  useTopology('single', 'max_delay_ms=50')
  let session: Session
  before(async () => {
    session = new Session()
    await apply(session, file)
    for (const [pf] of VFS) inNs(`vf${pf}0`, 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
    for (const pci of PCI.slice(0, 2)) await settled(pci)
  })
  after(async () => {
    await clear(session)
    session[Symbol.dispose]()
  })

  /** Verify looks twice; in between VF 0 of PF 0 sends, over and over. */
  async function verifyWhile(send: () => Disposable): Promise<Verification> {
    using _sending = send()
    return await verify(session, file, OBSERVE)
  }
  /** Pings the remote host until it is disposed of. */
  function pinging(): Disposable {
    const child = spawn('ip', ['netns', 'exec', 'vf00', 'ping', '-q', '-i', '0.05', REMOTE_IP], { stdio: 'ignore' })
    return { [Symbol.dispose]: () => void child.kill('SIGKILL') }
  }
  /** Asks, as ARP does of a neighbour that it knows, one that is in no network: no rule is for that, our last one drops it. */
  function asking(): Disposable {
    const socket = new PacketSocket('vf00', 'eth0')
    const question = frame({ src: vfMac(0, 0), dst: '02:00:00:00:ee:ee', ethertype: 0x0806, payload: Buffer.alloc(46) })
    const timer = setInterval(() => socket.send(question), 50)
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer)
        socket[Symbol.dispose]()
      },
    }
  }

  it('has whose hardware it is, the route, the neighbour, the cookie, and is what its schema says', async () => {
    const verification = await verify(session, file)
    for (const [pf] of VFS) {
      const pci = PCI[pf]
      const [encap, decap] = [ruleOf(verification, 'encap', pci), ruleOf(verification, 'decap', pci)]
      for (const { evidence } of [encap, decap]) {
        const { holder, inHwCount, cookie, present, hardware } = evidence
        assert.deepEqual([holder?.pf, holder?.label, inHwCount, present], [pci, 'emulated', 1, 'same'])
        assert.match(cookie ?? '', /^6e696373/)
        assert.ok(hardware.packets >= 2)
      }
      const { path, representor } = encap.evidence
      assert.deepEqual(
        [path?.localIp, path?.remoteIp, path?.exit, path?.device, path?.neighbour],
        [vtep(pf), PEER, 'own-pf', `p${pf}`, 'valid'],
      )
      assert.equal(representor?.device, `pf${pf}vf0`)
      assert.equal(decap.evidence.representor, undefined)
    }
    const items = verification.rules.map(verdictItem)
    const whole = { apiVersion: 'nicsteer/v1alpha1', kind: 'Verify', items, summary: verdictSummary(verification) }
    assert.deepEqual(REPORTS.verify.parse(whole), whole)
  })

  it('names as holder the NIC that has the rule, by simnic’s own lists', async () => {
    const { rules } = await verify(session, file)
    for (const [pf] of VFS) {
      const held = rules.filter(({ evidence }) => evidence.holder?.pf === PCI[pf])
      assert.ok(held.length >= 2)
      assert.equal(hardwareRules(PCI[pf]).length, held.length)
    }
  })

  it('counts what moved meanwhile, in hardware while it carries', async () => {
    const encap = ruleOf(await verifyWhile(pinging), 'encap', PCI[0])
    assert.equal(show(encap), 'hardware yes')
    assert.ok((encap.evidence.moved?.hardware ?? 0) > 0)
    assert.deepEqual([encap.evidence.moved?.software, encap.evidence.representor?.uncounted], [0, 0])
  })

  it('of an idle rule is no suspicion while ARP comes to the representor', async () => {
    const encap = ruleOf(await verifyWhile(asking), 'encap', PCI[0])
    assert.ok((encap.evidence.representor?.moved ?? 0) > 0)
    assert.deepEqual([encap.evidence.moved, encap.evidence.representor?.uncounted], [{ hardware: 0, software: 0 }, 0])
    assert.equal(show(encap), 'hardware yes')
  })

  describe('where somebody else’s filter comes before the rule in software', () => {
    beforeEach(() => setKnob(PCI[0], 'carry', '0'))
    afterEach(() => {
      setKnob(PCI[0], 'carry', '1')
      sh('tc filter del dev pf0vf0 ingress pref 1')
    })
    const redirect = 'action mirred egress redirect dev lo'

    it('is that it took the rule’s packets: suspect, though no counter of the rule moved', async () => {
      sh(
        `tc filter add dev pf0vf0 ingress pref 1 protocol ip flower skip_hw src_mac ${vfMac(0, 0)} dst_mac ${REMOTE_MAC} ${redirect}`,
      )
      const encap = ruleOf(await verifyWhile(pinging), 'encap', PCI[0])
      assert.deepEqual(encap.evidence.moved, { hardware: 0, software: 0 })
      assert.equal(encap.evidence.representor?.takenBy?.priority, 1)
      assert.equal(show(encap), 'suspect TRAFFIC_IN_SOFTWARE')
    })

    it('is nothing where that one takes everything: neither proof nor suspicion', async () => {
      sh(`tc filter add dev pf0vf0 ingress pref 1 protocol all matchall skip_hw ${redirect}`)
      const encap = ruleOf(await verifyWhile(pinging), 'encap', PCI[0])
      assert.ok((encap.evidence.representor?.uncounted ?? 0) > 0)
      assert.equal(show(encap), 'hardware idle PACKETS_AT_REPRESENTOR')
    })

    it('is hardware’s counter as soon as that carries', async () => {
      sh(`tc filter add dev pf0vf0 ingress pref 1 protocol all matchall skip_hw ${redirect}`)
      setKnob(PCI[0], 'carry', '1')
      assert.equal(show(ruleOf(await verifyWhile(pinging), 'encap', PCI[0])), 'hardware yes')
    })
  })

  it('is printed by nicsteer verify: the packets of that time beside all', () => {
    using _sending = pinging()
    const printed = sh('nicsteer verify --observe 1')
    assert.match(
      printed,
      /^encap 0000:d8:00\.0 VF 0 .* \d+ \(\+[1-9]\d*\) +0 \(\+0\) +hardware \(emulated\), carrying: yes$/m,
    )
  })
})

describe('whose hardware has the rules of two PFs of one card', () => {
  useTopology('dual', 'max_delay_ms=20')

  it('is told for each, as simnic’s own lists have it: the sibling takes no rule for the other’s VF', async () => {
    using session = new Session()
    const file = steeringFile({ vfs: VFS, pci: DUAL_PCI })
    try {
      const { rules } = await apply(session, file)
      const decaps = rules.filter(({ rule }) => rule.kind === 'decap')
      assert.deepEqual(decaps.map(({ evidence }) => evidence.holder?.pf).sort(), [...DUAL_PCI])
      for (const pci of DUAL_PCI) {
        const held = rules.filter(({ evidence }) => evidence.holder?.pf === pci)
        assert.equal(hardwareRules(pci).length, held.length)
      }
    } finally {
      await clear(session)
    }
  })
})
