import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { ATTRIBUTE_HEADER, forEachAttribute, MalformedMessage } from './attribute.js'
import { ByteSource } from './bytes.js'
import { type Codec, hex, s32, string, u32, u64 } from './codec.js'
import { errnoName, errnoText } from './errno.js'
import { type Message, NLMSG_HDRLEN, type Request } from './message.js'
import { type AttributeNames, attribute, attributes, type Infer, type Siblings } from './schema.js'

/** linux/netlink.h NL_POLICY_TYPE_ATTR_*: what the kernel would have accepted. */
const policy = attributes({
  type: attribute('NL_POLICY_TYPE_ATTR_TYPE', u32),
  minSigned: attribute('NL_POLICY_TYPE_ATTR_MIN_VALUE_S', u64),
  maxSigned: attribute('NL_POLICY_TYPE_ATTR_MAX_VALUE_S', u64),
  min: attribute('NL_POLICY_TYPE_ATTR_MIN_VALUE_U', u64),
  max: attribute('NL_POLICY_TYPE_ATTR_MAX_VALUE_U', u64),
  minLength: attribute('NL_POLICY_TYPE_ATTR_MIN_LENGTH', u32),
  maxLength: attribute('NL_POLICY_TYPE_ATTR_MAX_LENGTH', u32),
  bitfield32Mask: attribute('NL_POLICY_TYPE_ATTR_BITFIELD32_MASK', u32),
  pad: attribute('NL_POLICY_TYPE_ATTR_PAD', hex),
  mask: attribute('NL_POLICY_TYPE_ATTR_MASK', u64),
})
export type Policy = Infer<typeof policy>

/** linux/netlink.h NLMSGERR_ATTR_* */
const extack = attributes({
  message: attribute('NLMSGERR_ATTR_MSG', string),
  offset: attribute('NLMSGERR_ATTR_OFFS', u32),
  cookie: attribute('NLMSGERR_ATTR_COOKIE', hex),
  policy: attribute('NLMSGERR_ATTR_POLICY', policy),
  missingType: attribute('NLMSGERR_ATTR_MISS_TYPE', u32),
  missingNest: attribute('NLMSGERR_ATTR_MISS_NEST', u32),
})
export type Extack = Infer<typeof extack>

export interface RefusalDetail {
  errno: number
  /** Verbatim. */
  extack?: string | undefined
  attributePath?: string[] | undefined
  missing?: string | undefined
  policy?: Policy | undefined
}

/** The kernel said no: the errno's name, and what else it said. */
export class KernelRefusal extends NicsteerError {
  /** `EOPNOTSUPP` */
  readonly errnoName: string
  /** UAPI name of the attribute the kernel objects to, `TCA_FLOWER_KEY_ENC_IPV4_SRC`. */
  readonly attribute: string | undefined
  /** From the outermost nest to that attribute. */
  readonly attributePath: readonly string[]
  /** UAPI name of an attribute that is mandatory and was missing. */
  readonly missing: string | undefined
  /** What the kernel would have accepted for that attribute. */
  readonly policy: Policy | undefined

  /** @param what the request in a few words, `add filter` */
  constructor(what: string, detail: RefusalDetail) {
    const { errno, extack: text, attributePath = [], missing, policy: accepted } = detail
    super('KERNEL_REFUSED', refusalText(what, detail), { errno, ...(text !== undefined && { extack: text }) })
    this.name = 'KernelRefusal'
    this.errnoName = errnoName(errno)
    this.attributePath = attributePath
    this.attribute = attributePath.at(-1)
    this.missing = missing
    this.policy = accepted
  }
}

function refusalText(what: string, { errno, extack: text, attributePath = [], missing }: RefusalDetail): string {
  const why = text ?? errnoText(errno)
  const where = missing ? ` (${missing} is missing)` : attributePath.length > 0 ? ` (${attributePath.at(-1)})` : ''
  return `${what}: ${errnoName(errno)}${why === '' ? '' : `: ${why}`}${where}`
}

export interface Ack {
  /** 0: done. */
  errno: number
  extack: Extack
}

/** struct nlmsgerr: s32 error, the request's header, its body unless capped, then attributes. */
export function readAck(message: Message): Ack {
  const { source, start, end, flags } = message
  const errno = -s32.read(source, start, Math.min(start + 4, end))
  if ((flags & uapi.NLM_F_ACK_TLVS) === 0) return { errno, extack: {} }
  let at = start + 4 + NLMSG_HDRLEN
  if (errno !== 0 && (flags & uapi.NLM_F_CAPPED) === 0) {
    const length = u32.read(source, start + 4, Math.min(start + 8, end))
    if (length > end - start) throw new MalformedMessage(`answer of ${end - start} bytes to a request of ${length}`)
    at = start + 4 + ((length + 3) & ~3)
  }
  return { errno, extack: extack.read(source, at, end) }
}

/** NLMSG_DONE ends a dump with an errno, and attributes like an ACK's. */
export function readDone(message: Message): Ack {
  const { source, start, end, flags } = message
  if (end - start < 4) return { errno: 0, extack: {} }
  const errno = -s32.read(source, start, start + 4)
  return { errno, extack: (flags & uapi.NLM_F_ACK_TLVS) !== 0 ? extack.read(source, start + 4, end) : {} }
}

/** @param sent the request's bytes from its nlmsghdr on */
export function refusal(request: Request, sent: Uint8Array, ack: Ack): KernelRefusal {
  const { message, offset, missingType, missingNest, policy: accepted } = ack.extack
  const attributePath = offset === undefined ? undefined : pathTo(request, sent, offset).names
  return new KernelRefusal(request.what, {
    errno: ack.errno,
    extack: message,
    attributePath,
    missing: missingType === undefined ? undefined : missingName(request, sent, missingNest, missingType),
    policy: accepted,
  })
}

interface Path {
  names: string[]
  /** Names inside the attribute at the end of the path. */
  inside: AttributeNames | undefined
}

/** Follows the nests of a request down to the attribute that begins at `offset`. */
function pathTo(request: Request, sent: Uint8Array, offset: number): Path {
  const source = new ByteSource(sent)
  let path: Path = { names: [], inside: request.names }
  let level = { start: NLMSG_HDRLEN + ((request.headerSize + 3) & ~3), end: sent.length }
  while (path.inside !== undefined) {
    const found = findAttribute(source, level.start, level.end, offset)
    if (found === undefined) return path
    const { inside } = path
    path = {
      names: [...path.names, inside.attributeName(found.type) ?? `attribute ${found.type}`],
      inside: inside.nestedNames(found.type, siblingsIn(source, level.start, level.end)),
    }
    if (found.start - ATTRIBUTE_HEADER === offset) return path
    level = found
  }
  return path
}

function findAttribute(source: ByteSource, start: number, end: number, offset: number) {
  let found: { type: number; start: number; end: number } | undefined
  forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
    if (offset >= payload - ATTRIBUTE_HEADER && offset < payloadEnd) found = { type, start: payload, end: payloadEnd }
  })
  return found
}

function siblingsIn(source: ByteSource, start: number, end: number): Siblings {
  return <T>(wanted: number, codec: Codec<T>): T | undefined => {
    let value: T | undefined
    forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
      if (type === wanted) value = codec.read(source, payload, payloadEnd)
    })
    return value
  }
}

/** @param nest offset of the nest in which it is missing; the message itself where undefined */
function missingName(request: Request, sent: Uint8Array, nest: number | undefined, type: number): string {
  const names = nest === undefined ? request.names : pathTo(request, sent, nest).inside
  return names?.attributeName(type) ?? `attribute ${type}`
}
