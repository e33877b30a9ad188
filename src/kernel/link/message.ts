import { be16, type Codec, etherAddress, flag, hex, s32, string, u8, u16, u32, u64 } from '../netlink/codec.js'
import type { MessageLayout } from '../netlink/message.js'
import {
  attribute,
  attributes,
  type Infer,
  namesByKind,
  repeated,
  type Schema,
  type Values,
} from '../netlink/schema.js'
import { pad, type StructValue, struct } from '../netlink/struct.js'

/** linux/rtnetlink.h struct ifinfomsg */
const ifinfoFields = { family: u8, _pad: pad(1), type: u16, index: s32, flags: u32, change: u32 }
export const ifinfomsg = struct(ifinfoFields)
export type Ifinfomsg = StructValue<typeof ifinfoFields>

/** No link in particular, nothing to change. */
export const NO_LINK: Ifinfomsg = { family: 0, type: 0, index: 0, flags: 0, change: 0 }

/** linux/if_link.h struct rtnl_link_stats64, as far as it is used; the kernel's is longer. */
export const linkStats64 = struct({
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxErrors: u64,
  txErrors: u64,
  rxDropped: u64,
  txDropped: u64,
})
export type LinkStats = Infer<typeof linkStats64>

/** linux/if_link.h IFLA_GENEVE_* */
export const geneveData = attributes({
  id: attribute('IFLA_GENEVE_ID', u32),
  port: attribute('IFLA_GENEVE_PORT', be16),
  external: attribute('IFLA_GENEVE_COLLECT_METADATA', flag),
  udpCsum: attribute('IFLA_GENEVE_UDP_CSUM', u8),
  udpZeroCsum6Tx: attribute('IFLA_GENEVE_UDP_ZERO_CSUM6_TX', u8),
  udpZeroCsum6Rx: attribute('IFLA_GENEVE_UDP_ZERO_CSUM6_RX', u8),
})

/** linux/if_link.h IFLA_VXLAN_* */
export const vxlanData = attributes({
  id: attribute('IFLA_VXLAN_ID', u32),
  learning: attribute('IFLA_VXLAN_LEARNING', u8),
  port: attribute('IFLA_VXLAN_PORT', be16),
  udpCsum: attribute('IFLA_VXLAN_UDP_CSUM', u8),
  udpZeroCsum6Tx: attribute('IFLA_VXLAN_UDP_ZERO_CSUM6_TX', u8),
  udpZeroCsum6Rx: attribute('IFLA_VXLAN_UDP_ZERO_CSUM6_RX', u8),
  gbp: attribute('IFLA_VXLAN_GBP', flag),
  external: attribute('IFLA_VXLAN_COLLECT_METADATA', u8),
})

/** linux/if_link.h IFLA_VLAN_* */
export const vlanData = attributes({
  id: attribute('IFLA_VLAN_ID', u16),
  protocol: attribute('IFLA_VLAN_PROTOCOL', be16),
})

/** linux/if_link.h IFLA_VRF_* */
export const vrfData = attributes({ table: attribute('IFLA_VRF_TABLE', u32) })

/** What a veth's other end is to be: a whole link message without its netlink header (drivers/net/veth.c veth_newlink). */
interface Peer {
  header: Ifinfomsg
  attributes: LinkAttributes
}
const peer: Codec<Peer> = {
  write(out, { header, attributes: values }) {
    ifinfomsg.write(out, header)
    linkAttributes.write(out, values)
  },
  read: (source, start, end) => ({
    header: ifinfomsg.read(source, start, end),
    attributes: linkAttributes.read(source, start + ifinfomsg.size, end),
  }),
}
export const vethData: Schema<{ peer?: Peer | undefined }> = attributes({ peer: attribute('VETH_INFO_PEER', peer) })

/** linux/if_link.h IFLA_INFO_*: DATA is what KIND says, and stays bytes until the kind is known. */
const INFO_KIND = 1
const INFO_DATA = 2
const infoTable = attributes({
  kind: attribute('IFLA_INFO_KIND', string),
  data: attribute('IFLA_INFO_DATA', hex),
  slaveKind: attribute('IFLA_INFO_SLAVE_KIND', string),
})
const KINDS = new Map<string, Schema<unknown>>([
  ['geneve', geneveData as Schema<unknown>],
  ['vxlan', vxlanData as Schema<unknown>],
  ['vlan', vlanData as Schema<unknown>],
  ['vrf', vrfData as Schema<unknown>],
  ['veth', vethData as Schema<unknown>],
])
const linkInfo: Codec<Infer<typeof infoTable>> = {
  nested: namesByKind(infoTable, INFO_KIND, INFO_DATA, (kind) => KINDS.get(kind)),
  write: (out, value) => infoTable.write(out, value),
  read: (source, start, end) => infoTable.read(source, start, end),
}

/** linux/if_link.h IFLA_* */
const linkTable = {
  mac: attribute('IFLA_ADDRESS', etherAddress),
  name: attribute('IFLA_IFNAME', string),
  mtu: attribute('IFLA_MTU', u32),
  link: attribute('IFLA_LINK', u32),
  master: attribute('IFLA_MASTER', u32),
  txQueueLength: attribute('IFLA_TXQLEN', u32),
  operState: attribute('IFLA_OPERSTATE', u8),
  info: attribute('IFLA_LINKINFO', linkInfo),
  alias: attribute('IFLA_IFALIAS', string),
  stats64: attribute('IFLA_STATS64', linkStats64),
  netnsFd: attribute('IFLA_NET_NS_FD', u32),
  extMask: attribute('IFLA_EXT_MASK', u32),
  physPortId: attribute('IFLA_PHYS_PORT_ID', hex),
  physSwitchId: attribute('IFLA_PHYS_SWITCH_ID', hex),
  linkNetnsid: attribute('IFLA_LINK_NETNSID', s32),
  physPortName: attribute('IFLA_PHYS_PORT_NAME', string),
  minMtu: attribute('IFLA_MIN_MTU', u32),
  maxMtu: attribute('IFLA_MAX_MTU', u32),
  altNames: attribute('IFLA_PROP_LIST', attributes({ name: repeated('IFLA_ALT_IFNAME', string) })),
  altName: attribute('IFLA_ALT_IFNAME', string),
  permanentMac: attribute('IFLA_PERM_ADDRESS', etherAddress),
  parentDevName: attribute('IFLA_PARENT_DEV_NAME', string),
  parentDevBus: attribute('IFLA_PARENT_DEV_BUS_NAME', string),
}
export type LinkAttributes = Values<typeof linkTable>
export const linkAttributes: Schema<LinkAttributes> = attributes(linkTable)

export const linkMessage: MessageLayout<Ifinfomsg, LinkAttributes> = {
  header: ifinfomsg,
  attributes: linkAttributes,
}
