import type { IpAddress } from '../../base/types.js'
import { MalformedMessage } from '../netlink/attribute.js'
import { type Codec, etherAddress, ip, s32, string, u8, u16, u32 } from '../netlink/codec.js'
import type { MessageLayout } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import { pad, struct } from '../netlink/struct.js'

/** linux/socket.h */
export const AF_INET = 2
export const AF_INET6 = 10

export const FAMILY_NUMBERS = { 4: AF_INET, 6: AF_INET6 } as const

/** Whole length of an address in bits. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const

/** A gateway of another family than the route's: u16 family, then the address (struct rtvia). */
const via: Codec<IpAddress> = {
  write(out, address) {
    u16.write(out, address.includes(':') ? AF_INET6 : AF_INET)
    ip.write(out, address)
  },
  read: (source, start, end) => ip.read(source, start + 2, end),
}

/** linux/rtnetlink.h struct rtnexthop, followed by attributes of its own. */
const rtnexthop = struct({ length: u16, flags: u8, hops: u8, ifindex: s32 })
const nexthopAttributes = attributes({
  gateway: attribute(5, 'RTA_GATEWAY', ip),
  via: attribute(18, 'RTA_VIA', via),
})
export interface WireNexthop extends Infer<typeof nexthopAttributes> {
  ifindex: number
  hops: number
}

const multipath: Codec<WireNexthop[]> = {
  write() {
    throw new TypeError('multipath routes are only read')
  },
  read(source, start, end) {
    const nexthops: WireNexthop[] = []
    let at = start
    while (end - at >= rtnexthop.size) {
      const { length, ifindex, hops } = rtnexthop.read(source, at, at + rtnexthop.size)
      if (length < rtnexthop.size || at + length > end) throw new MalformedMessage(`next hop at ${at} is too long`)
      nexthops.push({ ifindex, hops, ...nexthopAttributes.read(source, at + rtnexthop.size, at + length) })
      at += (length + 3) & ~3
    }
    return nexthops
  },
}

/** linux/rtnetlink.h struct rtmsg and RTA_* */
const rtmsg = struct({
  family: u8,
  dstLen: u8,
  srcLen: u8,
  tos: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32,
})
const rta = attributes({
  dst: attribute(1, 'RTA_DST', ip),
  src: attribute(2, 'RTA_SRC', ip),
  iif: attribute(3, 'RTA_IIF', u32),
  oif: attribute(4, 'RTA_OIF', u32),
  gateway: attribute(5, 'RTA_GATEWAY', ip),
  priority: attribute(6, 'RTA_PRIORITY', u32),
  prefsrc: attribute(7, 'RTA_PREFSRC', ip),
  multipath: attribute(9, 'RTA_MULTIPATH', multipath),
  table: attribute(15, 'RTA_TABLE', u32),
  mark: attribute(16, 'RTA_MARK', u32),
  via: attribute(18, 'RTA_VIA', via),
})
export const routeMessage: MessageLayout<Infer<typeof rtmsg>, Infer<typeof rta>> = { header: rtmsg, attributes: rta }
export const RTM_NEWROUTE = 24
export const RTM_GETROUTE = 26
export const RTM_F_LOOKUP_TABLE = 0x1000

/** linux/if_addr.h struct ifaddrmsg and IFA_* */
const ifaddrmsg = struct({ family: u8, prefixLen: u8, flags: u8, scope: u8, index: u32 })
const ifa = attributes({
  address: attribute(1, 'IFA_ADDRESS', ip),
  local: attribute(2, 'IFA_LOCAL', ip),
  label: attribute(3, 'IFA_LABEL', string),
  flags: attribute(8, 'IFA_FLAGS', u32),
})
export const addressMessage: MessageLayout<Infer<typeof ifaddrmsg>, Infer<typeof ifa>> = {
  header: ifaddrmsg,
  attributes: ifa,
}
export const RTM_GETADDR = 22

/** linux/neighbour.h struct ndmsg and NDA_* */
const ndmsg = struct({ family: u8, _pad1: pad(3), ifindex: s32, state: u16, flags: u8, type: u8 })
const nda = attributes({
  dst: attribute(1, 'NDA_DST', ip),
  mac: attribute(2, 'NDA_LLADDR', etherAddress),
  ifindex: attribute(8, 'NDA_IFINDEX', u32),
})
export const neighbourMessage: MessageLayout<Infer<typeof ndmsg>, Infer<typeof nda>> = {
  header: ndmsg,
  attributes: nda,
}
export const RTM_NEWNEIGH = 28
export const RTM_GETNEIGH = 30

/** linux/fib_rules.h struct fib_rule_hdr and FRA_* */
const fibRuleHdr = struct({
  family: u8,
  dstLen: u8,
  srcLen: u8,
  tos: u8,
  table: u8,
  _reserved: pad(2),
  action: u8,
  flags: u32,
})
const fra = attributes({
  dst: attribute(1, 'FRA_DST', ip),
  src: attribute(2, 'FRA_SRC', ip),
  iifName: attribute(3, 'FRA_IIFNAME', string),
  goto: attribute(4, 'FRA_GOTO', u32),
  priority: attribute(6, 'FRA_PRIORITY', u32),
  fwmark: attribute(10, 'FRA_FWMARK', u32),
  table: attribute(15, 'FRA_TABLE', u32),
  fwmask: attribute(16, 'FRA_FWMASK', u32),
  oifName: attribute(17, 'FRA_OIFNAME', string),
  l3mdev: attribute(19, 'FRA_L3MDEV', u8),
  protocol: attribute(21, 'FRA_PROTOCOL', u8),
})
export const ruleMessage: MessageLayout<Infer<typeof fibRuleHdr>, Infer<typeof fra>> = {
  header: fibRuleHdr,
  attributes: fra,
}
export const RTM_GETRULE = 34
export const FIB_RULE_INVERT = 2
