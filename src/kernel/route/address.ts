import { type Ifindex, type IpAddress, ipFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { addressMessage } from './message.js'
import { ADDRESS_BITS, FAMILY_NUMBERS, prefixText } from './numbers.js'

/** linux/if_addr.h IFA_F_*, bit 0 upwards, in ip-address(8)'s words; `secondary` is `temporary` in IPv6. */
const FLAGS = [
  'secondary',
  'nodad',
  'optimistic',
  'dadfailed',
  'home',
  'deprecated',
  'tentative',
  'permanent',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'stable-privacy',
] as const
export type AddressFlag = (typeof FLAGS)[number]

/** Those that one can ask for (net/ipv6/addrconf.c inet6_rtnl_addr_add; IPv4 knows two of them). */
const WRITABLE = new Set<AddressFlag>(['nodad', 'optimistic', 'home', 'mngtmpaddr', 'noprefixroute', 'autojoin'])

export interface Address {
  ifindex: Ifindex
  ip: IpAddress
  /** Bits of the network. */
  prefix: number
  /** The other end of a point-to-point link; the network is the peer's then. */
  peer?: IpAddress
  /** IPv4 */
  broadcast?: IpAddress
  /** SCOPE; follows from the address in IPv6. */
  scope: number
  /** IPv4: the device's name, and `:something` perhaps. */
  label?: string
  /** `tentative`: duplicate address detection isn't through yet, nobody may send from it. */
  flags: AddressFlag[]
  /** Of the route to its network. */
  metric?: number
  /** linux/if_addr.h IFAPROT_*: who made it; 3 is the kernel for link-local addresses. */
  protocol?: number
  /** Where it isn't for ever. */
  lifetime?: Lifetime
}

/** Seconds; missing: for ever. */
export interface Lifetime {
  /** Until it is removed. */
  valid?: number
  /** Until it is deprecated: still there, but not chosen as a source any more. */
  preferred?: number
}

/** Where missing: `prefix` the whole address, `scope` global, no flags, no broadcast address, for ever. */
export type NewAddress = Pick<Address, 'ifindex' | 'ip'> & { [K in keyof Address]?: Address[K] | undefined }

/** @throws KernelRefusal EEXIST … */
export function addAddress(socket: NetlinkSocket, address: NewAddress): void {
  write(socket, 'add', uapi.RTM_NEWADDR, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, address)
}

/** Adds it, or changes flags, metric and lifetime of the one that is there. @throws KernelRefusal */
export function replaceAddress(socket: NetlinkSocket, address: NewAddress): void {
  write(socket, 'replace', uapi.RTM_NEWADDR, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, address)
}

/** @throws KernelRefusal EADDRNOTAVAIL when it isn't there */
export function deleteAddress(socket: NetlinkSocket, address: NewAddress): void {
  write(socket, 'delete', uapi.RTM_DELADDR, 0, address)
}

/** Addresses of one device, or of all, IPv4 first. */
export function listAddresses(socket: NetlinkSocket, ifindex?: Ifindex): Address[] {
  const header = { family: 0, prefixLen: 0, flags: 0, scope: 0, index: ifindex ?? 0 }
  const message = request(addressMessage, { what: 'list addresses', type: uapi.RTM_GETADDR }, header, {})
  return dump(socket, message, (reply) => {
    const address = readAddress(reply)
    return ifindex === undefined || address?.ifindex === ifindex ? address : undefined
  })
}

/** RTM_NEWADDR, RTM_DELADDR; undefined for one of another family than IP. @throws MalformedMessage */
export function readAddress(message: Message): Address | undefined {
  const { header, attributes } = readBody(addressMessage, message)
  const { local, address, label, broadcast, metric, protocol, cacheinfo } = attributes
  // On a point-to-point link IFA_ADDRESS is the other end's (linux/if_addr.h).
  const ip = local ?? address
  if (ip === undefined) return undefined
  const flags = attributes.flags ?? header.flags
  return {
    ifindex: header.index as Ifindex,
    ip,
    prefix: header.prefixLen,
    scope: header.scope,
    flags: FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0),
    ...(address !== undefined && address !== ip && { peer: address }),
    ...(broadcast !== undefined && { broadcast }),
    ...(label !== undefined && { label }),
    ...(metric !== undefined && { metric }),
    ...(protocol !== undefined && { protocol }),
    ...(cacheinfo !== undefined && readLifetime(cacheinfo)),
  }
}

function readLifetime({ valid, preferred }: { valid: number; preferred: number }): { lifetime?: Lifetime } {
  if (valid === FOR_EVER && preferred === FOR_EVER) return {}
  return { lifetime: { ...(valid !== FOR_EVER && { valid }), ...(preferred !== FOR_EVER && { preferred }) } }
}

/** INFINITY_LIFE_TIME of include/net/addrconf.h */
const FOR_EVER = 0xffffffff

function write(socket: NetlinkSocket, verb: string, type: number, flags: number, address: NewAddress): void {
  const { ifindex, ip, peer, broadcast, scope = 0, label, metric, protocol, lifetime } = address
  const family = ipFamily(ip)
  const { prefix = ADDRESS_BITS[family] } = address
  const header = { family: FAMILY_NUMBERS[family], prefixLen: prefix, flags: 0, scope, index: ifindex }
  const attributes = {
    local: ip,
    address: peer ?? ip,
    broadcast,
    label,
    metric,
    protocol,
    flags: flagBits(address.flags),
    cacheinfo: lifetime && { valid: FOR_EVER, preferred: FOR_EVER, ...lifetime, created: 0, updated: 0 },
  }
  const what = `${verb} address ${prefixText(ip, prefix)} on link ${ifindex}`
  execute(socket, request(addressMessage, { what, type, flags }, header, attributes))
}

function flagBits(flags: readonly AddressFlag[] | undefined): number | undefined {
  return flags?.filter((flag) => WRITABLE.has(flag)).reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0)
}
