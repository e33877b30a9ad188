import type { Ifindex, MacAddress } from '../../base/types.js'
import { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { type Hex, hex } from '../netlink/codec.js'
import type { Schema } from '../netlink/schema.js'
import { NO_LINK, vethData, vlanData, vrfData } from './message.js'
import { type TunnelSettings, tunnelData } from './tunnel.js'

/** A virtual device's kind, and what belongs to it. */
export type LinkKind =
  | { kind: 'dummy' | 'bridge' }
  | { kind: 'veth'; peer: VethPeer }
  | ({ kind: 'vlan'; linkIfindex: Ifindex } & VlanSettings)
  | { kind: 'vrf'; table: number }
  | TunnelSettings

export interface VethPeer {
  name: string
  mac?: MacAddress
  mtu?: number
}

/** EtherTypes of the tag, IEEE 802.1Q-2018 table 9-1. */
const VLAN_PROTOCOLS = { '802.1Q': 0x8100, '802.1ad': 0x88a8 } as const
type VlanProtocol = keyof typeof VLAN_PROTOCOLS

export interface VlanSettings {
  /** VLAN ID, 0 … 4094. */
  id: number
  /** 802.1Q where missing; 802.1ad is the outer tag of QinQ. */
  protocol?: VlanProtocol
}

/** Payload of IFLA_INFO_DATA; undefined where the kind has none. */
export function kindData(settings: LinkKind): Hex | undefined {
  switch (settings.kind) {
    case 'geneve':
    case 'vxlan':
      return tunnelData(settings)
    case 'vlan':
      return toHex(vlanData, { id: settings.id, protocol: settings.protocol && VLAN_PROTOCOLS[settings.protocol] })
    case 'vrf':
      return toHex(vrfData, { table: settings.table })
    case 'veth': {
      // It can't be brought up here: it is made before its other end (drivers/net/veth.c veth_newlink, veth_open).
      return toHex(vethData, { peer: { header: NO_LINK, attributes: settings.peer } })
    }
    default:
      return undefined
  }
}

/** @param data payload of IFLA_INFO_DATA */
export function readVlan(data: Hex): VlanSettings {
  const { id = 0, protocol } = fromHex(vlanData, data)
  return { id, protocol: protocol === VLAN_PROTOCOLS['802.1ad'] ? '802.1ad' : '802.1Q' }
}

/** A VRF's routing table. @param data payload of IFLA_INFO_DATA */
export function readVrf(data: Hex): { table: number } {
  return { table: fromHex(vrfData, data).table ?? 0 }
}

/** @throws MalformedMessage */
export function fromHex<V>(schema: Schema<V>, data: Hex): V {
  const source = new ByteSource(new Uint8Array(Buffer.from(data, 'hex')))
  return schema.read(source, 0, source.length)
}

export function toHex<V>(schema: Schema<V>, values: V): Hex {
  const out = new ByteWriter(256)
  schema.write(out, values)
  const written = out.written()
  return hex.read(new ByteSource(written), 0, written.length)
}
