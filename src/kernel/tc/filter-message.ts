import type { Ifindex } from '../../base/types.js'
import { ATTRIBUTE_HEADER, finishAttribute, writeAttribute } from '../netlink/attribute.js'
import { type ByteWriter, HOST_LITTLE_ENDIAN } from '../netlink/bytes.js'
import { type Codec, string, u32 } from '../netlink/codec.js'
import type { Message, Request } from '../netlink/message.js'
import { type AttributeNames, namesByKind, type UnknownAttribute } from '../netlink/schema.js'
import { uapi } from '../uapi.js'
import { type BpfFilter, bpfOptions } from './bpf.js'
import { type FlowerFilter, flowerOptions } from './flower.js'
import type { FlowerMatch } from './match.js'
import { type MatchallFilter, matchallOptions } from './matchall.js'
import { estimator, IFINDEX_OF_BLOCK, PARENTS, type Parent, type Tcmsg, tca, tcmsg } from './message.js'
import { type OtherFilter, readOther, writeOther } from './other-filter.js'

/** linux/gen_stats.h struct gnet_estimator: every 250 ms × 2^(interval + 2), averaged over about 2^ewmaLog times that. */
export interface Estimator {
  /** -2 to 3 */
  interval: number
  /** 1 to 31 */
  ewmaLog: number
}

/** Where a filter is. */
export interface FilterPlace {
  ifindex: Ifindex
  parent: Parent
  /** A shared block's index; the filter is then on all its devices, and `ifindex` is the one that was asked about. */
  block?: number | undefined
  chain: number
  /** 1 to 65535; lower comes first. One priority of a chain holds filters of one kind and one protocol. */
  priority: number
  /** ETH_P_*, host order; 0x0003 is every protocol. */
  protocol: number
  /** Measures the filter's actions, which an average rate needs; only written. */
  estimator?: Estimator | undefined
  /** Attributes beside its options that only a newer kernel has. */
  unknown?: UnknownAttribute[] | undefined
}

export type Filter = FlowerFilter | MatchallFilter | BpfFilter | OtherFilter

const FLOWER = 'flower'

/** What TCA_OPTIONS holds, by kind. */
const OPTIONS = new Map<string, Codec<object>>([
  [FLOWER, flowerOptions as Codec<object>],
  ['matchall', matchallOptions as Codec<object>],
  ['bpf', bpfOptions as Codec<object>],
])

/** What a filter's or a chain's attributes are called. */
export const tcaNames = namesByKind(tca, uapi.TCA_KIND, uapi.TCA_OPTIONS, (kind) => OPTIONS.get(kind)?.nested)

/** tcm_info: priority in the upper half, protocol in network order in the lower (TC_H_MAKE). */
export function swap16(value: number): number {
  return HOST_LITTLE_ENDIAN ? ((value & 0xff) << 8) | (value >> 8) : value
}

export function headerOf(place: FilterPlace, handle: number): Tcmsg {
  const shared = place.block !== undefined
  return {
    family: 0,
    ifindex: shared ? IFINDEX_OF_BLOCK : place.ifindex,
    handle,
    parent: place.block ?? PARENTS[place.parent],
    info: ((place.priority << 16) | swap16(place.protocol)) >>> 0,
  }
}

/** What a request about a filter says beside the filter's place. */
interface FilterContent {
  handle?: number
  kind?: string
  flower?: FlowerFilter | undefined
  other?: Exclude<Filter, FlowerFilter> | undefined
  quiet?: boolean
}

/** A request about one filter, with the options of `flower` or `other`. */
export function filterRequest(
  what: string,
  type: number,
  flags: number,
  place: FilterPlace,
  content: FilterContent,
): Request {
  return new FilterRequest(what, type, flags, place, content)
}

/** There are a hundred thousand of them one after the other: an object with a method needs a third of a closure's memory. */
class FilterRequest implements Request {
  readonly what: string
  readonly type: number
  readonly flags: number
  readonly quiet: boolean | undefined
  readonly #place: FilterPlace
  readonly #handle: number
  readonly #kind: string
  readonly #flower: FlowerFilter | undefined
  readonly #other: Exclude<Filter, FlowerFilter> | undefined

  constructor(
    what: string,
    type: number,
    flags: number,
    place: FilterPlace,
    { handle = 0, kind = FLOWER, flower, other, quiet }: FilterContent,
  ) {
    this.what = what
    this.type = type
    this.flags = flags
    this.quiet = quiet
    this.#place = place
    this.#handle = handle
    this.#kind = kind
    this.#flower = flower
    this.#other = other
  }

  get headerSize(): number {
    return tcmsg.size
  }

  get names(): AttributeNames {
    return tcaNames
  }

