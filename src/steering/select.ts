import { type IpAddress, ipFamily } from '../base/types.js'
import {
  type ChassisVteps,
  type Finding,
  type NicSpec,
  type PfFacts,
  type RemoteEndpoint,
  showVf,
  type Vtep,
} from './model.js'
import type { Refuse, Resolved, ResolvedLocal, ResolvedNic } from './resolve.js'

export interface LocalVtep {
  ip: IpAddress
  plane: string
  /** Which source of truth chose it. */
  why: string
}

/**
 * The VTEP that packets of a PF's VFs are to leave by, where an endpoint names no other: DESIGN.md "Encap selection". Undefined: nobody
 * says any.
 * @param nics of the file; their `pf` is known to be this node's
 */
export function vtepOfPf(
  pf: PfFacts,
  nics: readonly ResolvedNic[],
  chassis: ChassisVteps | undefined,
): NicSpec | undefined {
  const mapped = chassis?.mapping.find((one) => one.pf === pf.uplink || one.pf === pf.pci)
  const given = nics.find((nic) => nic.facts.pci === pf.pci)
  const own = `VTEP of the VF's own PF ${pf.pci}`
  if (given !== undefined) {
    if (mapped === undefined || mapped.ip === given.vtep) return given
    return { ...given, chosenBy: `${own} by spec.nics, instead of ${mapped.ip} by ovn-pf-encap-ip-mapping` }
  }
  if (mapped !== undefined) return asNic(pf, mapped, `${own} by ovn-pf-encap-ip-mapping`)
  const because = `because the VF's own PF ${pf.pci} has none of its own`
  if (chassis?.default !== undefined) return asNic(pf, chassis.default, `ovn-encap-ip-default, ${because}`)
  const [first] = chassis?.all ?? []
  return first && asNic(pf, first, `first of the sorted ovn-encap-ip, ${because}`)
}

const asNic = (pf: PfFacts, { ip, plane }: Vtep, chosenBy: string): NicSpec => ({
  pf: pf.pci,
  vtep: ip,
  plane,
  chosenBy,
})

/**
 * The VTEP that a VF's packets leave by: the one its endpoint names, else that of the VF's own PF.
 * @throws NicsteerError UNKNOWN_VTEP: the endpoint names one that no NIC of this node has; PLANE_CONTRADICTION: with another plane
 */
export function localVtep(endpoint: ResolvedLocal, nics: readonly ResolvedNic[], refuse: Refuse): LocalVtep {
  const own = endpoint.nic
  const ownWhy = own.chosenBy ?? `VTEP of the VF's own PF ${own.facts.pci}`
  if (endpoint.vtep === undefined) return { ip: own.vtep, plane: own.plane, why: ownWhy }
  const nic = nics.find(({ vtep }) => vtep === endpoint.vtep)
  const by = endpoint.ovn?.vtepBy
  // One of ovn-encap-ip need not be any PF's.
  if (nic === undefined && by === undefined) {
    const hint = `one of: ${nics.map(({ vtep }) => vtep).join(', ')}`
    throw refuse([...endpoint.path, 'vtep'], 'UNKNOWN_VTEP', `${endpoint.vtep} is no VTEP of spec.nics`, hint)
  }
  const plane = nic?.plane ?? endpoint.plane ?? own.plane
  if (by === undefined && endpoint.plane !== undefined && plane !== endpoint.plane) {
    const what = `${endpoint.vtep} is in plane ${plane}, not in ${endpoint.plane}`
    throw refuse([...endpoint.path, 'vtep'], 'PLANE_CONTRADICTION', what, 'write the plane in one place')
  }
  const overrides = endpoint.vtep === own.vtep ? '' : `, instead of ${own.vtep} of its own PF ${own.facts.pci}`
  return { ip: endpoint.vtep, plane, why: `${by ?? 'named on the endpoint'}${overrides}` }
}

