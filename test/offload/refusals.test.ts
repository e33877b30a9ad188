import { strict as assert } from 'node:assert'
import { type Ifindex, parseIfindex, parseIp, parsePciAddress } from '../../src/base/types.js'
import type { tc } from '../../src/kernel/index.js'
import type { Topology } from '../../src/node/facts.js'
import { TunnelPaths } from '../../src/offload/preflight.js'
import { Refusals } from '../../src/offload/refusals.js'
import { Session } from '../../src/offload/session.js'
import { Namespace } from '../kernel/support/namespace.js'

const PF = parsePciAddress('0000:d8:00.0')
/** A port that the list of links does not have: nothing is known of it but the rule. */
const UNLISTED = parseIfindex(4000)

/** The node's answers are the kernel's own; the rules are offered to nobody. */
describe('why a rule was refused', () => {
  let ns: Namespace
  let session: Session
  beforeEach(function () {
    ns = Namespace.create(this)
    ns.ip('link add p0 type veth peer name far0')
    ns.ip('link add vxl0 type vxlan external dstport 4789')
    for (const name of ['lo', 'p0', 'far0']) ns.ip(`link set ${name} up`)
    ns.ip('address add 10.0.0.1/24 dev p0')
    ns.ip('address add 10.0.0.2/32 dev lo')
    session = new Session(ns.path)
  })
  afterEach(() => {
    session?.[Symbol.dispose]()
    ns?.[Symbol.dispose]()
  })

  function refusals(present: readonly tc.Filter[] = []): Refusals {
    const uplink = { name: 'p0', ifindex: ns.ifindexOf('p0'), up: true, carrier: true, mtu: 1500 }
    const pf = { pci: PF, driver: 'veth', emulated: true, uplink, switchId: '00', vteps: [], totalVfs: 0, vfs: [] }
    const pfs = [{ ...pf, eswitchMode: 'switchdev' as const, hwTcOffload: 'on' as const }]
    const topology: Topology = { nics: [{ switchId: '00', pfs }], addresses: [], gaps: [] }
    return new Refusals(session, { topology, paths: new TunnelPaths(session, topology), present })
  }

  const rule = (ifindex: Ifindex, change: Partial<tc.FlowerFilter> = {}): tc.FlowerFilter => ({
    kind: 'flower',
    ifindex,
    parent: 'ingress',
    chain: 0,
    priority: 10,
    protocol: 3,
    match: {},
    actions: [],
    ...change,
  })
  const encapTo = (remote: string): Partial<tc.FlowerFilter> => ({
    actions: [{ kind: 'tunnel_key', operation: 'set', srcIp: parseIp('10.0.0.1'), dstIp: parseIp(remote), keyId: 1 }],
  })
  const decapFrom = (remote: string): Partial<tc.FlowerFilter> => ({
    match: { encSrcIp: parseIp(remote), encDstIp: parseIp('10.0.0.1'), encKeyId: 1, encDstPort: 4789 },
  })

  it('is what the kernel said, where it said something', () => {
    const reason = refusals().reasonOf(rule(ns.ifindexOf('p0')), PF, { text: 'mlx5_core: Unsupported key' })
    assert.deepEqual([reason.code, reason.text], ['KEY_NOT_SUPPORTED', 'mlx5_core: Unsupported key'])
  })

  it('is the device’s own hw-tc-offload', () => {
    const { code, hint } = refusals().reasonOf(rule(ns.ifindexOf('p0')), PF, {})
    assert.equal(code, 'NO_FLOWER_OFFLOAD')
    assert.match(hint, /^p0 has no hw-tc-offload; /)
  })

  it('is the uplink’s for a rule on a tunnel device', () => {
    const { code, hint } = refusals().reasonOf(rule(ns.ifindexOf('vxl0')), PF, {})
    assert.equal(code, 'NO_FLOWER_OFFLOAD')
    assert.match(hint, /^the uplink has no hw-tc-offload; /)
  })

  it('is skip_sw on a tunnel device, and the direction of any other', () => {
    const skipSw = { flags: { skipSw: true } }
    assert.equal(refusals().reasonOf(rule(ns.ifindexOf('vxl0'), skipSw), PF, {}).code, 'SKIP_SW_ON_TUNNEL')
    assert.equal(
      refusals().reasonOf(rule(ns.ifindexOf('p0'), { parent: 'egress' }), PF, {}).code,
      'EGRESS_NOT_OFFLOADED',
    )
  })

  it('is the errno, where there is one', () => {
    assert.equal(refusals().reasonOf(rule(UNLISTED), PF, { errno: 'ENOSPC' }).code, 'NO_ROOM')
  })

  it('is the way of the tunnel’s packets, there and back', () => {
    const codeOf = (change: Partial<tc.FlowerFilter>) => refusals().reasonOf(rule(UNLISTED, change), PF, {}).code
    assert.equal(codeOf(encapTo('10.0.0.11')), 'NEIGHBOUR_UNRESOLVED')
    ns.ip('neighbour add 10.0.0.11 lladdr 02:00:00:00:00:11 dev p0 nud permanent')
    assert.equal(codeOf(encapTo('10.0.0.11')), 'NO_TEXT')
    assert.equal(codeOf(decapFrom('10.0.0.11')), 'NO_TEXT')
    assert.equal(codeOf(encapTo('10.0.0.2')), 'LOCAL_ROUTE')
    assert.equal(codeOf(decapFrom('10.0.0.2')), 'LOCAL_ROUTE')
    assert.equal(codeOf(encapTo('10.7.0.1')), 'NO_ROUTE')
    ns.ip('address del 10.0.0.1/24 dev p0')
    assert.equal(codeOf(encapTo('10.0.0.11')), 'NO_SOURCE_ADDRESS')
  })

  it('is of several copies that of the one whose way is wrong', () => {
    const actions = ['10.0.0.11', '10.0.0.2'].flatMap((remote) => encapTo(remote).actions ?? [])
    assert.equal(refusals().reasonOf(rule(UNLISTED, { actions }), PF, {}).code, 'LOCAL_ROUTE')
  })

  it('is not a block without a driver where another rule of the device is in hardware', () => {
    const vxlan = ns.ifindexOf('vxl0')
    // Of a PF that isn't there nothing is known, so nothing else is the reason.
    const hintWith = (present: readonly tc.Filter[]) =>
      refusals(present).reasonOf(rule(vxlan), parsePciAddress('0000:ff:00.0'), {}).hint
    assert.match(hintWith([]), /not ruled out: .*BLOCK_NOT_BOUND/)
    assert.match(hintWith([rule(vxlan)]), /not ruled out: .*BLOCK_NOT_BOUND/)
    assert.doesNotMatch(hintWith([rule(vxlan, { flags: { inHw: true } })]), /BLOCK_NOT_BOUND/)
  })
})
