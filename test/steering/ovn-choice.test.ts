import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import {
  encapOrder,
  type OvnChassis,
  type OvnTunnel,
  ovnLocalIp,
  ovnTunnel,
  ovnTunnels,
  tunnelType,
} from '../../src/steering/ovn-choice.js'

const A = '10.0.0.1'
const B = '10.0.0.2'
const C = '10.0.0.3'

describe('the VTEP that OVN chooses', () => {
  /** As ovn-controller(8) and ovn-nb(5) describe them, and as read in the controller's source; nothing of ours is used to make the table. */
  const cases: [
    title: string,
    ips: string[],
    isDefault: string | undefined,
    wishes: { requested?: string; interface?: string },
    ip: string,
    why: RegExp,
  ][] = [
    ['one encapsulation', [A], undefined, {}, A, /first of the sorted/],
    [
      'one encapsulation, and encap-ip names it',
      [A],
      undefined,
      { interface: A },
      A,
      /first of the sorted ovn-encap-ip$/,
    ],
    ['one encapsulation, and encap-ip names another', [A], undefined, { interface: B }, A, /ignored.*only one/],
    ['two, nobody asks', [B, A], undefined, {}, A, /first of the sorted/],
    ['two, with a default', [A, B], B, {}, B, /ovn-encap-ip-default/],
    ['two, encap-ip', [A, B], undefined, { interface: B }, B, /encap-ip of the Interface/],
    ['two, encap-ip against the default', [A, B], A, { interface: B }, B, /encap-ip of the Interface/],
    ['two, encap-ip unknown', [A, B], undefined, { interface: C }, A, /none of the chassis's/],
    ['two, encap-ip unknown, with a default', [A, B], B, { interface: C }, B, /none of the chassis's/],
    ['requested-encap-ip against encap-ip', [A, B, C], A, { requested: C, interface: B }, C, /requested-encap-ip/],
    [
      'requested-encap-ip unknown, encap-ip known',
      [A, B],
      undefined,
      { requested: C, interface: B },
      A,
      /requested-encap-ip 10\.0\.0\.3 is none/,
    ],
    ['sorted as text', ['10.0.0.9', '10.0.0.10'], undefined, {}, '10.0.0.10', /sorted/],
    ['an empty encap-ip', [A, B], B, { interface: '' }, B, /none of the chassis's/],
  ]
  for (const [title, ips, isDefault, wishes, ip, why] of cases) {
    it(`with ${title} is ${ip}`, () => {
      const encaps = ips.map((one) => ({ type: 'geneve', ip: one, isDefault: one === isDefault }))
      const choice = ovnLocalIp(wishes, encaps, encapOrder(ips, isDefault))
      assert.equal(choice?.ip, ip)
      assert.match(choice?.why ?? '', why)
    })
  }

  it('is none without ovn-encap-ip', () => assert.equal(ovnLocalIp({}, [], []), undefined))

  it('has number 0 where it is the default, and the others keep their places', () => {
    assert.deepEqual(encapOrder([C, A, B], C), [C, B, A])
    assert.deepEqual(encapOrder([C, A, B], undefined), [A, B, C])
    assert.deepEqual(encapOrder([C, A], B), [A, C], 'a default that is none of them is ignored')
  })

  it('is one of ovn-encap-ip, whatever is asked', () => {
    const ip: fc.Arbitrary<string> = fc.constantFrom(A, B, C, '10.0.0.10')
    fc.assert(
      fc.property(
        fc.uniqueArray(ip, { minLength: 1 }),
        fc.option(ip),
        fc.option(ip),
        fc.option(ip),
        (ips, isDefault, requested, iface) => {
          const encaps = ips.map((one) => ({ type: 'geneve', ip: one, isDefault: one === isDefault }))
          const wishes = { requested: requested ?? undefined, interface: iface ?? undefined }
          const choose = (list: string[]) => ovnLocalIp(wishes, encaps, encapOrder(list, isDefault ?? undefined))?.ip
          const chosen = choose(ips)
          assert.ok(ips.includes(chosen ?? ''))
          assert.equal(choose([...ips].reverse()), chosen)
        },
      ),
    )
  })
})

describe("OVN's tunnels between two chassis", () => {
  const chassis = (name: string, ips: string[], rest: Partial<OvnChassis> = {}, types = ['geneve']): OvnChassis => ({
    name,
    encaps: types.flatMap((type) => ips.map((ip) => ({ type, ip, isDefault: false }))),
    transportZones: [],
    isRemote: false,
    isInterconn: false,
    ...rest,
  })
  const here = chassis('here', [A, B])
  const tunnels = (one: OvnChassis, other: OvnChassis) => {
    const found = ovnTunnels(one, other)
    return typeof found === 'string' ? found : found.map(({ local, remote }) => `${local} ${remote}`).sort()
  }

  it('are one for each pair of addresses, of the best type that both have', () => {
    const there = chassis('there', [C], {}, ['vxlan', 'geneve'])
    assert.deepEqual(tunnels(here, there), [`${A} ${C}`, `${B} ${C}`])
    assert.equal(tunnelType(here, there), 'geneve')
    assert.equal(tunnelType(there, chassis('vxlan only', [A], {}, ['vxlan'])), 'vxlan')
  })

  it('are none without a common type or zone, nor into another zone from a chassis that is no gateway', () => {
    assert.match(String(tunnels(here, chassis('there', [C], {}, ['vxlan']))), /type of encapsulation/)
    assert.match(String(tunnels(here, chassis('there', [C], { transportZones: ['z'] }))), /transport zone/)
    const zones = { transportZones: ['y', 'z'] }
    assert.equal(tunnels(chassis('here', [A], zones), chassis('there', [C], { transportZones: ['z'] })).length, 1)
    const remote = chassis('there', [C], { isRemote: true })
    assert.match(String(tunnels(here, remote)), /another zone/)
    assert.equal(tunnels({ ...here, isInterconn: true }, remote).length, 2)
  })

  const D = '10.0.0.4'
  const four: OvnTunnel[] = [A, B].flatMap((local) => [C, D].map((remote) => ({ local, remote })))
  it('serve a pair exactly where both ends are named, or there is only one', () => {
    assert.deepEqual(ovnTunnel(four, B, D), { exact: { local: B, remote: D } })
    const one = four.filter(({ remote }) => remote === C)
    assert.deepEqual(ovnTunnel(one, A, undefined), { exact: { local: A, remote: C } })
  })
  it('else any that leave by the same address, else any at all', () => {
    assert.deepEqual(ovnTunnel(four, B, undefined), { anyOf: four.slice(2) })
    assert.deepEqual(ovnTunnel(four, B, '10.0.0.99'), { anyOf: four })
    assert.deepEqual(ovnTunnel(four, '10.0.0.99', undefined), { anyOf: four })
  })
})
