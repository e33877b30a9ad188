import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { flag, string, u32 } from '../netlink/codec.js'
import { findFamily, genericLayout, genericRequest } from '../netlink/genetlink.js'
import { readBody } from '../netlink/message.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { query } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'

/** linux/ethtool_netlink.h ETHTOOL_A_HEADER_* */
const header = attributes({
  ifindex: attribute('ETHTOOL_A_HEADER_DEV_INDEX', u32),
  name: attribute('ETHTOOL_A_HEADER_DEV_NAME', string),
})

/** linux/ethtool_netlink.h ETHTOOL_A_BITSET_*: with a mask, bits that are off are listed too, without VALUE. */
const bit = attributes({
  index: attribute('ETHTOOL_A_BITSET_BIT_INDEX', u32),
  name: attribute('ETHTOOL_A_BITSET_BIT_NAME', string),
  value: attribute('ETHTOOL_A_BITSET_BIT_VALUE', flag),
})
const bitset = attributes({
  noMask: attribute('ETHTOOL_A_BITSET_NOMASK', flag),
  size: attribute('ETHTOOL_A_BITSET_SIZE', u32),
  bits: attribute('ETHTOOL_A_BITSET_BITS', attributes({ bit: repeated('ETHTOOL_A_BITSET_BITS_BIT', bit) })),
})

/** linux/ethtool_netlink.h ETHTOOL_A_FEATURES_* */
const features = attributes({
  header: attribute('ETHTOOL_A_FEATURES_HEADER', header),
  hw: attribute('ETHTOOL_A_FEATURES_HW', bitset),
  wanted: attribute('ETHTOOL_A_FEATURES_WANTED', bitset),
  active: attribute('ETHTOOL_A_FEATURES_ACTIVE', bitset),
})
const layout = genericLayout(features)

export interface Features {
  /** Names of those that are on, `hw-tc-offload` …, as `ethtool -k` prints them. */
  active: string[]
  /** Names of those that can be switched. */
  changeable: string[]
}

/**
 * @param socket of protocol `generic`
 * @throws KernelRefusal ENODEV; NicsteerError NO_ETHTOOL_NETLINK (before Linux 5.6)
 */
export function getFeatures(socket: NetlinkSocket, ifindex: Ifindex): Features {
  const family = findFamily(socket, 'ethtool')
  if (family === undefined) {
    throw new NicsteerError('NO_ETHTOOL_NETLINK', 'this kernel has no ethtool netlink', {
      hint: 'it needs CONFIG_ETHTOOL_NETLINK',
    })
  }
  const options = { what: `features of link ${ifindex}`, command: uapi.ETHTOOL_MSG_FEATURES_GET }
  return query(socket, genericRequest(layout, family, options, { header: { ifindex } }), (reply) => {
    const { hw, active } = readBody(layout, reply).attributes
    return { active: namesIn(active), changeable: namesIn(hw) }
  })
}

/** State of the feature without which no flower rule of a device is offered to its driver. */
export function hwTcOffload(socket: NetlinkSocket, ifindex: Ifindex): 'on' | 'off' | 'unsupported' {
  const { active, changeable } = getFeatures(socket, ifindex)
  if (active.includes(HW_TC_OFFLOAD)) return 'on'
  return changeable.includes(HW_TC_OFFLOAD) ? 'off' : 'unsupported'
}

const HW_TC_OFFLOAD = 'hw-tc-offload'

function namesIn(set: Infer<typeof bitset> | undefined): string[] {
  const bits = set?.bits?.bit ?? []
  return bits.flatMap(({ name, value }) => (name !== undefined && (value || set?.noMask) ? [name] : []))
}
