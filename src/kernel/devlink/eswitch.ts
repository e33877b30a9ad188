import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, type DevlinkDev, nameOf, tell } from './call.js'

/** linux/devlink.h DEVLINK_ESWITCH_MODE_*, …_INLINE_MODE_*, …_ENCAP_MODE_*, in order */
const MODES = ['legacy', 'switchdev', 'switchdev_inactive'] as const
const INLINE_MODES = ['none', 'link', 'network', 'transport'] as const
const ENCAP_MODES = ['none', 'basic'] as const

export interface EswitchInfo {
  mode: (typeof MODES)[number]
  /** How many of a packet's headers the driver must hand to the hardware; `none` on current NICs. */
  inlineMode?: (typeof INLINE_MODES)[number]
  /** `basic`: the eswitch can encapsulate. */
  encapMode?: (typeof ENCAP_MODES)[number]
}

/** @throws NicsteerError NO_DEVLINK, KernelRefusal (ENODEV; EOPNOTSUPP where the device has no eswitch) */
export function eswitchMode(socket: NetlinkSocket, dev: DevlinkDev): EswitchInfo {
  const command = { what: 'read eswitch mode', command: uapi.DEVLINK_CMD_ESWITCH_GET }
  return ask(socket, command, nameOf(dev), ({ eswitchMode: mode, inlineMode, encapMode }) => {
    const inline = INLINE_MODES[inlineMode ?? -1]
    const encap = ENCAP_MODES[encapMode ?? -1]
    return {
      mode: MODES[mode ?? 0] ?? 'legacy',
      ...(inline !== undefined && { inlineMode: inline }),
      ...(encap !== undefined && { encapMode: encap }),
    }
  })
}

/**
 * What isn't given stays. A change of the mode makes the representors, or takes them and all offloaded rules away; it
 * takes seconds on a card.
 * @throws NicsteerError NO_DEVLINK, KernelRefusal with the driver's words (mlx5: some changes only without rules)
 */
export function setEswitch(socket: NetlinkSocket, dev: DevlinkDev, change: Partial<EswitchInfo>): void {
  const { mode, inlineMode, encapMode } = change
  tell(
    socket,
    { what: 'set eswitch mode', command: uapi.DEVLINK_CMD_ESWITCH_SET },
    {
      ...nameOf(dev),
      eswitchMode: mode && MODES.indexOf(mode),
      inlineMode: inlineMode && INLINE_MODES.indexOf(inlineMode),
      encapMode: encapMode && ENCAP_MODES.indexOf(encapMode),
    },
  )
}
