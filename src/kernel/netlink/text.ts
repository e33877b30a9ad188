import type { IpAddress, MacAddress } from '../../base/types.js'

/**
 * Bytes as text. A dump says the same few names and addresses again and again: what was said lately is kept, which is
 * faster than making it anew, and needs its memory once.
 */
const SLOTS = 1024

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const COLON = 0x3a
const DECIMAL_DOT = Array.from({ length: 256 }, (_, byte) => `${byte}.`)

const macHigh = new Uint32Array(SLOTS)
const macLow = new Uint32Array(SLOTS)
const macs: (string | undefined)[] = Array.from({ length: SLOTS })

/** Six bytes in network order from `at`. */
export function macText(bytes: Uint8Array, at: number): MacAddress {
  const high = (byte(bytes, at) << 8) | byte(bytes, at + 1)
  const low =
    ((byte(bytes, at + 2) << 24) | (byte(bytes, at + 3) << 16) | (byte(bytes, at + 4) << 8) | byte(bytes, at + 5)) >>> 0
  const slot = (low ^ (low >>> 10) ^ high) & (SLOTS - 1)
  const known = macs[slot]
  if (known !== undefined && macLow[slot] === low && macHigh[slot] === high) return known as MacAddress
  const text = String.fromCharCode(
    digit(high >>> 12),
    digit(high >>> 8),
    COLON,
    digit(high >>> 4),
    digit(high),
    COLON,
    digit(low >>> 28),
    digit(low >>> 24),
    COLON,
    digit(low >>> 20),
    digit(low >>> 16),
    COLON,
    digit(low >>> 12),
    digit(low >>> 8),
    COLON,
    digit(low >>> 4),
    digit(low),
  )
  macHigh[slot] = high
  macLow[slot] = low
  macs[slot] = text
  return text as MacAddress
}

const ipv4Keys = new Uint32Array(SLOTS)
const ipv4s: (string | undefined)[] = Array.from({ length: SLOTS })

/** @param address in host order: 10.0.0.1 is 0x0a000001 */
export function ipv4Text(address: number): IpAddress {
  const slot = (address ^ (address >>> 10)) & (SLOTS - 1)
  const known = ipv4s[slot]
  if (known !== undefined && ipv4Keys[slot] === address) return known as IpAddress
  const text =
    entry(DECIMAL_DOT, address >>> 24) +
    entry(DECIMAL_DOT, (address >>> 16) & 0xff) +
    entry(DECIMAL_DOT, (address >>> 8) & 0xff) +
    (address & 0xff)
  ipv4Keys[slot] = address
  ipv4s[slot] = text
  return text as IpAddress
}

const WORD_BYTES = 31
const words: (string | undefined)[] = Array.from({ length: SLOTS })

/** Names of kinds and devices; undefined for text that is longer than those are, or isn't ASCII. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start
  if (length > WORD_BYTES) return undefined
  let hash = length
  for (let at = start; at < end; at++) hash = (hash * 31 + byte(bytes, at)) | 0
  const slot = hash & (SLOTS - 1)
  const known = words[slot]
  if (known !== undefined && isText(known, bytes, start, length)) return known
  let text = ''
  for (let at = start; at < end; at++) {
    if (byte(bytes, at) > 0x7f) return undefined
    text += String.fromCharCode(byte(bytes, at))
  }
  words[slot] = text
  return text
}

function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

/** Longer ones are faster made by the runtime. */
const SHORT_HEX = 16

/** Two lower-case digits a byte. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_HEX) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex')
  }
  let text = ''
  for (let at = start; at < end; at++) text += entry(HEX, byte(bytes, at))
  return text
}

/** Character of the lowest four bits. */
function digit(value: number): number {
  const low = value & 15
  return low < 10 ? 0x30 + low : 0x57 + low
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

function entry(table: readonly string[], index: number): string {
  return table[index] as string
}
