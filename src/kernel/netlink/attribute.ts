import { NicsteerError } from '../../base/errors.js'
import { type ByteSource, type ByteWriter, HOST_LITTLE_ENDIAN } from './bytes.js'
import type { Codec } from './codec.js'

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
  if (end > source.length) refuseEnd(source, end)
  let at = start
  while (end - at >= ATTRIBUTE_HEADER) {
    const length = source.view.getUint16(at, HOST_LITTLE_ENDIAN)
    if (length < ATTRIBUTE_HEADER || at + length > end) refuseAttribute(at, length, end)
    const type = source.view.getUint16(at + 2, HOST_LITTLE_ENDIAN) & NLA_TYPE_MASK
    visit(type, at + ATTRIBUTE_HEADER, at + length)
    at += (length + 3) & ~3
  }
  if (at < end) refuseRest(at, end)
}

export function refuseEnd(source: ByteSource, end: number): never {
  throw new MalformedMessage(`attributes end at ${end}, the message at ${source.length}`)
}

export function refuseAttribute(at: number, length: number, end: number): never {
  throw new MalformedMessage(`attribute at ${at} says it is ${length} bytes long, ${end - at} are left`)
}

export function refuseRest(at: number, end: number): never {
  throw new MalformedMessage(`${end - at} bytes behind the last attribute`)
}

/** Writes one attribute. @throws NicsteerError ATTRIBUTE_TOO_LONG: the length field has 16 bits */
export function writeAttribute<T>(out: ByteWriter, type: number, codec: Codec<T>, value: T): void {
  const at = out.reserve(ATTRIBUTE_HEADER)
  codec.write(out, value)
  finishAttribute(out, at, type)
}

/**
 * Fills in the header at `at`, now that the payload behind it is written, and pads.
 * @throws NicsteerError ATTRIBUTE_TOO_LONG
 */
export function finishAttribute(out: ByteWriter, at: number, type: number): void {
  const length = out.length - at
  if (length > 0xffff) {
    throw new NicsteerError('ATTRIBUTE_TOO_LONG', `a netlink attribute of ${length} bytes can't be encoded`, {
      hint: 'an attribute holds at most 65531 bytes',
    })
  }
  const { view } = out
  view.setUint16(at, length, HOST_LITTLE_ENDIAN)
  view.setUint16(at + 2, type, HOST_LITTLE_ENDIAN)
  if ((length & 3) !== 0) out.align4()
}
