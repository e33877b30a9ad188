import { type IpAddress, ipFamily } from '../base/types.js'
import { type Finding, type RemoteEndpoint, showVf } from './model.js'
import type { Refuse, ResolvedLocal, ResolvedNic } from './resolve.js'

export interface LocalVtep {
  ip: IpAddress
  plane: string
  /** Which source of truth chose it. */
  why: string
}

/**
 * The VTEP that a VF's packets leave by: the one its endpoint names, else that of the VF's own PF.
 * @throws NicsteerError UNKNOWN_VTEP: the endpoint names one that no NIC of this node has
 */
export function localVtep(endpoint: ResolvedLocal, nics: readonly ResolvedNic[], refuse: Refuse): LocalVtep {
  const own = endpoint.nic
  if (endpoint.vtep === undefined)
    return { ip: own.vtep, plane: own.plane, why: `VTEP of the VF's own PF ${own.facts.pci}` }
  const named = nics.find((nic) => nic.vtep === endpoint.vtep)
  if (named === undefined) {
    const hint = `one of: ${nics.map((nic) => nic.vtep).join(', ')}`
    throw refuse([...endpoint.path, 'vtep'], 'UNKNOWN_VTEP', `${endpoint.vtep} is no VTEP of spec.nics`, hint)
  }
  const overrides = named === own ? '' : `, instead of ${own.vtep} of its own PF ${own.facts.pci}`
  return { ip: named.vtep, plane: named.plane, why: `named on the endpoint${overrides}` }
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
