import { be16, be64, type Codec, etherAddress, ip, s32, string, u8, u16, u32 } from '../netlink/codec.js'
import type { MessageLayout } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import { pad, struct } from '../netlink/struct.js'
import { multipath, via } from './nexthop.js'

/** linux/rtnetlink.h RTAX_*, in the kernel's units. */
const metrics = attributes({
  /** Bit n: metric RTAX n isn't changed by what is learnt. */
  lock: attribute('RTAX_LOCK', u32),
  /** Bytes. */
  mtu: attribute('RTAX_MTU', u32),
  window: attribute('RTAX_WINDOW', u32),
  /** 1/8 milliseconds. */
  rtt: attribute('RTAX_RTT', u32),
  /** 1/4 milliseconds. */
  rttvar: attribute('RTAX_RTTVAR', u32),
  ssthresh: attribute('RTAX_SSTHRESH', u32),
  cwnd: attribute('RTAX_CWND', u32),
  advmss: attribute('RTAX_ADVMSS', u32),
  reordering: attribute('RTAX_REORDERING', u32),
  hoplimit: attribute('RTAX_HOPLIMIT', u32),
  initcwnd: attribute('RTAX_INITCWND', u32),
  features: attribute('RTAX_FEATURES', u32),
  /** Milliseconds. */
  rtoMin: attribute('RTAX_RTO_MIN', u32),
  initrwnd: attribute('RTAX_INITRWND', u32),
  quickack: attribute('RTAX_QUICKACK', u32),
  congestion: attribute('RTAX_CC_ALGO', string),
})
export type RouteMetrics = Infer<typeof metrics>

/** linux/rtnetlink.h struct rta_cacheinfo; expires counts in hundredths of a second (USER_HZ). */
const rtaCacheinfo = struct({
  clntref: u32,
  lastuse: u32,
  expires: s32,
  error: u32,
  used: u32,
  id: u32,
  ts: u32,
  tsage: u32,
})

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
  metrics: attribute('RTA_METRICS', metrics),
  multipath: attribute('RTA_MULTIPATH', multipath),
  cacheinfo: attribute('RTA_CACHEINFO', rtaCacheinfo),
  table: attribute('RTA_TABLE', u32),
  mark: attribute('RTA_MARK', u32),
  via: attribute('RTA_VIA', via),
  preference: attribute('RTA_PREF', u8),
  expires: attribute('RTA_EXPIRES', u32),
  uid: attribute('RTA_UID', u32),
  ipProto: attribute('RTA_IP_PROTO', u8),
  sport: attribute('RTA_SPORT', be16),
  dport: attribute('RTA_DPORT', be16),
  nexthopId: attribute('RTA_NH_ID', u32),
})
export type RouteHeader = Infer<typeof rtmsg>
export type RouteAttributes = Infer<typeof rta>
export const routeMessage: MessageLayout<RouteHeader, RouteAttributes> = { header: rtmsg, attributes: rta }

/** linux/if_addr.h struct ifa_cacheinfo; lifetimes in seconds, times in hundredths since boot. */
const ifaCacheinfo = struct({ preferred: u32, valid: u32, created: u32, updated: u32 })

/** linux/if_addr.h struct ifaddrmsg and IFA_* */
const ifaddrmsg = struct({ family: u8, prefixLen: u8, flags: u8, scope: u8, index: u32 })
const ifa = attributes({
  address: attribute('IFA_ADDRESS', ip),
  local: attribute('IFA_LOCAL', ip),
  label: attribute('IFA_LABEL', string),
  broadcast: attribute('IFA_BROADCAST', ip),
  cacheinfo: attribute('IFA_CACHEINFO', ifaCacheinfo),
  flags: attribute('IFA_FLAGS', u32),
  metric: attribute('IFA_RT_PRIORITY', u32),
  protocol: attribute('IFA_PROTO', u8),
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
  vlan: attribute('NDA_VLAN', u16),
  port: attribute('NDA_PORT', be16),
  vni: attribute('NDA_VNI', u32),
  ifindex: attribute('NDA_IFINDEX', u32),
  master: attribute('NDA_MASTER', u32),
  srcVni: attribute('NDA_SRC_VNI', u32),
  protocol: attribute('NDA_PROTOCOL', u8),
  nexthopId: attribute('NDA_NH_ID', u32),
  extendedFlags: attribute('NDA_FLAGS_EXT', u32),
})
export const neighbourMessage: MessageLayout<Infer<typeof ndmsg>, Infer<typeof nda>> = {
  header: ndmsg,
  attributes: nda,
}

/** A range as a pair, both ends included. */
function range(bound: typeof u16): Codec<[number, number]> {
  return {
    write(out, [first, last]) {
      bound.write(out, first)
      bound.write(out, last)
    },
    read(source, start, end) {
      const middle = start + bound.size
      return [bound.read(source, start, Math.min(middle, end)), bound.read(source, middle, end)]
    },
  }
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
  tunnelId: attribute('FRA_TUN_ID', be64),
  suppressIfgroup: attribute('FRA_SUPPRESS_IFGROUP', s32),
  suppressPrefixLength: attribute('FRA_SUPPRESS_PREFIXLEN', s32),
  table: attribute('FRA_TABLE', u32),
  fwmask: attribute('FRA_FWMASK', u32),
  oifName: attribute('FRA_OIFNAME', string),
  l3mdev: attribute('FRA_L3MDEV', u8),
  uidRange: attribute('FRA_UID_RANGE', range(u32)),
  protocol: attribute('FRA_PROTOCOL', u8),
  ipProto: attribute('FRA_IP_PROTO', u8),
  sportRange: attribute('FRA_SPORT_RANGE', range(u16)),
  dportRange: attribute('FRA_DPORT_RANGE', range(u16)),
})
export const ruleMessage: MessageLayout<Infer<typeof fibRuleHdr>, Infer<typeof fra>> = {
  header: fibRuleHdr,
  attributes: fra,
}
