import { isIPv6 } from 'node:net'
import { NicsteerError } from '../base/errors.js'
import { type IpAddress, parseIp } from '../base/types.js'

/** A VTEP as it is written: an address, and the plane that it is in where that is written with it. */
export interface WrittenVtep {
  ip: IpAddress
  plane?: string
}

/** 0/8, 127/8, multicast and reserved of IPv4; unspecified, loopback, multicast, link-local of IPv6 (RFC 6890, RFC 4291). */
const NO_VTEP = /^(0\.|127\.|22[4-9]\.|2[345]\d\.|::1?$|ff|fe[89ab])/

/**
 * `10.0.0.1`, `10.0.0.1:rail0`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:rail0`. What follows a bare IPv6 address can't be told from
 * it, so that never has a plane.
 * @throws NicsteerError BAD_IP
 */
export function parseVtep(text: string): WrittenVtep {
  if (isIPv6(text)) return { ip: usable(text) }
  const [, bracketed, plain, plane] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([\w.-]+))?$/.exec(text) ?? []
  const address = bracketed ?? plain
  if (address === undefined || (bracketed !== undefined && !isIPv6(bracketed))) {
    const hint = 'write ADDRESS or ADDRESS:PLANE, with IPv6 in brackets: [2001:db8::1]:rail0'
    throw new NicsteerError('BAD_IP', `"${text}" is not a VTEP`, { hint })
  }
  return { ip: usable(address), ...(plane !== undefined && { plane }) }
}

function usable(text: string): IpAddress {
  const ip = parseIp(text)
  if (!NO_VTEP.test(ip)) return ip
  const hint = 'give a routable unicast address'
  throw new NicsteerError('BAD_IP', `"${text}" cannot be a tunnel endpoint`, { hint })
}
