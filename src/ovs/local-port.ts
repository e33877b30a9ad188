import { NicsteerError } from '../base/errors.js'
import type { ChassisVteps, Finding, LocalEndpoint, OvnPort } from '../steering/model.js'
import { ovnLocalIp, portEncap } from '../steering/ovn-choice.js'
import { vtepOf } from './endpoints.js'
import type { OvsInterface } from './local.js'
import type { Encap, PortBinding, SouthboundChassis } from './southbound.js'

/**
 * A VTEP that somebody has named for this port, in one of three places. OVN ignores the third, and the second one at times; a person meant it.
 * @returns nothing where nobody has; a finding where it is none of the node's
 */
export function explicitVtep(
  { logical_port, options }: PortBinding,
  iface: OvsInterface,
  all: ChassisVteps['all'],
): (Pick<LocalEndpoint, 'vtep' | 'plane'> & { vtepBy: string }) | Finding | undefined {
  const places = [
    ['requested-encap-ip', options.get('requested-encap-ip'), `port ${logical_port}`],
    ['external_ids:encap-ip', iface.encapIp, `Interface ${iface.name}`],
    ['external_ids:ovn-encap-ip', iface.ovnEncapIp, `Interface ${iface.name}`],
  ] as const
  const [key, text, where] = places.find(([, value]) => value) ?? []
  if (text === undefined) return undefined
  const vtep = vtepOf(text)
  const known = all.find(({ ip }) => ip === vtep?.ip)
  if (known !== undefined) return { vtep: known.ip, plane: known.plane, vtepBy: `${key} of ${where}` }
  return {
    code: 'UNKNOWN_ENCAP_IP',
    text: `${key} of ${where} is ${text}, which is none of ovn-encap-ip`,
    hint: `one of: ${all.map(({ ip }) => ip).join(', ')}`,
    path: ['spec', 'source'],
  }
}

/**
 * The VTEP that OVN sends the port's packets by.
 * @param bound the encapsulation that Port_Binding.encap names
 * @param order numbers of the node's encapsulations, from encapOrder
 * @throws NicsteerError NO_ENCAPSULATION
 */
export function ovnChoice(
  port: PortBinding,
  iface: OvsInterface,
  bound: Encap | undefined,
  { encaps }: SouthboundChassis,
  order: readonly string[],
): OvnPort['choice'] {
  const wishes = { requested: port.options.get('requested-encap-ip'), interface: iface.encapIp }
  const computed = ovnLocalIp(wishes, encaps, order)
  const first = order[0] ?? ''
  // The database is what OVN's flows are made of; it follows the settings a moment later.
  const follows = bound?.ip === portEncap(wishes, encaps)?.ip
  const actual = bound !== undefined && order.includes(bound.ip) ? bound.ip : first
  const vtep = vtepOf(follows && computed !== undefined ? computed.ip : actual)
  if (vtep === undefined) {
    const hint = 'ovs-vsctl set Open_vSwitch . external_ids:ovn-encap-ip=VTEP,VTEP'
    throw new NicsteerError('NO_ENCAPSULATION', 'ovn-encap-ip of the local Open vSwitch has no VTEP', { hint })
  }
  const why = follows ? (computed?.why ?? '') : 'Port_Binding.encap, which does not follow the settings'
  return { ip: vtep.ip, why }
}
