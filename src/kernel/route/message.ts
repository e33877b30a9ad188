import type { IpAddress } from '../../base/types.js'
import { MalformedMessage } from '../netlink/attribute.js'
import { type Codec, etherAddress, ip, s32, string, u8, u16, u32 } from '../netlink/codec.js'
import type { MessageLayout } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import { pad, struct } from '../netlink/struct.js'
import { uapi } from '../uapi.js'

export const FAMILY_NUMBERS = { 4: uapi.AF_INET, 6: uapi.AF_INET6 } as const

/** Whole length of an address in bits. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const

/** A gateway of another family than the route's: u16 family, then the address (struct rtvia). */
const via: Codec<IpAddress> = {
  write(out, address) {
    u16.write(out, address.includes(':') ? uapi.AF_INET6 : uapi.AF_INET)
    ip.write(out, address)
  },
  read: (source, start, end) => ip.read(source, start + 2, end),
}

/** linux/rtnetlink.h struct rtnexthop, followed by attributes of its own. */
const rtnexthop = struct({ length: u16, flags: u8, hops: u8, ifindex: s32 })
const nexthopAttributes = attributes({
  gateway: attribute('RTA_GATEWAY', ip),
  via: attribute('RTA_VIA', via),
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
  dst: attribute('RTA_DST', ip),
  src: attribute('RTA_SRC', ip),
  iif: attribute('RTA_IIF', u32),
  oif: attribute('RTA_OIF', u32),
  gateway: attribute('RTA_GATEWAY', ip),
  priority: attribute('RTA_PRIORITY', u32),
  prefsrc: attribute('RTA_PREFSRC', ip),
  multipath: attribute('RTA_MULTIPATH', multipath),
  table: attribute('RTA_TABLE', u32),
  mark: attribute('RTA_MARK', u32),
  via: attribute('RTA_VIA', via),
})
export const routeMessage: MessageLayout<Infer<typeof rtmsg>, Infer<typeof rta>> = { header: rtmsg, attributes: rta }

/** linux/if_addr.h struct ifaddrmsg and IFA_* */
const ifaddrmsg = struct({ family: u8, prefixLen: u8, flags: u8, scope: u8, index: u32 })
const ifa = attributes({
  address: attribute('IFA_ADDRESS', ip),
  local: attribute('IFA_LOCAL', ip),
  label: attribute('IFA_LABEL', string),
  flags: attribute('IFA_FLAGS', u32),
})
export const addressMessage: MessageLayout<Infer<typeof ifaddrmsg>, Infer<typeof ifa>> = {
  header: ifaddrmsg,
  attributes: ifa,
}

/** linux/neighbour.h struct ndmsg and NDA_* */
const ndmsg = struct({ family: u8, _pad1: pad(3), ifindex: s32, state: u16, flags: u8, type: u8 })
const nda = attributes({
  dst: attribute('NDA_DST', ip),
  mac: attribute('NDA_LLADDR', etherAddress),
  ifindex: attribute('NDA_IFINDEX', u32),
})
export const neighbourMessage: MessageLayout<Infer<typeof ndmsg>, Infer<typeof nda>> = {
  header: ndmsg,
  attributes: nda,
}

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
  dst: attribute('FRA_DST', ip),
  src: attribute('FRA_SRC', ip),
  iifName: attribute('FRA_IIFNAME', string),
  goto: attribute('FRA_GOTO', u32),
  priority: attribute('FRA_PRIORITY', u32),
  fwmark: attribute('FRA_FWMARK', u32),
  table: attribute('FRA_TABLE', u32),
  fwmask: attribute('FRA_FWMASK', u32),
  oifName: attribute('FRA_OIFNAME', string),
  l3mdev: attribute('FRA_L3MDEV', u8),
  protocol: attribute('FRA_PROTOCOL', u8),
})
export const ruleMessage: MessageLayout<Infer<typeof fibRuleHdr>, Infer<typeof fra>> = {
  header: fibRuleHdr,
  attributes: fra,
}
