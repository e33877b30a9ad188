import fc from 'fast-check'
import { type IpAddress, type MacAddress, parseIp, parseMac, parsePciAddress, parseVni } from '../../src/base/types.js'
import type { Encapsulation, NodeFacts, OptionsLayout, Steering } from '../../src/steering/model.js'

/** Random overlays over two or three nodes. Small numbers say everything, so that a failure shrinks to a world that can be read. */

export interface Nic {
  vtep: IpAddress
  plane: string
}

export interface Endpoint {
  node: number
  nic: number
  /** VF of that NIC. */
  index: number
  network: number
  mac: MacAddress
  key: number
  /** The NIC of its node whose VTEP it names, instead of its own. */
  named?: number
}

export interface World {
  encapsulation: Encapsulation
  crossPlane: [string, string][]
  nodes: Nic[][]
  endpoints: Endpoint[]
}

const PLANES = ['default', 'default', 'rail0', 'rail1']
const VFS = 12
export const NETWORKS = 2
const hex = (value: number) => value.toString(16).padStart(2, '0')

const layout = fc.oneof<fc.Arbitrary<OptionsLayout>[]>(
  fc.constant('none'),
  fc.constant('ovn'),
  fc.array(
    fc.record({ class: fc.nat(0xffff), type: fc.nat(0x7f), data: fc.constantFrom('00000000', '0102030405060708') }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
)

const encapsulation: fc.Arbitrary<Encapsulation> = fc.record({
  type: fc.constantFrom('geneve', 'vxlan'),
  port: fc.constantFrom(6081, 4789),
  options: layout,
  ttl: fc.integer({ min: 1, max: 255 }),
})

const nic = fc.record({ family: fc.constantFrom(4, 4, 6), plane: fc.constantFrom(...PLANES) })

const place = fc.record(
  { node: fc.nat(2), nic: fc.nat(2), network: fc.nat(NETWORKS - 1), named: fc.nat(2) },
  { requiredKeys: ['node', 'nic', 'network'] },
)

export const world: fc.Arbitrary<World> = fc
  .record({
    encapsulation,
    crossPlane: fc.uniqueArray(fc.constantFrom<[string, string][]>(['default', 'rail0'], ['rail1', 'rail0']), {
      maxLength: 2,
    }),
    nodes: fc.array(fc.array(nic, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 3 }),
    places: fc.array(place, { minLength: 2, maxLength: VFS }),
  })
  .map(({ encapsulation, crossPlane, nodes, places }) => ({
    encapsulation,
    crossPlane,
    nodes: nodes.map((nics, node) =>
      nics.map(({ family, plane }, at) => ({
        vtep: parseIp(`${family === 4 ? '10.0.0.' : 'fd00::'}${10 * node + at + 1}`),
        plane,
      })),
    ),
    endpoints: places.map(({ node: anyNode, nic: anyNic, network, named }, at) => {
      const node = anyNode % nodes.length
      const nics = nodes[node]?.length ?? 1
      return {
        node,
        nic: anyNic % nics,
        index: at,
        network,
        mac: parseMac(`02:00:00:00:00:${hex(at + 1)}`),
        key: at + 1,
        ...(named !== undefined && { named: named % nics }),
      }
    }),
  }))

/** The NIC whose VTEP an endpoint's packets are to leave by. */
export function ownNic({ nodes }: World, { node, nic, named }: Endpoint): Nic {
  return nodes[node]![named ?? nic]!
}

export const pci = (nic: number) => parsePciAddress(`0000:d${nic}:00.0`)
export const representor = (nic: number, index: number) => `pf${nic}vf${index}`

export function factsOf({ nodes }: World, node: number): NodeFacts {
  return {
    pfs: nodes[node]!.map((_, at) => ({
      pci: pci(at),
      uplink: `p${at}`,
      switchId: hex(at),
      vfs: Array.from({ length: VFS }, (_, index) => ({
        index,
        pci: parsePciAddress(`0000:d${at}:${hex(1 + (index >> 3))}.${index & 7}`),
        netdevs: [],
        representor: representor(at, index),
      })),
    })),
    addresses: nodes[node]!.map(({ vtep }, at) => ({ ip: vtep, device: `p${at}` })),
  }
}

/** The file of one node: its own endpoints are local, the others' remote. */
export function steeringOf(world: World, node: number): Steering {
  return {
    encapsulation: world.encapsulation,
    fallback: 'never',
    crossPlane: world.crossPlane,
    nics: world.nodes[node]!.map(({ vtep, plane }, at) => ({ pf: pci(at), vtep, plane })),
    networks: Array.from({ length: NETWORKS }, (_, at) => {
      const members = world.endpoints.filter(({ network }) => network === at)
      return {
        name: `network${at}`,
        vni: parseVni(100 + at),
        local: members
          .filter((endpoint) => endpoint.node === node)
          .map(({ nic, index, mac, key, named }) => ({
            vf: { pf: pci(nic), index },
            mac,
            ips: [],
            key,
            ...(named !== undefined && { vtep: world.nodes[node]![named]!.vtep }),
          })),
        remote: members
          .filter((endpoint) => endpoint.node !== node)
          .map((endpoint) => ({ mac: endpoint.mac, ips: [], key: endpoint.key, ...ownNic(world, endpoint) })),
      }
    }),
  }
}
