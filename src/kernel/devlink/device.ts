import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { KernelRefusal } from '../netlink/extack.js'
import { openNetns } from '../netlink/netns.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, type DevlinkDev, devOf, list, nameOf } from './call.js'
import type { DevlinkAttributes } from './message.js'

export interface DevlinkInstance extends DevlinkDev {
  /** The driver didn't come up again after a reload: the device is of no use until a reload succeeds. */
  reloadFailed: boolean
}

export interface DevInfo {
  driver?: string
  serial?: string
  boardSerial?: string
  /** Versions by name: `fw.version`, `fw.psid` … */
  fixed: Record<string, string>
  running: Record<string, string>
  stored: Record<string, string>
}

/** linux/devlink.h DEVLINK_RELOAD_ACTION_*, in order */
const ACTIONS = ['unspec', 'driver_reinit', 'fw_activate'] as const
export type ReloadAction = Exclude<(typeof ACTIONS)[number], 'unspec'>

export interface ReloadOptions {
  /** driver_reinit where missing. */
  action?: ReloadAction
  /** Refuse rather than reset: no link goes down, nothing configured is lost. */
  noReset?: boolean
  /** Path of the network namespace that the instance and its netdevs move to. */
  netns?: string
}

/** @param socket of protocol `generic`. Empty where the kernel has no devlink. */
export function listDevlinkDevs(socket: NetlinkSocket): DevlinkInstance[] {
  return list(socket, { what: 'list devlink devices', command: uapi.DEVLINK_CMD_GET }, instanceOf)
}

/** undefined when there is no such device in the socket's namespace. @throws NicsteerError NO_DEVLINK */
export function getDevlinkDev(socket: NetlinkSocket, dev: DevlinkDev): DevlinkInstance | undefined {
  try {
    return ask(socket, { what: 'read state', command: uapi.DEVLINK_CMD_GET }, nameOf(dev), instanceOf)
  } catch (error) {
    if (error instanceof KernelRefusal && error.errno === constants.errno.ENODEV) return undefined
    throw error
  }
}

/** Driver, serial number and firmware versions. @throws NicsteerError NO_DEVLINK, KernelRefusal */
export function devInfo(socket: NetlinkSocket, dev: DevlinkDev): DevInfo {
  const command = { what: 'read device info', command: uapi.DEVLINK_CMD_INFO_GET }
  return ask(socket, command, nameOf(dev), ({ driver, serial, boardSerial, fixed, running, stored }) => ({
    ...(driver !== undefined && { driver }),
    ...(serial !== undefined && { serial }),
    ...(boardSerial !== undefined && { boardSerial }),
    fixed: versionsOf(fixed),
    running: versionsOf(running),
    stored: versionsOf(stored),
  }))
}

/**
 * Takes the driver down and brings it up again, or activates stored firmware. Netdevs are new ones afterwards; VFs are lost.
 * @returns what the driver did, which may be more than was asked for
 * @throws KernelRefusal; NicsteerError NO_DEVLINK, NO_NETNS
 */
export function reload(socket: NetlinkSocket, dev: DevlinkDev, options: ReloadOptions = {}): ReloadAction[] {
  const { action = 'driver_reinit', noReset, netns } = options
  const netnsFd = netns === undefined ? undefined : openNetns(netns)
  const limit = 1 << uapi.DEVLINK_RELOAD_LIMIT_NO_RESET
  try {
    const target = {
      ...nameOf(dev),
      netnsFd,
      reloadAction: ACTIONS.indexOf(action),
      reloadLimits: noReset ? { value: limit, selector: limit } : undefined,
    }
    return ask(socket, { what: 'reload', command: uapi.DEVLINK_CMD_RELOAD }, target, ({ reloadPerformed }) =>
      ACTIONS.filter((name, bit): name is ReloadAction => name !== 'unspec' && has(reloadPerformed?.value, bit)),
    )
  } finally {
    if (netnsFd !== undefined) closeSync(netnsFd)
  }
}

function instanceOf(found: DevlinkAttributes): DevlinkInstance {
  return { ...devOf(found), reloadFailed: Boolean(found.reloadFailed) }
}

function has(bits = 0, bit: number): boolean {
  return (bits & (1 << bit)) !== 0
}

function versionsOf(list: { name?: string | undefined; value?: string | undefined }[] = []): Record<string, string> {
  return Object.fromEntries(list.map(({ name = '', value = '' }) => [name, value]))
}
