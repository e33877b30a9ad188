import { ipFamily } from '../../base/types.js'
import { MAX_VXLAN_DATAPATH_KEY, maxPortKey } from '../layout.js'
import type { LocalEndpoint, Network, Path, RemoteEndpoint, Steering } from '../model.js'

/** Something in a file that is well formed and still can't be meant. */
export interface Contradiction {
  path: Path
  code: string
  what: string
  hint: string
}

/** All contradictions of a file with itself; what the node says comes later (resolve.ts). */
export function contradictions(steering: Steering): Contradiction[] {
  const { networks } = steering
  const path = ['spec', 'networks']
  return [
    ...ofTheEncapsulation(steering),
    ...ofTheNics(steering),
    ...ofCrossPlane(steering),
    ...repeats(
      networks,
      (one) => one.vni,
      path,
      'vni',
      (vni) => ['SAME_VNI_TWICE', `two networks have VNI ${vni}`],
    ),
    ...repeats(
      networks,
      (one) => one.name,
      path,
      'name',
      (name) => ['SAME_NAME_TWICE', `two networks are called ${name}`],
    ),
    ...networks.flatMap((network, n) => ofANetwork(steering, network, [...path, n])),
  ]
}

function ofTheEncapsulation({ encapsulation }: Steering): Contradiction[] {
  const { type, options } = encapsulation
  if (type !== 'vxlan' || typeof options === 'string') return []
  const path = ['spec', 'encapsulation', 'options']
  return [{ path, code: 'BAD_OPTIONS', what: 'VXLAN has no options', hint: 'use options: none, or type: geneve' }]
}

function ofTheNics({ nics }: Steering): Contradiction[] {
  const path = ['spec', 'nics']
  return [
    ...repeats(
      nics,
      (one) => one.vtep,
      path,
      'vtep',
      (vtep) => ['SAME_VTEP_TWICE', `two NICs have the VTEP ${vtep}`],
    ),
    ...repeats(
      nics,
      (one) => one.pf,
      path,
      'pf',
      (pf) => ['SAME_PF_TWICE', `PF ${pf} has two entries`],
    ),
  ]
}

function ofCrossPlane({ nics, crossPlane, source }: Steering): Contradiction[] {
  if (source !== undefined && nics.length === 0) return [] // not known yet
  const planes = new Set(nics.map(({ plane }) => plane))
  return crossPlane.flatMap((pair, index) => {
    const unknown = pair.find((plane) => !planes.has(plane))
    if (unknown === undefined) return []
    return {
      path: ['spec', 'crossPlane', index],
      code: 'UNKNOWN_PLANE',
      what: `no NIC is in plane ${unknown}`,
      hint: `the planes of spec.nics are: ${[...planes].join(', ')}`,
    }
  })
}

function ofANetwork(steering: Steering, network: Network, path: Path): Contradiction[] {
  const endpoints = [
    ...network.local.map((endpoint, e) => ({ endpoint, path: [...path, 'local', e] })),
    ...network.remote.map((endpoint, e) => ({ endpoint, path: [...path, 'remote', e] })),
  ]
  return [
    ...ofTheKeys(steering, network, path, endpoints),
    ...sharedByEndpoints(network, endpoints),
    ...network.remote.flatMap((remote, e) => ofARemote(steering, remote, [...path, 'remote', e])),
  ]
}

interface Placed {
  endpoint: LocalEndpoint | RemoteEndpoint
  path: Path
}

function ofTheKeys({ encapsulation }: Steering, { vni }: Network, path: Path, endpoints: Placed[]): Contradiction[] {
  const { type, options } = encapsulation
  if (options !== 'ovn') return []
  const found: Contradiction[] = []
  if (type === 'vxlan' && vni > MAX_VXLAN_DATAPATH_KEY) {
    found.push({
      path: [...path, 'vni'],
      code: 'BAD_KEY',
      what: `datapath key ${vni} does not fit OVN's VXLAN layout`,
      hint: `it has 12 bits: at most ${MAX_VXLAN_DATAPATH_KEY}`,
    })
  }
  for (const { endpoint, path: at } of endpoints) {
    const { key, mac } = endpoint
    if (key === undefined) {
      const hint = 'options: ovn needs the tunnel key of every port'
      found.push({ path: at, code: 'MISSING_KEY', what: `endpoint ${mac} has no key`, hint })
    } else if (key > maxPortKey(type)) {
      const hint = `at most ${maxPortKey(type)} with ${type}: higher ones are OVN's multicast groups`
      found.push({ path: [...at, 'key'], code: 'BAD_KEY', what: `key ${key} of ${mac} is too large`, hint })
    }
  }
  return found
}

/** What only one endpoint of a network can have: a MAC, a key, an IP address. */
function sharedByEndpoints({ name }: Network, endpoints: Placed[]): Contradiction[] {
  const found: Contradiction[] = []
  const seen = new Set<string>()
  const once = (what: string, value: unknown, path: Path) => {
    if (value === undefined) return
    if (seen.has(`${what} ${value}`)) {
      found.push({
        path,
        code: `SAME_${what}_TWICE`,
        what: `two endpoints of network ${name} have ${what === 'KEY' ? 'key' : what} ${value}`,
        hint: 'each needs its own',
      })
    }
    seen.add(`${what} ${value}`)
  }
  for (const { endpoint, path } of endpoints) {
    once('MAC', endpoint.mac, [...path, 'mac'])
    once('KEY', endpoint.key, [...path, 'key'])
    for (const [index, ip] of endpoint.ips.entries()) once('IP', ip, [...path, 'ips', index])
  }
  return found
}

/** A remote endpoint that no NIC of the file can reach. */
function ofARemote({ nics }: Steering, { mac, vtep, plane }: RemoteEndpoint, path: Path): Contradiction[] {
  if (nics.some((nic) => nic.vtep === vtep)) {
    const what = `${mac} is remote, but its VTEP ${vtep} is one of this node's`
    return [{ path: [...path, 'vtep'], code: 'REMOTE_IS_LOCAL', what, hint: 'list it under local, with its VF' }]
  }
  const inPlane = nics.filter((nic) => nic.plane === plane)
  if (inPlane.length === 0) {
    const hint = `tunnels form only inside one plane; the planes of spec.nics are: ${[...new Set(nics.map((nic) => nic.plane))].join(', ')}`
    return [{ path, code: 'NO_COMMON_PLANE', what: `no NIC is in plane ${plane} of ${mac}`, hint }]
  }
  if (!inPlane.some((nic) => ipFamily(nic.vtep) === ipFamily(vtep))) {
    const what = `no NIC of plane ${plane} has an IPv${ipFamily(vtep)} VTEP for ${vtep}`
    const hint = 'both ends of a tunnel need the same family'
    return [{ path: [...path, 'vtep'], code: 'NO_COMMON_FAMILY', what, hint }]
  }
  return []
}

function repeats<T, V extends string | number>(
  items: readonly T[],
  valueIn: (item: T) => V,
  path: Path,
  field: string,
  say: (value: V) => readonly [code: string, what: string],
): Contradiction[] {
  const seen = new Set<V>()
  return items.flatMap((item, index) => {
    const value = valueIn(item)
    if (!seen.has(value)) {
      seen.add(value)
      return []
    }
    const [code, what] = say(value)
    return { path: [...path, index, field], code, what, hint: 'each needs its own' }
  })
}
