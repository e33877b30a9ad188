/** What can be chosen of a topology (hack/lab/topology/lib.sh): the first value of each is taken where nothing is said. */
export interface Shape {
  tunnel?: 'geneve-ovn' | 'geneve' | 'vxlan' | 'vxlan-ovn'
  underlay?: 'ipv4' | 'ipv6'
  vtep?: 'uplink' | 'vlan' | 'ovs'
  /** Namespaces (`vf00`, `remote` …) without static neighbours. */
  cold?: 'all' | readonly string[]
}

/** As the topology's scripts take it. */
export function shapeArguments(shape: Shape): string[] {
  return Object.entries(shape).map(([name, value]) => `${name}=${String(value)}`)
}

export const showShape = (shape: Shape): string => shapeArguments(shape).join(' ') || 'as it is without choices'

/** `encapsulation` of a Steering file for it, and the VNI. */
export function encapsulationOf({ tunnel = 'geneve-ovn' }: Shape): { text: string; vni: number } {
  const [type, keys] = tunnel.split('-')
  return { text: `{type: ${type}, options: ${keys ?? 'none'}}`, vni: tunnel === 'vxlan-ovn' ? 5 : 5001 }
}

/** Address of the VTEP with that number: PF k has k + 1, the peer 11. */
export function vtepAddress(number: number, { underlay = 'ipv4' }: Shape): string {
  return `${underlay === 'ipv4' ? '10.0.0.' : 'fd00:10::'}${number}`
}

/** The netdev that has the VTEP of a node's uplink `p<index>`. */
export function vtepDevice(index: number, { vtep = 'uplink' }: Shape): string {
  return { uplink: `p${index}`, vlan: `p${index}.100`, ovs: `vtep${index}` }[vtep]
}
