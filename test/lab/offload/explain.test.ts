import { strict as assert } from 'node:assert'
import { apply } from '../../../src/offload/apply.js'
import { clear } from '../../../src/offload/clear.js'
import { explain } from '../../../src/offload/explain/explain.js'
import { PLACES } from '../../../src/offload/explain/hop.js'
import type { Session } from '../../../src/offload/session.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { REMOTE_IP, REMOTE_MAC, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { useSession } from '../support/session.js'
import { inNs, sh } from '../support/shell.js'
import { PCI, settled } from '../support/simnic.js'
import { useTopology } from '../support/topology.js'
import { steeringFile, steeringText } from './steering.js'

const VFS = [
  [0, 0],
  [0, 1],
  [1, 0],
] as const
const file = steeringFile({ vfs: VFS })
const TABLE = 101

interface Fault {
  what: string
  break: string
  mend: string | readonly string[]
  /** Rules are installed only then. */
  applyAfter?: true
  says: RegExp
  /** Somebody else than the host behind the peer. */
  to?: string
  text?: string
}

/** One thing broken at a time, and the last sentence that is to name it. */
const FAULTS: readonly Fault[] = [
  {
    what: 'a representor that is down',
    break: 'ip link set pf0vf0 down',
    mend: 'ip link set pf0vf0 up',
    says: /because representor pf0vf0 is down — ip link set pf0vf0 up$/,
  },
  {
    what: 'offload switched off',
    break: 'ethtool -K pf0vf0 hw-tc-offload off',
    mend: 'ethtool -K pf0vf0 hw-tc-offload on',
    applyAfter: true,
    says: /not in hardware, because the NIC did not take the rule: "TC offload is disabled on net device" — .*hw-tc-offload on/,
  },
  {
    what: 'a rule that somebody deleted',
    break: 'tc filter del dev pf0vf0 ingress pref 11',
    mend: 'true',
    says: /not carried, because the rule is not installed on pf0vf0 — .*nicsteer apply$/,
  },
  {
    what: 'somebody’s filter in front',
    break: `tc filter add dev pf0vf0 ingress pref 5 protocol all flower dst_mac ${REMOTE_MAC} action drop`,
    mend: 'tc filter del dev pf0vf0 ingress pref 5',
    says: /because somebody else's flower filter of priority 5 on pf0vf0 comes before ours and takes these packets/,
  },
  {
    what: 'a route by the other NIC',
    break: `ip route add 10.0.0.11/32 dev p1 table ${TABLE}`,
    mend: `ip route del 10.0.0.11/32 dev p1 table ${TABLE}`,
    says: /: wrong, because the route from 10\.0\.0\.1 to 10\.0\.0\.11 leaves by p1, not by p0/,
  },
  {
    what: 'a remote VTEP that nobody has',
    break: 'true',
    mend: 'true',
    applyAfter: true,
    text: steeringText({ vfs: VFS, peer: '10.0.0.99' }),
    says: /because 10\.0\.0\.99 does not answer on p0/,
  },
  {
    what: 'a cable that is out',
    break: 'ip -n fabric link set cable0 down',
    mend: 'ip -n fabric link set cable0 up',
    says: /because uplink p0 has no carrier/,
  },
  {
    what: 'an uplink whose MTU is too small',
    break: 'ip link set p0 mtu 1500',
    mend: 'ip link set p0 mtu 2000',
    says: /packets of 1500 bytes, which are 15\d\d in the tunnel .* p0 takes 1500 — ip link set p0 mtu/,
  },
  {
    what: 'a VTEP without its address',
    break: 'ip address del 10.0.0.1/24 dev p0',
    mend: ['ip address add 10.0.0.1/24 dev p0', `ip route replace 10.0.0.0/24 dev p0 src 10.0.0.1 table ${TABLE}`],
    says: /not carried, because VTEP 10\.0\.0\.1 is not an address of this node — ip address add/,
  },
  {
    what: 'a way back that is missing',
    break: 'tc filter del dev nicsteer-gnv ingress pref 10',
    mend: 'true',
    says: /because the rule is not installed on nicsteer-gnv/,
  },
  {
    what: 'a tunnel device that is down',
    break: 'ip link set nicsteer-gnv down',
    mend: 'ip link set nicsteer-gnv up',
    says: /because tunnel device nicsteer-gnv is down/,
  },
  {
    what: 'somebody whom the file does not know',
    break: 'true',
    mend: 'true',
    to: '02:00:00:00:77:77',
    says: /not carried, because no rule is wanted from 0000:d8:00\.0 VF 0 .* to 02:00:00:00:77:77/,
  },
]

