import { NicsteerError } from './errors.js'
import type { MacAddress } from './types.js'

const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i

/**
 * Accepts colons or dashes, either case; gives lower case with colons.
 * @throws NicsteerError BAD_MAC
 */
export function parseMac(text: string): MacAddress {
  if (!MAC.test(text)) {
    throw new NicsteerError('BAD_MAC', `"${text}" is not a MAC address`, {
      hint: 'write six bytes, for example 02:00:00:00:00:01',
    })
  }
  return text.toLowerCase().replaceAll('-', ':') as MacAddress
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** @param bytes six bytes from `offset`, network order */
export function formatMac(bytes: Uint8Array, offset = 0): MacAddress {
  let text = HEX[bytes[offset] ?? 0] ?? ''
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[offset + i] ?? 0]}`
  return text as MacAddress
}

/** The six bytes in network order. */
export function macBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6)
  for (let i = 0; i < 6; i++) bytes[i] = Number.parseInt(mac.slice(i * 3, i * 3 + 2), 16)
  return bytes
}

/** The group bit: multicast, and broadcast too (IEEE 802-2014 section 8.2.2). */
export function isMulticastMac(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
}
