import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { type IpAddress, parseMac, parsePciAddress, parseVni } from '../../src/base/types.js'
import { compile } from '../../src/steering/compile.js'
import type { ChassisVteps, LocalEndpoint, NicSpec, NodeFacts, Steering } from '../../src/steering/model.js'
import { refuseWithoutPlace, resolve } from '../../src/steering/resolve.js'
import { localVtep, ovnDifferences } from '../../src/steering/select.js'

const PFS = 4
const ip = (n: number) => `10.0.0.${n}` as IpAddress
/** Addresses 1 to 8 are the node's. */
const NODE: NodeFacts = {
  pfs: Array.from({ length: PFS }, (_, k) => ({
    pci: parsePciAddress(`0000:d${k}:00.0`),
    uplink: `p${k}`,
    switchId: `${k}`,
    vfs: [{ index: 0, pci: parsePciAddress(`0000:d${k}:00.1`), netdevs: [], representor: `pf${k}vf0` }],
  })),
  addresses: Array.from({ length: 8 }, (_, n) => ({ ip: ip(n + 1), device: 'any' })),
}

interface Wanted {
  nics?: Record<number, number>
  mapping?: Record<number, number>
  byDefault?: number | undefined
  all?: number[]
  override?: number | undefined
  vtepBy?: string
  plane?: (n: number) => string
}

/** One VF on PF 0, and what the file and Open vSwitch say of VTEPs, by the last number of their addresses. */
function steering({
  nics = {},
  mapping = {},
  byDefault,
  all = [],
  override,
  vtepBy,
  plane = () => 'default',
}: Wanted): Steering {
  const vtep = (n: number) => ({ ip: ip(n), plane: plane(n) })
  const chassis: ChassisVteps = {
    mapping: Object.entries(mapping).map(([k, n]) => ({ pf: `p${k}`, ...vtep(n) })),
    ...(byDefault !== undefined && { default: vtep(byDefault) }),
    all: all.map(vtep).sort((a, b) => (a.ip < b.ip ? -1 : 1)),
  }
  const local: LocalEndpoint = {
    vf: 'pf0vf0',
    mac: parseMac('02:00:00:00:00:01'),
    ips: [],
    key: 1,
    ...(override !== undefined && { vtep: ip(override) }),
    ovn: { port: 'a', choice: { ip: ip(1), why: 'test' }, ...(vtepBy !== undefined && { vtepBy }) },
  }
  return {
    encapsulation: { type: 'geneve', port: 6081, options: 'ovn', ttl: 64 },
    fallback: 'never',
    crossPlane: [],
    nics: Object.entries(nics).map(([k, n]): NicSpec => ({ pf: `p${k}`, vtep: ip(n), plane: plane(n) })),
    networks: [{ name: 'n', vni: parseVni(1), local: [local], remote: [] }],
    chassis,
  }
}

function chosen(wanted: Wanted) {
  const { networks, nics } = resolve(steering(wanted), NODE)
  const [endpoint] = networks[0]?.local ?? []
  assert.ok(endpoint)
  return localVtep(endpoint, nics, refuseWithoutPlace)
}