/** Where OVN itself would send by another VTEP than is wanted: its own flows still do, until its databases say otherwise. */
export function ovnDifferences({ networks, nics, chassis }: Resolved, refuse: Refuse): Finding[] {
  return networks.flatMap(({ local }) =>
    local.flatMap((endpoint) => {
      if (endpoint.ovn === undefined) return []
      const { port, choice } = endpoint.ovn
      const wanted = localVtep(endpoint, nics, refuse)
      if (choice.ip === wanted.ip) return []
      const isThere = chassis?.all.some((vtep) => vtep.ip === wanted.ip)
      const tell = `ovs-vsctl set Interface ${endpoint.representor} external_ids:encap-ip=${wanted.ip}`
      return {
        code: 'OVN_CHOOSES_ANOTHER_VTEP',
        text: `${showVf(endpoint.id)}, port ${port}: wanted is ${wanted.ip} (${wanted.why}), OVN sends by ${choice.ip} (${choice.why})`,
        hint: isThere ? tell : `add ${wanted.ip} to external_ids:ovn-encap-ip of Open_vSwitch, then ${tell}`,
        path: endpoint.path,
      }
    }),
  )
}

/** Why no tunnel can be made between the two; undefined when one can. There is never "any tunnel" instead. */
export function noPair(endpoint: ResolvedLocal, local: LocalVtep, remote: RemoteEndpoint): Finding | undefined {
  const pair = () => `${showVf(endpoint.id)} (${local.ip}) and ${remote.mac} (${remote.vtep})`
  if (local.plane !== remote.plane) {
    return {
      code: 'NO_COMMON_PLANE',
      text: `${pair()} have no common plane: ${local.plane}, ${remote.plane}`,
      hint: 'tunnels form only inside one plane',
      path: endpoint.path,
    }
  }
  if (ipFamily(local.ip) !== ipFamily(remote.vtep)) {
    return {
      code: 'NO_COMMON_FAMILY',
      text: `${pair()}: one is IPv4, the other IPv6`,
      hint: 'both VTEPs need the same family',
      path: endpoint.path,
    }
  }
  return undefined
}

/**
 * Why two VFs on different NICs of this node can't have a tunnel between their VTEPs; undefined when they can.
 * @param crossPlane pairs of planes between which that is allowed
 */
export function noPairInside(
  one: ResolvedLocal,
  here: LocalVtep,
  other: ResolvedLocal,
  there: LocalVtep,
  crossPlane: readonly (readonly [string, string])[],
): Finding | undefined {
  const pair = `${showVf(one.id)} (${here.ip}) and ${showVf(other.id)} (${there.ip}), both on this node,`
  if (!one.intraNode) {
    return {
      code: 'INTRA_NODE_OFF',
      text: `network ${one.network}: VFs on different NICs of this node are left to OVN: a tunnel between the NICs would skip its ACLs, connection tracking and port security`,
      hint: `spec.source.ovn.stateless: [${one.network}] allows it, where the network needs none of these`,
      path: one.path,
    }
  }
  const allowed = ([a, b]: readonly [string, string]) =>
    (a === here.plane && b === there.plane) || (b === here.plane && a === there.plane)
  if (here.plane !== there.plane && !crossPlane.some(allowed)) {
    return {
      code: 'NO_COMMON_PLANE',
      text: `${pair} have no common plane: ${here.plane}, ${there.plane}`,
      hint: `crossPlane: [[${here.plane}, ${there.plane}]] lets them tunnel between the two NICs`,
      path: one.path,
    }
  }
  if (ipFamily(here.ip) !== ipFamily(there.ip)) {
    const text = `${pair}: one VTEP is IPv4, the other IPv6`
    return { code: 'NO_COMMON_FAMILY', text, hint: 'both VTEPs need the same family', path: one.path }
  }
  if (here.ip === there.ip) {
    const hint = 'leave out vtep on one of them: a tunnel needs two ends'
    return { code: 'ONE_VTEP_FOR_TWO_NICS', text: `${pair} share one VTEP`, hint, path: one.path }
  }
  return undefined
}
