import { formatIp, formatMac, type IpAddress, ipBytes, type MacAddress } from '../../base/types.js'
import { MalformedMessage } from './attribute.js'
import { type ByteSource, type ByteWriter, HOST_LITTLE_ENDIAN } from './bytes.js'
import type { AttributeNames } from './schema.js'

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

/** A number of fixed size; usable as an attribute and as a field of a struct. */
export interface Scalar<T> extends Codec<T> {
  readonly size: number
  get(view: DataView, at: number): T
  set(view: DataView, at: number, value: T): void
}

function scalar<T>(
  size: number,
  get: (view: DataView, at: number) => T,
  set: (view: DataView, at: number, value: T) => void,
): Scalar<T> {
  return {
    size,
    get,
    set,
    write(out, value) {
      const at = out.reserve(size)
      set(out.view, at, value)
    },
    read(source, start, end) {
      if (end - start !== size)
        throw new MalformedMessage(`expected ${size} bytes at ${start}, there are ${end - start}`)
      return get(source.view, start)
    },
  }
}

const LE = HOST_LITTLE_ENDIAN

export const u8 = scalar<number>(
  1,
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
)
export const u16 = scalar<number>(
  2,
  (view, at) => view.getUint16(at, LE),
  (view, at, value) => view.setUint16(at, value, LE),
)
export const u32 = scalar<number>(
  4,
  (view, at) => view.getUint32(at, LE),
  (view, at, value) => view.setUint32(at, value, LE),
)
export const s32 = scalar<number>(
  4,
  (view, at) => view.getInt32(at, LE),
  (view, at, value) => view.setInt32(at, value, LE),
)
/** Exact up to 2^53; a counter beyond that is rounded to the nearest number that JSON can carry. */
export const u64 = scalar<number>(
  8,
  (view, at) => Number(view.getBigUint64(at, LE)),
  (view, at, value) => view.setBigUint64(at, BigInt(value), LE),
)
export const be16 = scalar<number>(
  2,
  (view, at) => view.getUint16(at),
  (view, at, value) => view.setUint16(at, value),
)
export const be32 = scalar<number>(
  4,
  (view, at) => view.getUint32(at),
  (view, at, value) => view.setUint32(at, value),
)
export const be64 = scalar<number>(
  8,
  (view, at) => Number(view.getBigUint64(at)),
  (view, at, value) => view.setBigUint64(at, BigInt(value)),
)

/** NLA_FLAG: there or not; `false` is not written (see the table's writer). */
export const flag: Codec<true> = { write() {}, read: () => true }

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
    let stop = start
    while (stop < end && source.bytes[stop] !== 0) stop++
    return Buffer.from(source.bytes.buffer, source.bytes.byteOffset + start, stop - start).toString('utf8')
  },
}

/** Any bytes. */
export const hex: Codec<Hex> = {
  write(out, value) {
    const at = out.reserve(value.length >> 1)
    for (let i = 0; i < value.length >> 1; i++) {
      out.bytes[at + i] = (hexDigit(value, 2 * i) << 4) | hexDigit(value, 2 * i + 1)
    }
    if ((value.length & 1) !== 0) throw new TypeError(`"${value}" has an odd number of hexadecimal digits`)
  },
  read(source, start, end) {
    return Buffer.from(source.bytes.buffer, source.bytes.byteOffset + start, end - start).toString('hex')
  },
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  if (code >= 65 && code <= 70) return code - 55
  throw new TypeError(`"${text}" is not hexadecimal`)
}

export const mac: Codec<MacAddress> = {
  write(out, value) {
    const at = out.reserve(6)
    for (let i = 0; i < 6; i++) out.bytes[at + i] = (hexDigit(value, 3 * i) << 4) | hexDigit(value, 3 * i + 1)
  },
  read(source, start, end) {
    if (end - start !== 6)
      throw new MalformedMessage(`expected a MAC address at ${start}, there are ${end - start} bytes`)
    return formatMac(source.bytes, start)
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
    if (value.includes(':')) out.append(ipBytes(value))
    else writeIpv4(out, value)
  },
  read(source, start, end) {
    if (end - start !== 4 && end - start !== 16) {
      throw new MalformedMessage(`expected an IP address at ${start}, there are ${end - start} bytes`)
    }
    return formatIp(source.bytes.subarray(start, end))
  },
}

/** Addresses are in every rule, several times: this one allocates nothing. */
function writeIpv4(out: ByteWriter, address: string): void {
  const end = out.reserve(4) + 4
  let at = end - 4
  let octet = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code !== DOT) octet = octet * 10 + code - ZERO
    else {
      out.bytes[at++] = octet
      octet = 0
    }
  }
  out.bytes[at] = octet
}

const DOT = 0x2e
const ZERO = 0x30
