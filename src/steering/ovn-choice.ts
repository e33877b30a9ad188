/**
 * What OVN itself does with several VTEPs, computed apart from what is wanted. Texts are compared as OVN compares them: letter by letter.
 * Sources: OVN 25.03 and 26.03, controller/binding.c (sbrec_get_port_encap), controller/ovn-controller.c (parse_encap_ips),
 * controller/encaps.c (chassis_tunnel_add, chassis_tunnel_find), controller/physical.c (get_port_binding_tun), northd/northd.c
 * (requested-encap-ip).
 */

export interface OvnEncap {
  type: string
  ip: string
  isDefault: boolean
}

export interface OvnChassis {
  name: string
  encaps: readonly OvnEncap[]
  transportZones: readonly string[]
  /** Of another availability zone. */
  isRemote: boolean
  /** Makes tunnels to chassis of other zones. */
  isInterconn: boolean
}

export interface OvnTunnel {
  local: string
  remote: string
}

/** enum chassis_tunnel_type of lib/ovn-util.h: the greater one is preferred. */
const PREFERENCE: Readonly<Record<string, number>> = { geneve: 4, stt: 2, vxlan: 1 }
const preference = (type: string) => PREFERENCE[type] ?? 0

/** `ovn-encap-ip` as OVN numbers it: sorted as text; the default, where it is one of them, changes places with the first. */
export function encapOrder(ips: readonly string[], byDefault: string | undefined): string[] {
  // sset_sort uses strcmp, which goes by bytes; of ASCII JavaScript's order is the same.
  const order = [...new Set(ips)].sort()
  const at = byDefault === undefined ? -1 : order.indexOf(byDefault)
  const [first] = order
  if (at > 0 && first !== undefined && byDefault !== undefined) {
    order[0] = byDefault
    order[at] = first
  }
  return order
}

export interface PortWishes {
  /** Port_Binding options:requested-encap-ip, of OVN 26.03 and later. */
  requested?: string | undefined
  /** Interface external_ids:encap-ip. */
  interface?: string | undefined
}

/** The encapsulation that OVN ties a port to (Port_Binding.encap); none: any tunnel of its chassis will do. */
export function portEncap(wishes: PortWishes, encaps: readonly OvnEncap[]): { ip: string; why: string } | undefined {
  if (wishes.requested) {
    const known = encaps.some(({ ip }) => ip === wishes.requested)
    return known ? { ip: wishes.requested, why: 'requested-encap-ip of the port' } : undefined
  }
  if (encaps.length < 2) return undefined
  if (wishes.interface !== undefined) {
    const known = encaps.some(({ ip }) => ip === wishes.interface)
    return known ? { ip: wishes.interface, why: 'external_ids:encap-ip of the Interface' } : undefined
  }
  const [byDefault] = encaps
    .filter(({ isDefault }) => isDefault)
    .sort((a, b) => preference(b.type) - preference(a.type))
  return byDefault && { ip: byDefault.ip, why: 'ovn-encap-ip-default' }
}

/**
 * The VTEP that OVN sends a local port's packets by.
 * @param order from {@link encapOrder}
 */
export function ovnLocalIp(
  wishes: PortWishes,
  encaps: readonly OvnEncap[],
  order: readonly string[],
): { ip: string; why: string } | undefined {
  const tied = portEncap(wishes, encaps)
  if (tied !== undefined && order.includes(tied.ip)) return tied
  const [first] = order
  if (first === undefined) return undefined
  const wish = wishes.requested ? `requested-encap-ip ${wishes.requested}` : `encap-ip ${wishes.interface}`
  const wished = wishes.requested ?? wishes.interface
  const ignored =
    wished === undefined || wished === first
      ? ''
      : encaps.length < 2
        ? `; ${wish} is ignored where the chassis has only one encapsulation`
        : `; ${wish} is none of the chassis's`
  return {
    ip: first,
    why: `encapsulation 0 of the chassis: its default, or first of the sorted ovn-encap-ip${ignored}`,
  }
}

/** All tunnels that OVN makes between two chassis, or why it makes none. */
export function ovnTunnels(here: OvnChassis, there: OvnChassis): OvnTunnel[] | string {
  if (there.isRemote && !here.isInterconn)
    return 'it is in another zone, and this chassis is no interconnection gateway'
  const zones = here.transportZones
  const shared =
    zones.length + there.transportZones.length === 0 || zones.some((zone) => there.transportZones.includes(zone))
  if (!shared) return 'the two have no common transport zone'
  const type = tunnelType(here, there)
  if (type === undefined) return 'the two have no common type of encapsulation'
  const remotes = there.encaps.filter((encap) => encap.type === type)
  const locals = here.encaps.filter((encap) => encap.type === type)
  return remotes.flatMap((remote) => locals.map((local) => ({ local: local.ip, remote: remote.ip })))
}

/** The best type that both have: OVN's tunnels between two chassis are of one type. */
export function tunnelType(here: OvnChassis, there: OvnChassis): string | undefined {
  const types = there.encaps.map(({ type }) => type).filter((type) => here.encaps.some((encap) => encap.type === type))
  return types.sort((a, b) => preference(b) - preference(a))[0]
}

/**
 * The tunnel that OVN sends by, where it has one for exactly these two. Else it takes whichever it finds first of those `from` the same
 * local VTEP, or failing that of all: a hash table's order, which its databases don't tell.
 * @param remote undefined where the remote port is tied to no encapsulation
 */
export function ovnTunnel(
  tunnels: readonly OvnTunnel[],
  local: string,
  remote: string | undefined,
): { exact: OvnTunnel } | { anyOf: readonly OvnTunnel[] } {
  const matching = tunnels.filter((one) => one.local === local && (remote === undefined || one.remote === remote))
  const [first, second] = matching
  if (first !== undefined && second === undefined) return { exact: first }
  return { anyOf: first === undefined ? tunnels : matching }
}
