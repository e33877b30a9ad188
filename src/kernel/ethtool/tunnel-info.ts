import type { Ifindex } from '../../base/types.js'
import { be16, u32 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, repeated } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { bitset, namesIn } from './bitset.js'
import { ask, header, onDevice } from './call.js'

const entry = attributes({
  port: attribute('ETHTOOL_A_TUNNEL_UDP_ENTRY_PORT', be16),
  type: attribute('ETHTOOL_A_TUNNEL_UDP_ENTRY_TYPE', u32),
})
const table = attributes({
  size: attribute('ETHTOOL_A_TUNNEL_UDP_TABLE_SIZE', u32),
  types: attribute('ETHTOOL_A_TUNNEL_UDP_TABLE_TYPES', bitset),
  entries: repeated('ETHTOOL_A_TUNNEL_UDP_TABLE_ENTRY', entry),
})
/** linux/ethtool_netlink.h ETHTOOL_A_TUNNEL_INFO_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_TUNNEL_INFO_HEADER', header),
    udpPorts: attribute(
      'ETHTOOL_A_TUNNEL_INFO_UDP_PORTS',
      attributes({ tables: repeated('ETHTOOL_A_TUNNEL_UDP_TABLE', table) }),
    ),
  }),
)

/** linux/ethtool_netlink.h ETHTOOL_UDP_TUNNEL_TYPE_*, in order */
const TYPES = ['vxlan', 'geneve', 'vxlan-gpe'] as const
export type UdpTunnelType = (typeof TYPES)[number]

/** UDP ports that the NIC parses as tunnels: a table of fixed size. */
export interface UdpPortTable {
  size: number
  /** What may be in it. */
  types: string[]
  ports: { port: number; type: UdpTunnelType | 'unknown' }[]
}

/** @throws KernelRefusal EOPNOTSUPP where the device has no such tables; NicsteerError NO_ETHTOOL_NETLINK */
export function getTunnelInfo(socket: NetlinkSocket, ifindex: Ifindex): UdpPortTable[] {
  const command = { what: 'tunnel info', command: uapi.ETHTOOL_MSG_TUNNEL_INFO_GET }
  const { udpPorts } = ask(socket, layout, command, onDevice(ifindex)) ?? {}
  return (udpPorts?.tables ?? []).map(({ size = 0, types, entries = [] }) => ({
    size,
    types: namesIn(types),
    ports: entries.map(({ port = 0, type = -1 }) => ({ port, type: TYPES[type] ?? 'unknown' })),
  }))
}
