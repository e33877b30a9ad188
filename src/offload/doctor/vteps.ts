import { orUndefined } from '../../base/errors.js'
import { formatIp, type IpAddress, type IpFamily, ipBytes, ipFamily } from '../../base/types.js'
import type { rtnl } from '../../kernel/index.js'
import { bridgesOf } from '../../ovs/bridges.js'
import { chassisVteps } from '../../ovs/chassis-vteps.js'
import type { ChassisVteps, NicSpec, NodeFacts } from '../../steering/model.js'
import { findPf } from '../../steering/resolve.js'
import { uplinksUnder } from '../uplinks-under.js'
import { known, type NodeState, type PfState, type VtepState } from './state.js'
import { ovnSetting, usedPfs } from './used.js'

type Seen = Pick<NodeState, 'pfs' | 'wanted' | 'links' | 'addresses' | 'ovs'>
type Vtep = Omit<VtepState, 'paths'>

/**
 * The tunnel endpoints that this node is said to have: by the file, else by OVN's settings; where neither says any, addresses of the uplinks
 * and of devices on top of them.
 */
export function vtepsOf(seen: Seen, nics: readonly NicSpec[], facts: NodeFacts): Vtep[] {
  if (nics.length > 0) {
    return nics.map(({ pf, vtep, device }) => {
      const found = findPf(facts, pf)
      return place(seen, {
        ip: vtep,
        by: 'spec.nics',
        ...(found !== undefined && { pf: found.pci }),
        ...(device !== undefined && { wantedDevice: device }),
      })
    })
  }
  const chassis = chassisOf(seen)
  return chassis === undefined ? byAddresses(seen) : byOvn(seen, chassis, facts)
}

function byOvn(seen: Seen, { mapping, all }: ChassisVteps, facts: NodeFacts): Vtep[] {
  const mapped = mapping.map(({ ip, pf = '' }) => {
    const found = findPf(facts, pf)
    return place(seen, { ip, by: 'ovn-pf-encap-ip-mapping', ...(found !== undefined && { pf: found.pci }) })
  })
  const others = all.filter(({ ip }) => !mapping.some((one) => one.ip === ip))
  return [...mapped, ...others.map(({ ip }) => withPf(seen, place(seen, { ip, by: 'ovn-encap-ip' })))]
}

function byAddresses(seen: Seen): Vtep[] {
  return seen.addresses
    .filter(({ ip }) => !ip.startsWith('fe80:'))
    .map(({ ip, ifindex }) => {
      const device = seen.links.find((link) => link.ifindex === ifindex)?.name ?? ''
      return withPf(seen, place(seen, { ip, by: `address of ${device}` }))
    })
    .filter(({ pf }) => pf !== undefined)
}

/** What OVN's settings say; undefined where they name no VTEP, or can't be read (checks/ovn.ts says why). */
function chassisOf({ ovs }: Seen): ChassisVteps | undefined {
  const chassis = orUndefined(() => chassisVteps({ setting: (key) => ovnSetting(known(ovs), key) }))
  return chassis !== undefined && chassis.all.length + chassis.mapping.length > 0 ? chassis : undefined
}

function place({ addresses, links }: Seen, vtep: Vtep): Vtep {
  const at = addresses.filter(({ ip }) => ip === vtep.ip)
  const nameOf = ({ ifindex }: rtnl.Address) => links.find((link) => link.ifindex === ifindex)?.name ?? String(ifindex)
  const address = at.find((one) => nameOf(one) === vtep.wantedDevice) ?? at[0]
  if (address === undefined) return vtep
  const { prefix, flags } = address
  return { ...vtep, at: { device: nameOf(address), prefix, flags } }
}

/** The PF under the device that has the address, where it is one only. */
function withPf(seen: Seen, vtep: Vtep): Vtep {
  const [pf, ...others] = pfsUnder(seen, vtep.at?.device)
  return pf === undefined || others.length > 0 ? vtep : { ...vtep, pf: pf.pci }
}

/** Used PFs whose uplink is the device, or under it. */
export function pfsUnder(seen: Seen, device: string | undefined): PfState[] {
  const ovs = known(seen.ovs)
  const used = usedPfs(seen)
  const uplinks = uplinksUnder(
    seen.links.find(({ name }) => name === device),
    used.map(({ uplink }) => uplink),
    ovs === undefined ? new Map() : bridgesOf(ovs),
    (ifindex) => seen.links.find((link) => link.ifindex === ifindex),
  )
  return used.filter(({ uplink }) => uplinks.includes(uplink))
}

/**
 * An address of the network that is none of this node's: where packets to a peer beside us would go. Undefined where the network has room
 * for us alone.
 * @param prefix bits
 */
export function neighbourOf(ip: IpAddress, prefix: number, own: readonly IpAddress[]): IpAddress | undefined {
  const bytes = ipBytes(ip)
  const hostBits = bytes.length * 8 - prefix
  if (hostBits < 2) return undefined
  // The last byte is enough: of 256 addresses the node does not have all. The first is the network, the last IPv4's broadcast.
  const hosts = 2 ** Math.min(hostBits, 8)
  const last = bytes.length - 1
  const network = (bytes[last] ?? 0) & ~(hosts - 1)
  for (let host = 1; host < hosts - 1; host += 1) {
    const candidate = formatIp(bytes.with(last, network | host))
    if (!own.includes(candidate)) return candidate
  }
  return undefined
}

export type PlacedVtep = VtepState & Required<Pick<VtepState, 'at' | 'pf'>>

/** VTEPs of one family that are configured, where more than one NIC has some: only there they get in each other's way; else none. */
export function severalVteps({ vteps }: Pick<NodeState, 'vteps'>, family: IpFamily): PlacedVtep[] {
  const placed = vteps.flatMap((vtep): PlacedVtep[] => {
    const { ip, at, pf } = vtep
    return at !== undefined && pf !== undefined && ipFamily(ip) === family ? [{ ...vtep, at, pf }] : []
  })
  return new Set(placed.map(({ pf }) => pf)).size > 1 ? placed : []
}

/** @param prefix bits that are the network's */
export function isInNetwork(ip: IpAddress, network: IpAddress, prefix: number): boolean {
  const [one, other] = [ipBytes(ip), ipBytes(network)]
  return one.every((byte, at) => {
    const free = Math.min(Math.max((at + 1) * 8 - prefix, 0), 8)
    return byte >> free === (other[at] ?? 0) >> free
  })
}
