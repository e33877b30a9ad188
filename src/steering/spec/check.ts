import { type IpAddress, ipFamily } from '../../base/types.js'
import { MAX_OVN_INGRESS_KEY, MAX_OVN_VXLAN_KEY } from '../layout.js'
import type { Network, Path, Steering } from '../model.js'

/** Something in a file that is well formed and still can't be meant. */
export interface Contradiction {
  path: Path
  code: string
  what: string
  hint: string
}

/** All contradictions of a file with itself; what the node says comes later (resolve.ts). */
export function contradictions(steering: Steering): Contradiction[] {
  return [
    ...ofTheEncapsulation(steering),
    ...ofTheNics(steering),
    ...steering.networks.flatMap((network, n) => ofANetwork(steering, network, n)),
  ]
}

function ofTheEncapsulation({ encapsulation }: Steering): Contradiction[] {
  const { type, options } = encapsulation
  if (type !== 'vxlan' || typeof options === 'string') return []
  const path = ['spec', 'encapsulation', 'options']
  return [{ path, code: 'BAD_OPTIONS', what: 'VXLAN has no options', hint: 'use options: none, or type: geneve' }]
}

function ofTheNics({ nics }: Steering): Contradiction[] {
  const found: Contradiction[] = []
  for (const [index, nic] of nics.entries()) {
    const path = ['spec', 'nics', index]
    const before = nics.slice(0, index)
    if (before.some((one) => one.vtep === nic.vtep)) {
      found.push({
        path: [...path, 'vtep'],
        code: 'SAME_VTEP_TWICE',
        what: `two NICs have the VTEP ${nic.vtep}`,
        hint: 'each PF needs a VTEP address of its own',
      })
    }
    if (before.some((one) => one.pf === nic.pf)) {
      found.push({
        path: [...path, 'pf'],
        code: 'SAME_PF_TWICE',
        what: `PF ${nic.pf} has two entries`,
        hint: 'give each PF one entry',
      })
    }
  }
  return found
}

function ofANetwork(steering: Steering, network: Network, n: number): Contradiction[] {
  const found: Contradiction[] = []
  const { type, options } = steering.encapsulation
  const ovn = options === 'ovn'
  const ours = new Set<IpAddress>(steering.nics.map((nic) => nic.vtep))
  const path = ['spec', 'networks', n]
  if (steering.networks.findIndex((one) => one.vni === network.vni) !== n) {
    found.push({
      path: [...path, 'vni'],
      code: 'SAME_VNI_TWICE',
      what: `two networks have VNI ${network.vni}`,
      hint: 'each network needs a VNI of its own',
    })
  }
  if (ovn && type === 'vxlan' && network.vni > MAX_OVN_VXLAN_KEY) {
    found.push({
      path: [...path, 'vni'],
      code: 'BAD_KEY',
      what: `datapath key ${network.vni} does not fit OVN's VXLAN layout`,
      hint: `it has 12 bits: at most ${MAX_OVN_VXLAN_KEY}`,
    })
  }
  const macs = new Map<string, Path>()
  const endpoints = [
    ...network.local.map((endpoint, e) => ({ endpoint, at: [...path, 'local', e], limit: MAX_OVN_INGRESS_KEY })),
    ...network.remote.map((endpoint, e) => ({ endpoint, at: [...path, 'remote', e], limit: MAX_OVN_INGRESS_KEY })),
  ]
  for (const { endpoint, at, limit } of endpoints) {
    if (macs.has(endpoint.mac)) {
      found.push({
        path: [...at, 'mac'],
        code: 'SAME_MAC_TWICE',
        what: `two endpoints of network ${network.name} have MAC ${endpoint.mac}`,
        hint: 'each needs its own',
      })
    }
    macs.set(endpoint.mac, at)
    const most = type === 'vxlan' ? MAX_OVN_VXLAN_KEY : limit
    if (ovn && endpoint.key === undefined) {
      found.push({
        path: at,
        code: 'MISSING_KEY',
        what: `endpoint ${endpoint.mac} has no key`,
        hint: 'options: ovn needs the tunnel key of every port',
      })
    } else if (ovn && (endpoint.key ?? 0) > most) {
      found.push({
        path: [...at, 'key'],
        code: 'BAD_KEY',
        what: `key ${endpoint.key} of ${endpoint.mac} is too large`,
        hint: `at most ${most} with ${type}`,
      })
    }
  }
  for (const [e, remote] of network.remote.entries()) {
    const at = [...path, 'remote', e, 'vtep']
    if (ours.has(remote.vtep)) {
      found.push({
        path: at,
        code: 'REMOTE_IS_LOCAL',
        what: `${remote.mac} is remote, but its VTEP ${remote.vtep} is one of this node's`,
        hint: 'list it under local, with its VF',
      })
    } else if (!steering.nics.some((nic) => ipFamily(nic.vtep) === ipFamily(remote.vtep))) {
      found.push({
        path: at,
        code: 'NO_COMMON_FAMILY',
        what: `no NIC has an IPv${ipFamily(remote.vtep)} VTEP for ${remote.vtep}`,
        hint: 'both ends of a tunnel need the same family',
      })
    }
  }
  return found
}