describe('explain', () => {
  let session: Session
  useSession((opened) => {
    session = opened
  }, 'at the end')
  useTopology('single', 'max_delay_ms=20')
  before(async () => {
    await apply(session, file)
  })
  const told = async (from: string, to: string, by = file) => (await explain(session, by, { from, to })).conclusion

  it('follows a packet in (emulated) hardware, whatever the two are called', async () => {
    assert.match(
      await told('p0/0', REMOTE_MAC),
      /in \(emulated\) hardware, by p0 in the tunnel .*; no packet has come yet/,
    )
    inNs('vf00', 'ping', '-q', '-c', '2', '-i', '0.2', '-W', '5', REMOTE_IP)
    await settled(PCI[0] as string)
    const said = await told(`${PCI[0]}/0`, REMOTE_MAC)
    assert.match(said, /in the tunnel 10\.0\.0\.1 -> 10\.0\.0\.11; [1-9]\d* packets counted there$/)
    for (const from of ['pf0vf0', 'p0/0', vfMac(0, 0)]) {
      for (const to of [REMOTE_IP, REMOTE_MAC.toUpperCase()]) assert.equal(await told(from, to), said, `${from} ${to}`)
    }
    const { hops } = await explain(session, file, { from: 'pf0vf0', to: REMOTE_IP })
    assert.deepEqual(
      hops.map(({ place }) => place),
      PLACES.filter((place) => place !== 'flow' && place !== 'asked'),
    )
    assert.match(await told('pf0vf0', 'pf0vf1'), /in \(emulated\) hardware, by the switch of 0000:d8:00\.0/)
  })

  it('needs no file where the rules are installed', async () => {
    const { conclusion } = await explain(session, undefined, { from: 'pf0vf1', to: REMOTE_MAC })
    assert.match(conclusion, /in \(emulated\) hardware, by p0 in the tunnel/)
  })

  it('knows nobody who is not here', async () => {
    await assert.rejects(told('pf7vf7', REMOTE_MAC), { code: 'UNKNOWN_ENDPOINT' })
    await assert.rejects(told('pf0vf0', '192.168.7.250'), { code: 'UNKNOWN_ENDPOINT' })
    await assert.rejects(told(REMOTE_MAC, 'pf0vf0'), { code: 'NOT_OF_THIS_NODE' })
    await assert.rejects(told('pf0vf0', vfMac(0, 0)), { code: 'SAME_ENDPOINT' })
  })

  it('says which commands are missing between two NICs of the node', async () => {
    assert.match(
      await told('pf0vf0', 'pf1vf0'),
      new RegExp(`from ${vtep(0)} to ${vtep(1)} is local.*ip rule add pref 90`),
    )
  })

  for (const { what, break: break_, mend, applyAfter, says, to = REMOTE_MAC, text } of FAULTS) {
    it(`names ${what}`, async () => {
      const by = text === undefined ? file : loadSteering(text, 'steering.yaml')
      if (applyAfter) await clear(session)
      sh(break_)
      try {
        if (applyAfter) await apply(session, by, { neighbourSeconds: 0 })
        assert.match(await told('pf0vf0', to, by), says)
      } finally {
        for (const command of typeof mend === 'string' ? [mend] : mend) sh(command)
        if (applyAfter) await clear(session)
        await apply(session, file)
        for (const pci of PCI.slice(0, 2)) await settled(pci)
      }
      assert.match(await told('pf0vf0', REMOTE_MAC), /in \(emulated\) hardware/)
    })
  }
})