  writeBody(out: ByteWriter): void {
    const place = this.#place
    tcmsg.write(out, headerOf(place, this.#handle))
    writeAttribute(out, uapi.TCA_KIND, string, this.#kind)
    if (place.chain !== 0) writeAttribute(out, uapi.TCA_CHAIN, u32, place.chain)
    if (place.estimator !== undefined) writeAttribute(out, uapi.TCA_RATE, estimator, place.estimator)
    const flower = this.#flower
    if (flower !== undefined) writeAttribute(out, uapi.TCA_OPTIONS | uapi.NLA_F_NESTED, flowerOptions, flower)
    else if (this.#other !== undefined) writeOptions(out, this.#other)
  }
}

function writeOptions(out: ByteWriter, filter: Exclude<Filter, FlowerFilter>): void {
  const at = out.reserve(ATTRIBUTE_HEADER)
  if (filter.kind === 'raw') writeOther(out, filter)
  else OPTIONS.get(filter.kind)?.write(out, filter)
  finishAttribute(out, at, uapi.TCA_OPTIONS | uapi.NLA_F_NESTED)
}

/**
 * @param asked where the kernel was asked about: its answer names a shared block instead of the device
 * @returns undefined for a priority's own entry (no handle), which is no filter
 */
export function readFilter(message: Message, asked: { ifindex: Ifindex; parent: Parent }): Filter | undefined {
  const { source, start, end } = message
  const header = tcmsg.read(source, start, Math.min(end, start + tcmsg.size))
  const { kind = '', options, chain = 0, unknown } = tca.read(source, start + tcmsg.size, end)
  const { handle } = header
  if (handle === 0 && options === undefined) return undefined

  const { ifindex, parent } = asked
  const priority = header.info >>> 16
  const protocol = swap16(header.info & 0xffff)
  let filter: Filter
  if (kind === FLOWER && options !== undefined) {
    const { match, actions, flags, inHwCount, classId } = flowerOptions.read(source, options.start, options.end)
    restoreEthType(match, protocol)
    const place = { ifindex, parent, chain, priority, protocol, handle }
    filter =
      flags === undefined || inHwCount === undefined
        ? { kind: FLOWER, ...place, match, actions, ...(flags !== undefined && { flags }) }
        : { kind: FLOWER, ifindex, parent, chain, priority, protocol, handle, match, actions, flags, inHwCount }
    if (classId !== undefined) filter.classId = classId
  } else {
    const place = { ifindex, parent, chain, priority, protocol, handle }
    const codec = OPTIONS.get(kind)
    if (options === undefined) filter = { kind: 'raw', name: kind, ...place }
    else if (codec === undefined)
      filter = { kind: 'raw', name: kind, ...place, ...readOther(kind, source, options.start, options.end) }
    else filter = { kind, ...place, ...codec.read(source, options.start, options.end) } as Filter
  }
  if (header.ifindex === IFINDEX_OF_BLOCK) filter.block = header.parent
  if (unknown !== undefined) filter.unknown = unknown
  return filter
}

/**
 * Flower reads TCA_FLOWER_KEY_ETH_TYPE as the outermost type and answers with the innermost, or none (cls_flower.c
 * fl_set_key, fl_set_key_pppoe, fl_dump_key): written back as it came, a match inside a tag would lose its keys. The
 * outermost type is the filter's protocol. With `protocol all` only its being a VLAN tag is known, and C-tags (802.1Q)
 * are assumed; a counted tag (num_of_vlans) may be of any type.
 */
export function restoreEthType(match: FlowerMatch, protocol: number): void {
  const { vlanId, vlanPrio, vlanEthType, pppoeSid, pppProto } = match
  const pppoe = pppoeSid !== undefined || pppProto !== undefined
  if (protocol === uapi.ETH_P_8021Q || protocol === uapi.ETH_P_8021AD) match.ethType = protocol
  else if (vlanId !== undefined || vlanPrio !== undefined || vlanEthType !== undefined) {
    if (match.numOfVlans === undefined) match.ethType = uapi.ETH_P_8021Q
  } else if (pppoe || protocol === uapi.ETH_P_PPP_SES) match.ethType = uapi.ETH_P_PPP_SES
  if (pppoe && match.ethType !== uapi.ETH_P_PPP_SES) restoreInnerType(match)
}

/** PPPoE inside of one tag or two. */
function restoreInnerType(match: FlowerMatch): void {
  const { vlanEthType, cvlanId, cvlanPrio } = match
  const twoTags = cvlanId !== undefined || cvlanPrio !== undefined || isVlan(vlanEthType)
  if (twoTags) match.cvlanEthType = uapi.ETH_P_PPP_SES
  else match.vlanEthType = uapi.ETH_P_PPP_SES
}

function isVlan(ethType: number | undefined): boolean {
  return ethType === uapi.ETH_P_8021Q || ethType === uapi.ETH_P_8021AD
}
