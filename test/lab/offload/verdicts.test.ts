import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { apply } from '../../../src/offload/apply.js'
import type { Session } from '../../../src/offload/session.js'
import { exitStatus } from '../../../src/offload/verdict.js'
import { type JudgedRule, verify } from '../../../src/offload/verify.js'
import { PEER, REMOTE_IP } from '../simnic/tunnel-rules.js'
import { useSession } from '../support/session.js'
import { attempt, inNs, run, sh } from '../support/shell.js'
import { PCI, setKnob, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { steeringFile, steeringText } from './steering.js'

const wanted = {
  vfs: [
    [0, 0],
    [1, 0],
  ],
} as const
const file = steeringFile(wanted)
const ping = (ns: string) => run('ip', 'netns', 'exec', ns, 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
const tunnelRules = (rules: readonly JudgedRule[], pf: number) =>
  rules.filter(({ rule }) => (rule.kind === 'encap' || rule.kind === 'decap') && rule.pf === PCI[pf])

describe('verify tells the truth when hardware does not carry', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'after each test')
  useTopology('single', 'max_delay_ms=50')
  afterEach(() => {
    for (const pci of PCI.slice(0, 2)) setKnob(pci, 'profile', 'full')
  })

  it('refused: software, with the kernel’s own text, and traffic still flows; the other NIC is not touched by it', async () => {
    setKnob(PCI[0], 'profile', 'none')
    const applied = await apply(session, file)
    ping('vf00')
    ping('vf10')
    await settled(PCI[1])
    const verified = await verify(session, file)
    for (const { rules } of [applied, verified]) {
      const refused = tunnelRules(rules, 0)
      assert.equal(refused.length, 2)
      for (const { verdict, by, reason } of refused) {
        assert.deepEqual(
          { verdict, by, text: reason?.text },
          { verdict: 'software', by: 'tc', text: 'simnic: this profile offloads no rule' },
        )
      }
      assert.ok(tunnelRules(rules, 1).every(({ verdict }) => verdict === 'hardware'))
      assert.equal(exitStatus(rules), 2)
    }
    for (const one of tunnelRules(verified.rules, 0)) assert.ok(one.software.packets >= 2, 'software carried it')
    for (const one of tunnelRules(verified.rules, 1)) assert.equal(one.carrying, 'yes')
  })

  it('asking again for the reason keeps the rule’s counters, and a NIC that takes the rule now has it', async () => {
    setKnob(PCI[0], 'profile', 'none')
    await apply(session, file)
    ping('vf00')
    const [first] = tunnelRules((await verify(session, file)).rules, 0)
    const [second] = tunnelRules((await verify(session, file)).rules, 0)
    assert.ok((first?.software.packets ?? 0) >= 2)
    assert.equal(second?.software.packets, first?.software.packets)
    assert.equal(second?.handle, first?.handle)
    setKnob(PCI[0], 'profile', 'full')
    await verify(session, file)
    assert.ok(tunnelRules((await verify(session, file)).rules, 0).every(({ inHw }) => inHw))
  })

  it('nicsteer verify prints it: exit 2, the verdict, the text, one line of truth', async () => {
    setKnob(PCI[0], 'profile', 'none')
    await apply(session, file)
    writeFileSync('/scratch/steering.yaml', steeringText(wanted))
    const { status, stdout, stderr } = attempt('nicsteer', 'verify', '-f', '/scratch/steering.yaml')
    assert.equal(stderr, '')
    assert.equal(status, 2)
    assert.match(stdout, /^encap 0000:d8:00\.0 VF 0 .* software, by: tc$/m)
    assert.match(stdout, /^software: LAB_PROFILE: "simnic: this profile offloads no rule" \[extack\] — /m)
    assert.match(stdout, /^10 rules: 5 software, 5 hardware \(emulated\); /m)
  })

  it('neighbour not resolved: suspect, not hardware; resolved later: hardware', async () => {
    inNs('peer', 'sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=8') // the peer does not answer
    try {
      sh(`ip neigh flush dev p0`)
      const { rules } = await apply(session, file)
      const encap = tunnelRules(rules, 0).find(({ rule }) => rule.kind === 'encap')
      assert.equal(encap?.inHw, true)
      assert.equal(encap?.verdict, 'suspect')
      assert.equal(encap?.reason?.code, 'NEIGHBOUR_UNRESOLVED')
      assert.equal(exitStatus(rules), 2)
    } finally {
      inNs('peer', 'sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=0')
    }
    sh(
      `ip neigh replace ${PEER} lladdr ${inNs('peer', 'cat', '/sys/class/net/eth0/address').trim()} dev p0 nud reachable`,
    )
    await settled(PCI[0])
    ping('vf00')
    await waitFor('both rules carry in hardware', async () => {
      const { rules } = await verify(session, file)
      return tunnelRules(rules, 0).every(({ verdict, carrying }) => verdict === 'hardware' && carrying === 'yes')
    })
  })

  it('accepted but not carried: suspect, as soon as traffic shows it', async () => {
    setKnob(PCI[0], 'carry', '0')
    try {
      await apply(session, file)
      ping('vf00')
      const { rules } = await verify(session, file)
      const [...seen] = tunnelRules(rules, 0)
      assert.ok(seen.every(({ inHw }) => inHw))
      assert.deepEqual(
        seen.map(({ verdict, reason }) => `${verdict} ${reason?.code}`),
        Array(2).fill('suspect TRAFFIC_IN_SOFTWARE'),
      )
    } finally {
      setKnob(PCI[0], 'carry', '1')
    }
  })

  it('a route by another NIC: refused before anything is installed; appearing later: wrong', async () => {
    const detour = `pref 105 from 10.0.0.1 to ${PEER} lookup 102`
    sh(`ip rule add ${detour}`)
    await assert.rejects(apply(session, file), /leaves by p1, not by p0/)
    assert.equal(run('tc', 'qdisc', 'show', 'dev', 'pf0vf0').includes('clsact'), false)
    sh(`ip rule del ${detour}`)
    await apply(session, file)
    sh(`ip rule add ${detour}`)
    try {
      const { rules } = await verify(session, file)
      assert.equal(tunnelRules(rules, 0).find(({ rule }) => rule.kind === 'encap')?.verdict, 'wrong')
      assert.equal(exitStatus(rules), 3)
    } finally {
      sh(`ip rule del ${detour}`)
    }
  })

  it('a rule that somebody deleted is missing; exit 3', async () => {
    await apply(session, file)
    sh('tc filter del dev pf0vf0 ingress pref 11')
    const { rules } = await verify(session, file)
    assert.equal(tunnelRules(rules, 0).find(({ rule }) => rule.kind === 'encap')?.verdict, 'missing')
    assert.equal(exitStatus(rules), 3)
  })
})
