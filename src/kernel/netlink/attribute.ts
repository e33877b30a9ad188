import { NicsteerError } from '../../base/errors.js'
import { type ByteSource, type ByteWriter, HOST_LITTLE_ENDIAN } from './bytes.js'

/** struct nlattr, linux/netlink.h: u16 length with header, u16 type; payload padded to four bytes. */
export const ATTRIBUTE_HEADER = 4

export const NLA_TYPE_MASK = 0x3fff

/** Bytes that are not what their length fields say. */
export class MalformedMessage extends NicsteerError {
  constructor(what: string) {
    super('NETLINK_MALFORMED', what)
    this.name = 'MalformedMessage'
  }
}

/**
 * Calls `visit` for each attribute in [start, end) with the offsets of its payload.
 * @throws MalformedMessage when an attribute reaches behind `end`, or something else is left there
 */
export function forEachAttribute(
  source: ByteSource,
  start: number,
  end: number,
  visit: (type: number, payload: number, payloadEnd: number) => void,
): void {
  if (end > source.length) throw new MalformedMessage(`attributes end at ${end}, the message at ${source.length}`)
  let at = start
  while (end - at >= ATTRIBUTE_HEADER) {
    const length = source.view.getUint16(at, HOST_LITTLE_ENDIAN)
    if (length < ATTRIBUTE_HEADER || at + length > end) {
      throw new MalformedMessage(`attribute at ${at} says it is ${length} bytes long, ${end - at} are left`)
    }
    const type = source.view.getUint16(at + 2, HOST_LITTLE_ENDIAN) & NLA_TYPE_MASK
    visit(type, at + ATTRIBUTE_HEADER, at + length)
    at += (length + 3) & ~3
  }
  if (at < end) throw new MalformedMessage(`${end - at} bytes behind the last attribute`)
}

/** Writes an attribute's header and returns its place for {@link endAttribute}. */
export function beginAttribute(out: ByteWriter, type: number): number {
  const at = out.reserve(ATTRIBUTE_HEADER)
  out.view.setUint16(at + 2, type, HOST_LITTLE_ENDIAN)
  return at
}

/**
 * Fills in the length and pads.
 * @throws NicsteerError ATTRIBUTE_TOO_LONG: the length field has 16 bits
 */
export function endAttribute(out: ByteWriter, at: number): void {
  const length = out.length - at
  if (length > 0xffff) {
    throw new NicsteerError('ATTRIBUTE_TOO_LONG', `a netlink attribute of ${length} bytes can't be encoded`, {
      hint: 'an attribute holds at most 65531 bytes',
    })
  }
  out.view.setUint16(at, length, HOST_LITTLE_ENDIAN)
  out.align4()
}
