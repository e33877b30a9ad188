import { type IpFamily, parseVni, type Vni } from '../base/types.js'
import type { OptionsLayout, TunnelOption, TunnelType } from './model.js'
import type { MaskedOption } from './rule.js'

/** OVN's GENEVE option (ovn-architecture(7), Tunnel Encapsulations): ingress key 15 bits << 16 | egress key 16 bits. */
const OVN_CLASS = 0x0102
const OVN_TYPE = 0x80

/** A port's key is the ingress key of what it sends, so 15 bits; as egress keys the upper half are multicast groups. */
const MAX_PORT_KEY = 0x7fff
/** VXLAN has 24 bits for both: egress key << 12 | datapath key; of 12 bits again the upper half are multicast groups. */
const MAX_VXLAN_PORT_KEY = 0x7ff
export const MAX_VXLAN_DATAPATH_KEY = 0xfff

/** The highest tunnel key that OVN can give a port. */
export const maxPortKey = (type: TunnelType): number => (type === 'vxlan' ? MAX_VXLAN_PORT_KEY : MAX_PORT_KEY)

/** OVN's multicast group of all ports, as egress key (northd: MC_FLOOD is the first of the groups). */
const FLOOD_KEY: Readonly<Record<TunnelType, number>> = { geneve: 0x8000, vxlan: 0x800 }
export const floodKey = (type: TunnelType): number => FLOOD_KEY[type]

const hex32 = (value: number) => value.toString(16).padStart(8, '0')

export interface Keys {
  ingress: number
  egress: number
}

/** Outer IPv4 or IPv6 header, UDP, GENEVE or VXLAN (8 bytes each; RFC 8926, RFC 7348), and the inner frame's Ethernet header. */
const HEADERS = { 4: 20 + 8 + 8 + 14, 6: 40 + 8 + 8 + 14 } as const

/** How many bytes a packet grows by in a tunnel: the outer packet's length less the inner one's, both without their link's header. */
export function tunnelOverhead(family: IpFamily, options: readonly TunnelOption[]): number {
  return options.reduce((sum, { data }) => sum + 4 + data.length / 2, HEADERS[family])
}

/** VNI of a packet to the port with key `egress`. Plain tunnels, and GENEVE with OVN, carry the network's. */
export function tunnelVni(type: TunnelType, layout: OptionsLayout, vni: Vni, egress: number): Vni {
  return type === 'vxlan' && layout === 'ovn' ? parseVni(egress * 0x1000 + vni) : vni
}

/** Options that an encap rule writes. */
export function encapOptions(type: TunnelType, layout: OptionsLayout, { ingress, egress }: Keys): TunnelOption[] {
  if (type === 'vxlan' || layout === 'none') return []
  if (layout !== 'ovn') return [...layout]
  return [{ class: OVN_CLASS, type: OVN_TYPE, data: hex32(ingress * 0x10000 + egress) }]
}

/** Options that a decap rule matches: of OVN's only the egress half, so that one rule serves every sender. */
export function decapOptions(type: TunnelType, layout: OptionsLayout, egress: number): MaskedOption[] {
  if (type === 'vxlan' || layout === 'none') return []
  if (layout !== 'ovn') return layout.map((option) => ({ ...option, mask: 'f'.repeat(option.data.length) }))
  return [{ class: OVN_CLASS, type: OVN_TYPE, data: hex32(egress), mask: '0000ffff' }]
}
