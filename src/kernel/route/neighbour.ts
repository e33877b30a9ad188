import { constants } from 'node:os'
import { type Ifindex, type IpAddress, ipFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { FAMILY_NUMBERS, neighbourMessage } from './message.js'
import type { Neighbour, NeighbourState } from './types.js'

/** linux/neighbour.h NUD_*, bit 0 upwards */
const STATES: NeighbourState[] = ['incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed', 'noarp', 'permanent']
/** include/net/neighbour.h NUD_VALID */
const VALID = new Set<NeighbourState>(['permanent', 'noarp', 'reachable', 'probe', 'stale', 'delay'])

const NO_NEIGHBOUR = { family: 0, ifindex: 0, state: 0, flags: 0, type: 0 }

/** ARP and ND entries of one device, or of all. */
export function listNeighbours(socket: NetlinkSocket, ifindex?: Ifindex): Neighbour[] {
  const message = request(neighbourMessage, { what: 'list neighbours', type: uapi.RTM_GETNEIGH }, NO_NEIGHBOUR, {
    ifindex,
  })
  return dump(socket, message, readNeighbour)
}

/** undefined when the kernel has no entry. */
export function getNeighbour(socket: NetlinkSocket, ifindex: Ifindex, ip: IpAddress): Neighbour | undefined {
  const header = { ...NO_NEIGHBOUR, family: FAMILY_NUMBERS[ipFamily(ip)], ifindex }
  const message = request(neighbourMessage, { what: `neighbour ${ip}`, type: uapi.RTM_GETNEIGH }, header, { dst: ip })
  const [outcome] = transact(socket, [message], { decode: readNeighbour })
  const { error, replies } = outcome ?? {}
  if (error === undefined) return replies?.[0]
  if (error.errno === constants.errno.ENOENT) return undefined
  throw error
}

/** Asks the kernel to resolve the address now, as a packet to it would (NTF_USE). The answer comes later. */
export function kickNeighbour(socket: NetlinkSocket, ifindex: Ifindex, ip: IpAddress): void {
  // NTF_USE takes a permanent entry's permanence away (net/core/neighbour.c __neigh_update).
  if (getNeighbour(socket, ifindex, ip)?.state === 'permanent') return
  const header = { ...NO_NEIGHBOUR, family: FAMILY_NUMBERS[ipFamily(ip)], ifindex, flags: uapi.NTF_USE }
  const options = { what: `resolve ${ip}`, type: uapi.RTM_NEWNEIGH, flags: uapi.NLM_F_CREATE }
  execute(socket, request(neighbourMessage, options, header, { dst: ip }))
}

function readNeighbour(message: Message): Neighbour | undefined {
  const { header, attributes } = readBody(neighbourMessage, message)
  const { dst: ip, mac } = attributes
  // The same dump has the bridges' forwarding entries.
  if (ip === undefined || (header.family !== uapi.AF_INET && header.family !== uapi.AF_INET6)) return undefined
  const state = STATES.find((_, bit) => (header.state & (1 << bit)) !== 0) ?? 'none'
  return {
    ifindex: header.ifindex as Ifindex,
    ip,
    state,
    valid: VALID.has(state),
    ...(mac !== undefined && { mac }),
  }
}
