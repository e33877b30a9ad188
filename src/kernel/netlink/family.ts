import { constants } from 'node:os'
import type { NicsteerError } from '../../base/errors.js'
import { KernelRefusal } from './extack.js'
import { type Family, findFamily } from './genetlink.js'
import type { NetlinkSocket } from './socket.js'

const known = new WeakMap<NetlinkSocket, Map<string, Family>>()

/** As findFamily, but what was found once through this socket isn't asked for again. */
export function cachedFamily(socket: NetlinkSocket, name: string): Family | undefined {
  const families = known.get(socket) ?? new Map<string, Family>()
  known.set(socket, families)
  const family = families.get(name) ?? findFamily(socket, name)
  if (family !== undefined) families.set(name, family)
  return family
}

/**
 * Does something with a family. Its number changes when its module is loaded again: then it is looked up anew.
 * @param missing the error where the kernel has no such family
 */
export function withFamily<R>(
  socket: NetlinkSocket,
  name: string,
  missing: () => NicsteerError,
  work: (family: Family) => R,
): R {
  const family = cachedFamily(socket, name)
  if (family === undefined) throw missing()
  try {
    return work(family)
  } catch (error) {
    // Nobody's number (net/netlink/genetlink.c genl_rcv_msg); but a command may have reasons of its own to say this.
    if (!(error instanceof KernelRefusal) || error.errno !== constants.errno.ENOENT) throw error
    known.get(socket)?.delete(name)
    const again = cachedFamily(socket, name)
    if (again === undefined) throw missing()
    if (again.id === family.id) throw error
    return work(again)
  }
}
