import type { Ifindex } from '../../base/types.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { bitset, bitsetOf, namesIn, valuesIn } from './bitset.js'
import { ask, header, onDevice } from './call.js'

/** linux/ethtool_netlink.h ETHTOOL_A_FEATURES_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_FEATURES_HEADER', header),
    hw: attribute('ETHTOOL_A_FEATURES_HW', bitset),
    wanted: attribute('ETHTOOL_A_FEATURES_WANTED', bitset),
    active: attribute('ETHTOOL_A_FEATURES_ACTIVE', bitset),
    fixed: attribute('ETHTOOL_A_FEATURES_NOCHANGE', bitset),
  }),
)

/** Features by name, as `ethtool -k` prints them: `hw-tc-offload` … */
export interface Features {
  /** Those that are on. */
  active: string[]
  /** Those that can be switched. */
  changeable: string[]
  /** Those that somebody wants; not all can be on together. */
  wanted: string[]
  /** Those that no device lets anybody switch. */
  fixed: string[]
}

/** What came of a change. */
export interface FeatureChange {
  /** What is different now, other features that depend on it among them. */
  changed: Record<string, boolean>
  /** What was asked for and isn't so. */
  refused: Record<string, boolean>
}

/**
 * @param socket of protocol `generic`
 * @throws KernelRefusal ENODEV; NicsteerError NO_ETHTOOL_NETLINK (before Linux 5.6)
 */
export function getFeatures(socket: NetlinkSocket, ifindex: Ifindex): Features {
  const command = { what: 'features', command: uapi.ETHTOOL_MSG_FEATURES_GET }
  const { active, hw, wanted, fixed } = ask(socket, layout, command, onDevice(ifindex)) ?? {}
  return { active: namesIn(active), changeable: namesIn(hw), wanted: namesIn(wanted), fixed: namesIn(fixed) }
}

/**
 * Features that aren't named stay. One that the device can't switch is no error, but in `refused`.
 * @throws KernelRefusal EOPNOTSUPP where the kernel has no feature of that name; NicsteerError NO_ETHTOOL_NETLINK
 */
export function setFeatures(
  socket: NetlinkSocket,
  ifindex: Ifindex,
  features: Readonly<Record<string, boolean>>,
): FeatureChange {
  const command = { what: 'set features', command: uapi.ETHTOOL_MSG_FEATURES_SET }
  const reply = ask(socket, layout, command, { ...onDevice(ifindex), wanted: bitsetOf(features) })
  // The answer has the two differences (Documentation/networking/ethtool-netlink.rst FEATURES_SET).
  return { changed: valuesIn(reply?.active), refused: valuesIn(reply?.wanted) }
}

/** State of the feature without which no flower rule of a device is offered to its driver. */
export function hwTcOffload(socket: NetlinkSocket, ifindex: Ifindex): 'on' | 'off' | 'unsupported' {
  const { active, changeable } = getFeatures(socket, ifindex)
  if (active.includes(HW_TC_OFFLOAD)) return 'on'
  return changeable.includes(HW_TC_OFFLOAD) ? 'off' : 'unsupported'
}

const HW_TC_OFFLOAD = 'hw-tc-offload'
