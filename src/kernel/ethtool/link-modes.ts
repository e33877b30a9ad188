import type { Ifindex } from '../../base/types.js'
import { s32, u8 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, header, onDevice } from './call.js'

/** linux/ethtool_netlink.h ETHTOOL_A_LINKMODES_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_LINKMODES_HEADER', header),
    autonegotiation: attribute('ETHTOOL_A_LINKMODES_AUTONEG', u8),
    speed: attribute('ETHTOOL_A_LINKMODES_SPEED', s32),
    duplex: attribute('ETHTOOL_A_LINKMODES_DUPLEX', u8),
  }),
)

export interface LinkModes {
  /** Megabit per second; missing where it isn't known (no carrier). */
  speed?: number
  duplex?: 'half' | 'full'
  autonegotiation: boolean
}

/** linux/ethtool.h DUPLEX_*, in order */
const DUPLEX = ['half', 'full'] as const

/** @throws KernelRefusal EOPNOTSUPP where the driver doesn't say; NicsteerError NO_ETHTOOL_NETLINK */
export function getLinkModes(socket: NetlinkSocket, ifindex: Ifindex): LinkModes {
  const command = { what: 'link modes', command: uapi.ETHTOOL_MSG_LINKMODES_GET }
  const { speed, duplex, autonegotiation } = ask(socket, layout, command, onDevice(ifindex)) ?? {}
  const name = DUPLEX[duplex ?? -1]
  return {
    autonegotiation: autonegotiation === 1,
    // -1: SPEED_UNKNOWN.
    ...(speed !== undefined && speed >= 0 && { speed }),
    ...(name !== undefined && { duplex: name }),
  }
}