describe('the VTEP of a VF', () => {
  const cases: [title: string, wanted: Wanted, n: number, why: RegExp][] = [
    [
      'named on the endpoint',
      { nics: { 0: 1, 1: 2 }, mapping: { 0: 3 }, override: 2 },
      2,
      /^named on the endpoint, instead of 10\.0\.0\.1 of its own PF/,
    ],
    [
      'of its PF in the file',
      { nics: { 0: 1 }, mapping: { 0: 3 }, byDefault: 4, all: [3, 4] },
      1,
      /own PF 0000:d0:00\.0 by spec\.nics, instead of 10\.0\.0\.3 by ovn-pf-encap-ip-mapping$/,
    ],
    [
      'of its PF in the file, which the mapping confirms',
      { nics: { 0: 3 }, mapping: { 0: 3 } },
      3,
      /own PF 0000:d0:00\.0$/,
    ],
    [
      'of its PF in the mapping',
      { nics: { 1: 1 }, mapping: { 0: 3, 1: 2 }, byDefault: 4, all: [1, 3, 4] },
      3,
      /own PF 0000:d0:00\.0 by ovn-pf-encap-ip-mapping$/,
    ],
    [
      'that is the default',
      { mapping: { 1: 2 }, byDefault: 4, all: [2, 4] },
      4,
      /^ovn-encap-ip-default, because the VF's own PF 0000:d0:00\.0 has none/,
    ],
    ['that is the first', { all: [8, 7] }, 7, /first of the sorted ovn-encap-ip/],
    [
      "that Open vSwitch names for its interface, though it is no PF's",
      { nics: { 0: 1 }, all: [1, 5], override: 5, vtepBy: 'encap-ip' },
      5,
      /^encap-ip, instead of 10\.0\.0\.1/,
    ],
  ]
  for (const [title, wanted, n, why] of cases) {
    it(`is the one ${title}`, () => {
      const found = chosen(wanted)
      assert.equal(found.ip, ip(n))
      assert.match(found.why, why)
    })
  }

  it('is nobody, where nobody says any', () => {
    assert.throws(() => chosen({ nics: { 1: 1 } }), { code: 'UNKNOWN_NIC' })
  })

  it('is not on a node that does not have its address', () => {
    for (const wanted of [{ mapping: { 0: 99 } }, { byDefault: 99 }, { all: [99] }]) {
      assert.throws(() => chosen(wanted), { code: 'VTEP_NOT_CONFIGURED', message: /10\.0\.0\.99/ })
    }
  })

  it('is not of a mapping that names a PF which is not there', () => {
    assert.throws(() => chosen({ mapping: { 0: 1, 7: 2 } }), { code: 'UNKNOWN_PF', message: /names p7/ })
  })

  it('belongs to its own PF or is an explicit override, else what the node falls back to; the same however things are ordered', () => {
    const n = fc.integer({ min: 1, max: 8 })
    const some = fc
      .uniqueArray(fc.integer({ min: 0, max: PFS - 1 }))
      .chain((pfs) =>
        fc
          .uniqueArray(n, { minLength: pfs.length, maxLength: pfs.length })
          .map((vteps) => pfs.map((pf, i) => [pf, vteps[i] as number] as const)),
      )
    fc.assert(
      fc.property(
        some,
        some,
        fc.option(n),
        fc.uniqueArray(n),
        fc.option(n),
        (nics, mapping, byDefault, all, override) => {
          const own = nics.find(([pf]) => pf === 0)?.[1] ?? mapping.find(([pf]) => pf === 0)?.[1]
          const fallback = byDefault ?? [...all].sort((a, b) => a - b)[0]
          const expected = override ?? own ?? fallback
          const wanted = (order: <T>(list: readonly T[]) => T[]) => ({
            nics: Object.fromEntries(order(nics)),
            mapping: Object.fromEntries(order(mapping)),
            byDefault: byDefault ?? undefined,
            all: order(all),
            override: override ?? undefined,
            vtepBy: 'test',
          })
          const asGiven = wanted((list) => [...list])
          if (expected === undefined || (own ?? fallback) === undefined) {
            assert.throws(() => chosen(asGiven), { code: 'UNKNOWN_NIC' })
            return
          }
          const found = chosen(asGiven)
          assert.equal(found.ip, ip(expected))
          assert.deepEqual(chosen(wanted((list) => [...list].reverse())), found)
        },
      ),
    )
  })

  it('is named where OVN sends by another one', () => {
    const differ = (wanted: Wanted) => ovnDifferences(resolve(steering(wanted), NODE), refuseWithoutPlace)
    assert.deepEqual(differ({ nics: { 0: 1 } }), [])
    const [finding] = differ({ mapping: { 0: 3 } })
    assert.equal(finding?.code, 'OVN_CHOOSES_ANOTHER_VTEP')
    assert.match(
      finding?.text ?? '',
      /port a: wanted is 10\.0\.0\.3 .*ovn-pf-encap-ip-mapping.*, OVN sends by 10\.0\.0\.1 \(test\)$/,
    )
    assert.equal(finding?.hint, 'ovs-vsctl set Interface pf0vf0 external_ids:encap-ip=10.0.0.3')
  })

  it('pairs only with one of the same plane and family, else the pair is named', () => {
    const plane = fc.constantFrom('rail0', 'rail1', 'rail2')
    const remote = fc.record({ plane, six: fc.boolean() })
    fc.assert(
      fc.property(fc.constantFrom(1, 2), fc.array(remote, { maxLength: 6 }), (own, remotes) => {
        const wanted = steering({ nics: { 0: own }, plane: (n) => `rail${n}` })
        const ends = remotes.map(({ plane, six }, n) => ({
          mac: parseMac(`02:00:00:00:01:0${n}`),
          ips: [],
          vtep: (six ? `fd00::${n + 1}` : `10.0.1.${n + 1}`) as IpAddress,
          plane,
          key: 100 + n,
        }))
        const networks = wanted.networks.map((network) => ({ ...network, remote: ends }))
        const { rules, findings } = compile(resolve({ ...wanted, networks }, NODE))
        const encapped = rules.flatMap(({ kind, peer }) => (kind === 'encap' ? [peer] : []))
        const fits = (n: number) => remotes[n]?.plane === `rail${own}` && !remotes[n].six
        assert.deepEqual(
          encapped,
          ends.filter((_, n) => fits(n)).map(({ mac }) => mac),
        )
        assert.equal(findings.length, ends.length - encapped.length)
        for (const { code } of findings) assert.ok(['NO_COMMON_PLANE', 'NO_COMMON_FAMILY'].includes(code))
      }),
    )
  })
})
