import { formatIp, type IpAddress, ipBytes, type MacAddress } from '../../base/types.js'
import { MalformedMessage } from './attribute.js'
import type { ByteSource, ByteWriter } from './bytes.js'
import { u8 } from './scalar.js'
import type { AttributeNames } from './schema.js'
import { asciiText, hexText, ipv4Text, macText } from './text.js'

export { be16, be32, be64, type Scalar, s32, u8, u16, u32, u64 } from './scalar.js'

/** Translates an attribute's payload. Pure: no sockets, nothing kept of the bytes that were passed in. */
export interface Codec<T> {
  write(out: ByteWriter, value: T): void
  /** @throws MalformedMessage when the payload [start, end) can't be what the codec expects */
  read(source: ByteSource, start: number, end: number): T
  /** The payload is attributes again: NLA_F_NESTED is set, and names are found inside. */
  readonly nested?: AttributeNames
}

/** Bytes as lower-case hexadecimal digits, two each, no separator; comparable, and JSON keeps it. */
export type Hex = string

/** NLA_FLAG: there or not; `false` is not written (see the table's writer). */
export const flag: Codec<true> = { write() {}, read: () => true }

/** A flag as a byte, where it is on; 0 is read as if it weren't there, `false` is not written. */
export const byteFlag: Codec<true> = {
  write: (out) => u8.write(out, 1),
  read: (source, start, end) => (u8.read(source, start, end) === 0 ? (undefined as unknown as true) : true),
}

/** What aligns the attribute behind it to eight bytes. */
export const padding: Codec<never> = { write() {}, read: () => undefined as never }

/** NUL-terminated, as most strings are; a missing NUL (NLA_STRING) is read too. */
export const string: Codec<string> = {
  write(out, value) {
    const at = out.reserve(value.length + 1)
    out.bytes[at + value.length] = 0
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        out.length = at
        out.append(new TextEncoder().encode(`${value}\0`))
        return
      }
      out.bytes[at + i] = code
    }
  },
  read(source, start, end) {
    const { bytes } = source
    let stop = start
    while (stop < end && bytes[stop] !== 0) stop++
    return asciiText(bytes, start, stop) ?? Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString()
  },
}

/** Where a payload is; for one whose meaning depends on another attribute of its nest. Only read. */
export interface Span {
  start: number
  end: number
}
export const span: Codec<Span> = {
  write() {
    throw new TypeError('a span is only read')
  },
  read: (_, start, end) => ({ start, end }),
}

/** Any bytes. */
export const hex: Codec<Hex> = {
  write(out, value) {
    const at = out.reserve(value.length >> 1)
    const { bytes } = out
    for (let i = 0; i < value.length >> 1; i++) bytes[at + i] = hexByte(value, 2 * i)
    if ((value.length & 1) !== 0) throw new TypeError(`"${value}" has an odd number of hexadecimal digits`)
  },
  read: (source, start, end) => hexText(source.bytes, start, end),
}

/** Values of the characters '0' to 'f'; 255 for what is no hexadecimal digit. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? 255 : value
})

function hexByte(text: string, at: number): number {
  const high = DIGITS[text.charCodeAt(at)] ?? 255
  const low = DIGITS[text.charCodeAt(at + 1)] ?? 255
  if ((high | low) > 15) throw new TypeError(`"${text}" is not hexadecimal`)
  return (high << 4) | low
}

export const mac: Codec<MacAddress> = {
  write(out, value) {
    const at = out.reserve(6)
    const { bytes } = out
    for (let i = 0; i < 6; i++) bytes[at + i] = hexByte(value, 3 * i)
  },
  read(source, start, end) {
    if (end - start !== 6)
      throw new MalformedMessage(`expected a MAC address at ${start}, there are ${end - start} bytes`)
    return macText(source.bytes, start)
  },
}

/** A link-layer address where it may not be Ethernet's: one of another length is read as missing. */
export const etherAddress: Codec<MacAddress> = {
  write: mac.write,
  read: (source, start, end) =>
    end - start === 6 ? mac.read(source, start, end) : (undefined as unknown as MacAddress),
}

/** The family follows from the length on reading, from the text on writing. */
export const ip: Codec<IpAddress> = {
  write(out, value) {
    if (isIpv6Text(value)) out.append(ipBytes(value))
    else writeIpv4(out, value)
  },
  read(source, start, end) {
    if (end - start === 4) return ipv4Text(source.view.getUint32(start))
    if (end - start !== 16) {
      throw new MalformedMessage(`expected an IP address at ${start}, there are ${end - start} bytes`)
    }
    return formatIp(source.bytes.subarray(start, end))
  },
}

/** Of an address: looks no further than its first colon or dot. */
export function isIpv6Text(address: string): boolean {
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === DOT) return false
    if (code === COLON) return true
  }
  return false
}

/** Addresses are in every rule, several times: this one allocates nothing. */
function writeIpv4(out: ByteWriter, address: string): void {
  let at = out.reserve(4)
  const { bytes } = out
  let octet = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code !== DOT) octet = octet * 10 + code - ZERO
    else {
      bytes[at++] = octet
      octet = 0
    }
  }
  bytes[at] = octet
}

const DOT = 0x2e
const COLON = 0x3a
const ZERO = 0x30
