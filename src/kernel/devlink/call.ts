import { NicsteerError } from '../../base/errors.js'
import { dump } from '../netlink/dump.js'
import { cachedFamily, withFamily } from '../netlink/family.js'
import { genericRequest } from '../netlink/genetlink.js'
import { readBody } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, query } from '../netlink/transaction.js'
import { type DevlinkAttributes, devlinkMessage } from './message.js'

/** A devlink instance: `pci` and `0000:d8:00.0`. It is in one network namespace, and seen in no other. */
export interface DevlinkDev {
  bus: string
  dev: string
}

/** @param what in a few words, for errors: `read eswitch mode` */
export interface Command {
  what: string
  command: number
}

const NAME = 'devlink'

/** A command with one answer. @throws NicsteerError NO_DEVLINK, KernelRefusal */
export function ask<R>(
  socket: NetlinkSocket,
  command: Command,
  target: DevlinkDev & DevlinkAttributes,
  decode: (found: DevlinkAttributes) => R,
): R {
  return withFamily(socket, NAME, noDevlink, (family) =>
    query(socket, genericRequest(devlinkMessage, family, onDevice(command, target), target), (reply) =>
      decode(readBody(devlinkMessage, reply).attributes),
    ),
  )
}

/** A command that changes something. @throws NicsteerError NO_DEVLINK, KernelRefusal */
export function tell(socket: NetlinkSocket, command: Command, target: DevlinkDev & DevlinkAttributes): void {
  withFamily(socket, NAME, noDevlink, (family) =>
    execute(socket, genericRequest(devlinkMessage, family, onDevice(command, target), target)),
  )
}

/** All that a command lists, of all devices of the namespace. Empty where the kernel has no devlink. */
export function list<R>(
  socket: NetlinkSocket,
  command: Command,
  decode: (found: DevlinkAttributes) => R | undefined,
): R[] {
  if (cachedFamily(socket, NAME) === undefined) return []
  return withFamily(socket, NAME, noDevlink, (family) =>
    dump(socket, genericRequest(devlinkMessage, family, command, {}), (reply) =>
      decode(readBody(devlinkMessage, reply).attributes),
    ),
  )
}

export function devOf({ bus = '', dev = '' }: DevlinkAttributes): DevlinkDev {
  return { bus, dev }
}

/** True where no device in particular is wanted. */
export function isOf(wanted: DevlinkDev | undefined, { bus, dev }: DevlinkAttributes): boolean {
  return wanted === undefined || (wanted.bus === bus && wanted.dev === dev)
}

/** Only what names a device or a port of it: what is passed in may be more. */
export function nameOf({ bus, dev }: DevlinkDev): DevlinkDev {
  return { bus, dev }
}

function onDevice({ what, command }: Command, { bus, dev, portIndex }: DevlinkDev & DevlinkAttributes): Command {
  return { what: `${what} of ${bus}/${dev}${portIndex === undefined ? '' : `/${portIndex}`}`, command }
}

function noDevlink(): NicsteerError {
  return new NicsteerError('NO_DEVLINK', 'this kernel has no devlink', { hint: 'it needs CONFIG_NET_DEVLINK' })
}
