import { MalformedMessage } from './attribute.js'
import { type ByteSource, type ByteWriter, HOST_LITTLE_ENDIAN } from './bytes.js'
import type { AttributeNames, Schema } from './schema.js'
import type { Struct } from './struct.js'

/** struct nlmsghdr, linux/netlink.h: u32 length, u16 type, u16 flags, u32 sequence, u32 port id. */
export const NLMSG_HDRLEN = 16

/** One received message; offsets into the receive buffer, which is only valid until the next receive. */
export interface Message {
  readonly source: ByteSource
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly portId: number
  /** First byte after the nlmsghdr. */
  readonly start: number
  readonly end: number
}

/**
 * @throws MalformedMessage when a length reaches behind `end`
 */
export function forEachMessage(source: ByteSource, end: number, visit: (message: Message) => void): void {
  let at = 0
  while (end - at >= NLMSG_HDRLEN) {
    const length = source.view.getUint32(at, HOST_LITTLE_ENDIAN)
    if (length < NLMSG_HDRLEN || length > end - at) {
      throw new MalformedMessage(`message at ${at} says it is ${length} bytes long, ${end - at} are left`)
    }
    visit({
      source,
      type: source.view.getUint16(at + 4, HOST_LITTLE_ENDIAN),
      flags: source.view.getUint16(at + 6, HOST_LITTLE_ENDIAN),
      sequence: source.view.getUint32(at + 8, HOST_LITTLE_ENDIAN),
      portId: source.view.getUint32(at + 12, HOST_LITTLE_ENDIAN),
      start: at + NLMSG_HDRLEN,
      end: at + length,
    })
    at += (length + 3) & ~3
  }
  if (at < end) throw new MalformedMessage(`${end - at} bytes behind the last message`)
}

/** A fixed header followed by attributes: the layout of nearly every netlink message. */
export interface MessageLayout<H, A> {
  readonly header: Struct<H>
  readonly attributes: Schema<A>
}

/** What is sent: type, flags and a body. `names` lets an extended ACK's offset be told as an attribute's name. */
export interface Request {
  /** In a few words, for errors: `add filter`. */
  readonly what: string
  readonly type: number
  /** NLM_F_REQUEST and NLM_F_ACK are added by the transaction. */
  readonly flags: number
  /** Success has nothing to say (no warning, no echo): only a refusal needs an answer of its own. */
  readonly quiet?: boolean | undefined
  readonly headerSize: number
  readonly names?: AttributeNames | undefined
  writeBody(out: ByteWriter): void
}

export function request<H, A>(
  layout: MessageLayout<H, A>,
  { what, type, flags = 0 }: { what: string; type: number; flags?: number },
  header: H,
  attributes: A,
): Request {
  return {
    what,
    type,
    flags,
    headerSize: layout.header.size,
    names: layout.attributes,
    writeBody(out) {
      layout.header.write(out, header)
      out.align4()
      layout.attributes.write(out, attributes)
    },
  }
}

export interface Body<H, A> {
  header: H
  attributes: A
}

/** @throws MalformedMessage */
export function readBody<H, A>(layout: MessageLayout<H, A>, message: Message): Body<H, A> {
  const headerEnd = message.start + layout.header.size
  if (headerEnd > message.end) throw new MalformedMessage(`message of type ${message.type} is shorter than its header`)
  return {
    header: layout.header.read(message.source, message.start, headerEnd),
    attributes: layout.attributes.read(message.source, message.start + ((layout.header.size + 3) & ~3), message.end),
  }
}

/** @param at where a message begins that {@link writeMessage} wrote */
export function addFlags({ view }: ByteWriter, at: number, flags: number): void {
  view.setUint16(at + 6, view.getUint16(at + 6, HOST_LITTLE_ENDIAN) | flags, HOST_LITTLE_ENDIAN)
}

/** Appends one whole message with its nlmsghdr. Port id 0: the kernel knows the sender. */
export function writeMessage(out: ByteWriter, message: Request, flags: number, sequence: number): void {
  const at = out.reserve(NLMSG_HDRLEN)
  message.writeBody(out)
  const { view } = out
  view.setUint32(at, out.length - at, HOST_LITTLE_ENDIAN)
  view.setUint16(at + 4, message.type, HOST_LITTLE_ENDIAN)
  view.setUint16(at + 6, flags, HOST_LITTLE_ENDIAN)
  view.setUint32(at + 8, sequence, HOST_LITTLE_ENDIAN)
  view.setUint32(at + 12, 0, HOST_LITTLE_ENDIAN)
  out.align4()
}
