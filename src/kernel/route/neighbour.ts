import { constants } from 'node:os'
import { type Ifindex, type IpAddress, ipFamily, type MacAddress } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { neighbourMessage } from './message.js'
import { FAMILY_NUMBERS } from './numbers.js'

/** linux/neighbour.h NUD_*, bit 0 upwards */
const STATES = ['incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed', 'noarp', 'permanent'] as const
/** `none` is no bit at all. */
export type NeighbourState = (typeof STATES)[number] | 'none'
/** include/net/neighbour.h NUD_VALID */
const VALID = new Set<NeighbourState>(['permanent', 'noarp', 'reachable', 'probe', 'stale', 'delay'])

/** An ARP or ND entry. */
export interface Neighbour {
  ifindex: Ifindex
  ip: IpAddress
  mac?: MacAddress
  state: NeighbourState
  /** Packets can be sent with it: NUD_VALID of include/net/neighbour.h. */
  valid: boolean
  /** IPv6: it said that it is a router. */
  router?: boolean
  /** We answer for this address; there is no state and no MAC then. */
  proxy?: boolean
  /** Learnt by somebody else than the kernel, who also keeps it fresh. */
  externLearn?: boolean
  /** The kernel keeps it resolved (since Linux 5.16). */
  managed?: boolean
  /** A driver has it in hardware. */
  offloaded?: boolean
  /** PROTOCOL: who made it. */
  protocol?: number
}

/** To be written; `state` is permanent where missing. `valid` and `offloaded` are only read. */
export type NewNeighbour = Pick<Neighbour, 'ifindex' | 'ip'> & { [K in keyof Neighbour]?: Neighbour[K] | undefined }

/** @throws KernelRefusal EEXIST … */
export function addNeighbour(socket: NetlinkSocket, neighbour: NewNeighbour): void {
  write(socket, 'add', uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, neighbour)
}

/** Adds it, or changes the one that is there. @throws KernelRefusal */
export function replaceNeighbour(socket: NetlinkSocket, neighbour: NewNeighbour): void {
  write(socket, 'replace', uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, neighbour)
}

/** @throws KernelRefusal ENOENT when it isn't there */
export function deleteNeighbour(
  socket: NetlinkSocket,
  { ifindex, ip, proxy }: Pick<NewNeighbour, 'ifindex' | 'ip' | 'proxy'>,
): void {
  const header = { ...headerOf(ifindex, ip), flags: proxy ? uapi.NTF_PROXY : 0 }
  const options = { what: `delete neighbour ${ip} of link ${ifindex}`, type: uapi.RTM_DELNEIGH }
  execute(socket, request(neighbourMessage, options, header, { dst: ip }))
}

/** ARP and ND entries of one device, or of all. */
export function listNeighbours(socket: NetlinkSocket, ifindex?: Ifindex): Neighbour[] {
  const message = request(neighbourMessage, { what: 'list neighbours', type: uapi.RTM_GETNEIGH }, NO_NEIGHBOUR, {
    ifindex,
  })
  return dump(socket, message, readNeighbour)
}

/** Addresses that this node answers for, on one device or on all. */
export function listProxyNeighbours(socket: NetlinkSocket, ifindex?: Ifindex): Neighbour[] {
  const header = { ...NO_NEIGHBOUR, flags: uapi.NTF_PROXY }
  const options = { what: 'list proxy neighbours', type: uapi.RTM_GETNEIGH }
  return dump(socket, request(neighbourMessage, options, header, { ifindex }), readNeighbour)
}

/** undefined when the kernel has no entry. */
export function getNeighbour(socket: NetlinkSocket, ifindex: Ifindex, ip: IpAddress): Neighbour | undefined {
  const options = { what: `neighbour ${ip}`, type: uapi.RTM_GETNEIGH }
  const message = request(neighbourMessage, options, headerOf(ifindex, ip), { dst: ip })
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
  const header = { ...headerOf(ifindex, ip), flags: uapi.NTF_USE }
  const options = { what: `resolve ${ip}`, type: uapi.RTM_NEWNEIGH, flags: uapi.NLM_F_CREATE }
  execute(socket, request(neighbourMessage, options, header, { dst: ip }))
}

/** RTM_NEWNEIGH, RTM_DELNEIGH; undefined for a bridge's forwarding entry (readFdbEntry). @throws MalformedMessage */
export function readNeighbour(message: Message): Neighbour | undefined {
  const { header, attributes } = readBody(neighbourMessage, message)
  const { dst: ip, mac, protocol, extendedFlags = 0 } = attributes
  if (ip === undefined || (header.family !== uapi.AF_INET && header.family !== uapi.AF_INET6)) return undefined
  const state = STATES.find((_, bit) => (header.state & (1 << bit)) !== 0) ?? 'none'
  const { flags } = header
  return {
    ifindex: header.ifindex as Ifindex,
    ip,
    state,
    valid: VALID.has(state),
    ...(mac !== undefined && { mac }),
    ...((flags & uapi.NTF_ROUTER) !== 0 && { router: true }),
    ...((flags & uapi.NTF_PROXY) !== 0 && { proxy: true }),
    ...((flags & uapi.NTF_EXT_LEARNED) !== 0 && { externLearn: true }),
    ...((extendedFlags & uapi.NTF_EXT_MANAGED) !== 0 && { managed: true }),
    ...((flags & uapi.NTF_OFFLOADED) !== 0 && { offloaded: true }),
    ...(protocol !== undefined && { protocol }),
  }
}

export const NO_NEIGHBOUR = { family: 0, ifindex: 0, state: 0, flags: 0, type: 0 }

function headerOf(ifindex: Ifindex, ip: IpAddress) {
  return { ...NO_NEIGHBOUR, family: FAMILY_NUMBERS[ipFamily(ip)], ifindex }
}

function write(socket: NetlinkSocket, verb: string, type: number, flags: number, neighbour: NewNeighbour): void {
  const { ifindex, ip, mac, state = 'permanent', router, proxy, externLearn, managed, protocol } = neighbour
  const header = {
    ...headerOf(ifindex, ip),
    state: proxy || state === 'none' ? 0 : 1 << STATES.indexOf(state),
    flags: (router ? uapi.NTF_ROUTER : 0) | (proxy ? uapi.NTF_PROXY : 0) | (externLearn ? uapi.NTF_EXT_LEARNED : 0),
  }
  // Before Linux 5.16 there is no such attribute.
  const extendedFlags = managed ? uapi.NTF_EXT_MANAGED : undefined
  const options = { what: `${verb} neighbour ${ip} of link ${ifindex}`, type, flags }
  execute(socket, request(neighbourMessage, options, header, { dst: ip, mac, protocol, extendedFlags }))
}
