import { strict as assert } from 'node:assert'
import { parsePciAddress } from '../../src/base/types.js'
import { listLinks } from '../../src/kernel/rtnl.js'
import type { PfInfo, Topology } from '../../src/node/facts.js'
import { mtuFindings } from '../../src/offload/mtu.js'
import { TunnelPaths } from '../../src/offload/preflight.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { Namespace } from '../kernel/support/namespace.js'
import { FILE, NODE } from '../steering/sample.js'

/** Netdevs that stand where uplinks and representors do; the MTUs and routes are the kernel's. */
describe('VFs whose packets are too long for their tunnel', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    for (const k of [0, 1]) {
      ns.ip(`link add p${k} type veth peer name far${k}`)
      ns.ip(`link set p${k} up`)
      ns.ip(`link set far${k} up`)
    }
    ns.ip('address add 10.0.0.1/24 dev p0')
    ns.ip('address add 10.0.0.2/24 dev p1')
    ns.ip('rule add from 10.0.0.2 lookup 102')
    ns.ip('route add 10.0.0.0/24 dev p1 table 102')
    for (const name of ['pf0vf0', 'pf0vf1', 'pf1vf3']) ns.ip(`link add ${name} type veth`)
  })
  after(() => ns?.[Symbol.dispose]())

  function topology(): Topology {
    const pfs = NODE.pfs.map(
      ({ pci, uplink, vfs }): PfInfo => ({
        pci,
        driver: 'veth',
        emulated: true,
        uplink: { name: uplink, ifindex: ns.ifindexOf(uplink), up: true, carrier: true, mtu: 1500 },
        switchId: pci,
        eswitchMode: 'switchdev',
        hwTcOffload: 'on',
        vteps: [],
        totalVfs: 4,
        vfs: vfs.map(({ index, representor = '' }) => ({
          index,
          pci: parsePciAddress(pci),
          representor: { name: representor, ifindex: ns.ifindexOf('lo'), up: true },
          netdevs: [],
        })),
      }),
    )
    return { nics: pfs.map((pf) => ({ switchId: pf.switchId, pfs: [pf] })), addresses: [], gaps: [] }
  }

  function findings(text = FILE): string[] {
    const { rules } = compile(resolve(loadSteering(text, 'f').steering, NODE))
    const paths = new TunnelPaths(ns.socket, topology())
    return mtuFindings(rules, paths, topology(), listLinks(ns.socket)).map(
      (one) => `${one.code}: ${one.text} — ${one.hint}`,
    )
  }

  it('are named once each, with what would have to be changed', () => {
    ns.ip('link set p1 mtu 1558')
    // 14 inner Ethernet, 20 IPv4, 8 UDP, 8 GENEVE, 8 for OVN's option
    assert.deepEqual(
      findings(),
      [0, 1].map(
        (index) =>
          `MTU_TOO_SMALL: 0000:d8:00.0 VF ${index} may send packets of 1500 bytes, which are 1558 in the tunnel 10.0.0.1 -> 10.0.0.11; p0 takes 1500 — ` +
          'ip link set p0 mtu 1558 (and on the way), or give the VF an MTU of 1442; longer packets vanish without a word',
      ),
    )
  })

  it('count by the layout of the tunnel, and by the route’s own MTU', () => {
    ns.ip('link set p0 mtu 1550')
    assert.deepEqual(findings(FILE.replace(', options: ovn', '')), [])
    assert.deepEqual(findings(FILE.replace('geneve, options: ovn', 'vxlan')), [])
    ns.ip('route add 10.0.0.11/32 dev p0 mtu 1549')
    assert.equal(findings(FILE.replace('geneve, options: ovn', 'vxlan')).length, 2)
    ns.ip('route del 10.0.0.11/32')
  })

  it('are none when the VFs send shorter ones', () => {
    for (const name of ['pf0vf0', 'pf0vf1', 'pf1vf3']) ns.ip(`link set ${name} mtu 1442`)
    assert.deepEqual(findings(), [])
  })
})
