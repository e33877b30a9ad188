import { type IpAddress, parseIp, parseMac, parsePciAddress, parseVni } from '../../src/base/types.js'
import type { Network, NodeFacts, RemoteEndpoint, Steering } from '../../src/steering/model.js'

/**
 * A node and an overlay of at least 65,536 rules: two NICs with 64 VFs each, their VFs spread over the networks. In a network each local
 * VF has one encap rule per endpoint elsewhere and per VF on the other NIC, one local rule per VF on its own, one decap rule per VTEP that
 * it hears from, and a few of its own. The many remote VTEPs leave no room for copies of broadcasts; that is a finding for each VF.
 */
const RULES = 65_536
const NICS = 2
const VFS_PER_NIC = 64
const RULES_PER_VF = RULES / (NICS * VFS_PER_NIC)
const REMOTE_VTEPS = 56

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const pci = (nic: number) => parsePciAddress(`0000:d${8 + nic}:00.0`)
const vtep = (nic: number) => parseIp(`10.0.0.${1 + nic}`)
const representor = (nic: number, vf: number) => `pf${nic}vf${vf}`
export const REPRESENTORS = Array.from({ length: NICS * VFS_PER_NIC }, (_, at) =>
  representor(at % NICS, Math.floor(at / NICS)),
)

export const NODE: NodeFacts = {
  pfs: [0, 1].map((nic) => ({
    pci: pci(nic),
    uplink: `p${nic}`,
    switchId: hex(nic, 2),
    vfs: Array.from({ length: VFS_PER_NIC }, (_, index) => ({
      index,
      pci: parsePciAddress(`0000:d${8 + nic}:${hex(1 + (index >> 3), 2)}.${index & 7}`),
      netdevs: [],
      representor: representor(nic, index),
    })),
  })),
  addresses: [0, 1].map((nic) => ({ ip: vtep(nic), device: `p${nic}` })),
}

/** @param networks how many networks the VFs are spread over; each has both NICs' VFs evenly */
export function overlay(networks: number): Steering {
  return {
    encapsulation: { type: 'geneve', port: 6081, options: 'ovn', ttl: 64 },
    fallback: 'never',
    crossPlane: [],
    nics: [0, 1].map((nic) => ({ pf: pci(nic), vtep: vtep(nic), plane: 'default' })),
    networks: Array.from({ length: networks }, (_, at) => network(at, networks)),
  }
}

function network(at: number, networks: number): Network {
  const perNic = VFS_PER_NIC / networks
  // Of a VF's rules these are not encap rules to other nodes: the drop, those to its siblings, decap from the other NIC and every VTEP.
  const remotes = RULES_PER_VF - 1 - (perNic - 1) - perNic - 1 - REMOTE_VTEPS
  return {
    name: `network${at}`,
    vni: parseVni(5000 + at),
    local: Array.from({ length: NICS * perNic }, (_, vf) => {
      const nic = vf % NICS
      const index = at * perNic + Math.floor(vf / NICS)
      const mac = parseMac(`02:00:00:00:${hex(nic, 2)}:${hex(index, 2)}`)
      return { vf: { pf: pci(nic), index }, mac, ips: [], key: 1 + vf }
    }),
    remote: Array.from({ length: remotes }, (_, i) => remote(at, i)),
  }
}

function remote(network: number, at: number): RemoteEndpoint {
  return {
    mac: parseMac(`02:00:${hex(1 + network, 2)}:00:${hex(at >> 8, 2)}:${hex(at & 0xff, 2)}`),
    ips: [],
    vtep: remoteVtep(at),
    plane: 'default',
    key: 1000 + at,
    node: `node${at % REMOTE_VTEPS}`,
  }
}

function remoteVtep(at: number): IpAddress {
  return parseIp(`10.0.1.${1 + (at % REMOTE_VTEPS)}`)
}

/** The overlay with one remote endpoint behind another VTEP; of a network that `at` chooses. */
export function moved(steering: Steering, at: number): Steering {
  const which = at % steering.networks.length
  return {
    ...steering,
    networks: steering.networks.map((network, index) =>
      index !== which
        ? network
        : {
            ...network,
            remote: network.remote.map((one, i) => (i === at ? { ...one, vtep: remoteVtep(at + 1) } : one)),
          },
    ),
  }
}
