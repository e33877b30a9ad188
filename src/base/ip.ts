import { isIPv4, isIPv6 } from 'node:net'
import { NicsteerError } from './errors.js'
import type { IpAddress, IpFamily } from './types.js'

/**
 * One address, without prefix length or zone. IPv6 comes back in the form of RFC 5952, so that two spellings of one
 * address are one string.
 * @throws NicsteerError BAD_IP
 */
export function parseIp(text: string): IpAddress {
  if (isIPv4(text)) return text as IpAddress
  // A zone would pass isIPv6, but names a link of one node only.
  if (isIPv6(text) && !text.includes('%')) return formatIp(ipv6Bytes(text))
  throw new NicsteerError('BAD_IP', `"${text}" is not an IP address`, {
    hint: 'write one IPv4 or IPv6 address without prefix length',
  })
}

export function ipFamily(ip: IpAddress): IpFamily {
  return ip.includes(':') ? 6 : 4
}

/** 4 or 16 bytes in network order. */
export function ipBytes(ip: IpAddress): Uint8Array {
  return ip.includes(':') ? ipv6Bytes(ip) : Uint8Array.from(ip.split('.'), Number)
}

/**
 * @param bytes 4 or 16 bytes in network order
 * @throws NicsteerError BAD_IP for any other length
 */
export function formatIp(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as IpAddress
  if (bytes.length !== 16) throw new NicsteerError('BAD_IP', `${bytes.length} bytes are not an IP address`)
  return formatIpv6(bytes) as IpAddress
}

/** RFC 5952 section 4: lower case, no leading zeros, `::` for the first longest run of two or more zero groups. */
function formatIpv6(bytes: Uint8Array): string {
  // Section 5 recommends dotted decimal for well-known prefixes; inet_ntop prints it for IPv4-mapped addresses.
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return `::ffff:${bytes.subarray(12).join('.')}`
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  const zeros = longestZeroRun(groups)
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (zeros.length < 2) return hex(groups)
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  groups.forEach((group, i) => {
    if (group !== 0) start = i + 1
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start }
  })
  return best
}

/** @param text a valid IPv6 address in any spelling of RFC 4291 section 2.2 */
function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const [head = '', tail] = text.split('::')
  const left = groupBytes(head)
  bytes.set(left)
  if (tail !== undefined) {
    const right = groupBytes(tail)
    bytes.set(right, 16 - right.length)
  }
  return bytes
}

function groupBytes(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
