import type { IpAddress, IpFamily } from '../../base/types.js'
import { uapi } from '../uapi.js'

export const FAMILY_NUMBERS = { 4: uapi.AF_INET, 6: uapi.AF_INET6 } as const

export function familyOf(number: number): IpFamily {
  return number === uapi.AF_INET6 ? 6 : 4
}

/** Whole length of an address in bits. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const

/** linux/rtnetlink.h RTPROT_*: who made a route, a rule or a neighbour. Any number up to 255 is allowed. */
export const PROTOCOL = { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, dhcp: 16 } as const

/** linux/rtnetlink.h RT_SCOPE_*: how far a route's destination, or an address, reaches; a smaller number reaches further. */
export const SCOPE = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const

/** linux/rtnetlink.h RT_TABLE_*; tables are numbered up to 2^32-1. */
export const TABLE = { default: 253, main: 254, local: 255 } as const

/** `10.0.0.0/24`, `default`, for messages to people. */
export function prefixText(ip: IpAddress | undefined, prefix: number | undefined): string {
  if (ip === undefined) return 'default'
  return prefix === undefined ? ip : `${ip}/${prefix}`
}
