import type { Ifindex } from '../../base/types.js'
import { u32 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, header, onDevice, tell } from './call.js'

/** linux/ethtool_netlink.h ETHTOOL_A_CHANNELS_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_CHANNELS_HEADER', header),
    rxMax: attribute('ETHTOOL_A_CHANNELS_RX_MAX', u32),
    txMax: attribute('ETHTOOL_A_CHANNELS_TX_MAX', u32),
    otherMax: attribute('ETHTOOL_A_CHANNELS_OTHER_MAX', u32),
    combinedMax: attribute('ETHTOOL_A_CHANNELS_COMBINED_MAX', u32),
    rx: attribute('ETHTOOL_A_CHANNELS_RX_COUNT', u32),
    tx: attribute('ETHTOOL_A_CHANNELS_TX_COUNT', u32),
    other: attribute('ETHTOOL_A_CHANNELS_OTHER_COUNT', u32),
    combined: attribute('ETHTOOL_A_CHANNELS_COMBINED_COUNT', u32),
  }),
)

/** Queue pairs by kind; a kind that the device hasn't is missing. */
export interface Channels {
  rx?: number
  tx?: number
  other?: number
  combined?: number
}

/** @throws KernelRefusal EOPNOTSUPP where the device has no channels to speak of; NicsteerError NO_ETHTOOL_NETLINK */
export function getChannels(socket: NetlinkSocket, ifindex: Ifindex): { current: Channels; maximum: Channels } {
  const command = { what: 'channels', command: uapi.ETHTOOL_MSG_CHANNELS_GET }
  const { rx, tx, other, combined, rxMax, txMax, otherMax, combinedMax } =
    ask(socket, layout, command, onDevice(ifindex)) ?? {}
  return {
    current: channels(rx, tx, other, combined),
    maximum: channels(rxMax, txMax, otherMax, combinedMax),
  }
}

/** What isn't given stays. @throws KernelRefusal EINVAL above the maximum; NicsteerError NO_ETHTOOL_NETLINK */
export function setChannels(socket: NetlinkSocket, ifindex: Ifindex, change: Channels): void {
  const { rx, tx, other, combined } = change
  const command = { what: 'set channels', command: uapi.ETHTOOL_MSG_CHANNELS_SET }
  tell(socket, layout, command, { ...onDevice(ifindex), rx, tx, other, combined })
}

function channels(
  rx: number | undefined,
  tx: number | undefined,
  other: number | undefined,
  combined: number | undefined,
): Channels {
  return {
    ...(rx !== undefined && { rx }),
    ...(tx !== undefined && { tx }),
    ...(other !== undefined && { other }),
    ...(combined !== undefined && { combined }),
  }
}
