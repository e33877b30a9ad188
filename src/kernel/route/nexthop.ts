import type { Ifindex, IpAddress } from '../../base/types.js'
import { MalformedMessage } from '../netlink/attribute.js'
import { type Codec, ip, s32, u8, u16 } from '../netlink/codec.js'
import { attribute, attributes, type Infer, type UnknownAttribute } from '../netlink/schema.js'
import { struct } from '../netlink/struct.js'
import { uapi } from '../uapi.js'

export interface Nexthop {
  oif?: Ifindex
  /** Of either family; absent: the destination is on the link. */
  gateway?: IpAddress
  /** Share of the traffic, 1 … 256. */
  weight: number
  /** The gateway is taken to be on the link, whatever its address (RTNH_F_ONLINK). */
  onlink?: boolean
  /** Only read: the device is down, or has no carrier (RTNH_F_DEAD, RTNH_F_LINKDOWN). */
  dead?: boolean
  linkDown?: boolean
  /** Encapsulation and realms, as they came. */
  unknown?: UnknownAttribute[]
}

/** A gateway of another family than the route's: u16 family, then the address (linux/rtnetlink.h struct rtvia). */
export const via: Codec<IpAddress> = {
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
  flags: number
  hops: number
}

/** RTA_MULTIPATH: no nest, but one rtnexthop after the other. */
export const multipath: Codec<WireNexthop[]> = {
  write(out, nexthops) {
    for (const { ifindex, flags, hops, ...rest } of nexthops) {
      const at = out.length
      rtnexthop.write(out, { length: 0, flags, hops, ifindex })
      nexthopAttributes.write(out, rest)
      u16.set(out.view, at, out.length - at)
    }
  },
  read(source, start, end) {
    const nexthops: WireNexthop[] = []
    let at = start
    while (end - at >= rtnexthop.size) {
      const { length, ifindex, flags, hops } = rtnexthop.read(source, at, at + rtnexthop.size)
      if (length < rtnexthop.size || at + length > end) throw new MalformedMessage(`next hop at ${at} is too long`)
      nexthops.push({ ifindex, flags, hops, ...nexthopAttributes.read(source, at + rtnexthop.size, at + length) })
      at += (length + 3) & ~3
    }
    return nexthops
  },
}

/** The two attributes that a gateway can be in. `family` is that of the route. */
export function gatewayAttributes(gateway: IpAddress | undefined, family: 4 | 6): Pick<WireNexthop, 'gateway' | 'via'> {
  if (gateway === undefined) return {}
  return gateway.includes(':') === (family === 6) ? { gateway } : { via: gateway }
}

export interface NexthopFlags {
  onlink?: boolean
  dead?: boolean
  linkDown?: boolean
}

/** @param flags RTNH_F_* of a route's or a next hop's header */
export function readNexthopFlags(flags: number): NexthopFlags {
  return {
    ...((flags & uapi.RTNH_F_ONLINK) !== 0 && { onlink: true }),
    ...((flags & uapi.RTNH_F_DEAD) !== 0 && { dead: true }),
    ...((flags & uapi.RTNH_F_LINKDOWN) !== 0 && { linkDown: true }),
  }
}

export function readNexthop({ ifindex, flags, hops, gateway, via: other, unknown }: WireNexthop): Nexthop {
  const next = gateway ?? other
  return {
    ...(ifindex > 0 && { oif: ifindex as Ifindex }),
    ...(next !== undefined && { gateway: next }),
    // rtnh_hops is the weight less one (net/ipv4/fib_semantics.c fib_get_nhs).
    weight: hops + 1,
    ...readNexthopFlags(flags),
    ...(unknown !== undefined && { unknown }),
  }
}

export function wireNexthop({ oif, gateway, weight, onlink, unknown }: Nexthop, family: 4 | 6): WireNexthop {
  return {
    ifindex: oif ?? 0,
    flags: onlink ? uapi.RTNH_F_ONLINK : 0,
    hops: weight - 1,
    ...gatewayAttributes(gateway, family),
    unknown,
  }
}
