import type { Ifindex } from '../../base/types.js'
import { writeAttribute } from '../netlink/attribute.js'
import { HOST_LITTLE_ENDIAN } from '../netlink/bytes.js'
import { type Hex, hex, string, u32 } from '../netlink/codec.js'
import type { Message, Request } from '../netlink/message.js'
import { namesByKind, type UnknownAttribute } from '../netlink/schema.js'
import { uapi } from '../uapi.js'
import { type FlowerFilter, flowerOptions } from './flower.js'
import type { FlowerMatch } from './match.js'
import { IFINDEX_OF_BLOCK, PARENTS, type Parent, type Tcmsg, tca, tcmsg } from './message.js'

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
  /** Attributes beside its options that only a newer kernel has. */
  unknown?: UnknownAttribute[] | undefined
}

/** A filter of a kind that has no codec here (matchall, bpf, u32 …): enough to list it. */
export interface OtherFilter extends FilterPlace {
  kind: 'raw'
  /** As in TCA_KIND. */
  name: string
  handle: number
  /** Payload of TCA_OPTIONS. */
  options?: Hex
}

export type Filter = FlowerFilter | OtherFilter

const FLOWER = 'flower'

const names = namesByKind(tca, uapi.TCA_KIND, uapi.TCA_OPTIONS, (kind) =>
  kind === FLOWER ? flowerOptions.nested : undefined,
)

/** tcm_info: priority in the upper half, protocol in network order in the lower (TC_H_MAKE). */
function swap16(value: number): number {
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

/** A request about one filter; `options` writes the payload of TCA_OPTIONS. */
export function filterRequest(
  what: string,
  type: number,
  flags: number,
  place: FilterPlace,
  {
    handle = 0,
    kind = FLOWER,
    flower,
    quiet,
  }: { handle?: number; kind?: string; flower?: FlowerFilter; quiet?: boolean },
): Request {
  return {
    what,
    type,
    flags,
    quiet,
    headerSize: tcmsg.size,
    names,
    writeBody(out) {
      tcmsg.write(out, headerOf(place, handle))
      writeAttribute(out, uapi.TCA_KIND, string, kind)
      if (place.chain !== 0) writeAttribute(out, uapi.TCA_CHAIN, u32, place.chain)
      if (flower !== undefined) writeAttribute(out, uapi.TCA_OPTIONS | uapi.NLA_F_NESTED, flowerOptions, flower)
    },
  }
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
    restoreVlanType(match, protocol)
    const place = { ifindex, parent, chain, priority, protocol, handle }
    filter =
      flags === undefined || inHwCount === undefined
        ? { kind: FLOWER, ...place, match, actions }
        : { kind: FLOWER, ifindex, parent, chain, priority, protocol, handle, match, actions, flags, inHwCount }
    if (classId !== undefined) filter.classId = classId
  } else {
    filter = { kind: 'raw', name: kind, ifindex, parent, chain, priority, protocol, handle }
    if (options !== undefined) filter.options = hex.read(source, options.start, options.end)
  }
  if (header.ifindex === IFINDEX_OF_BLOCK) filter.block = header.parent
  if (unknown !== undefined) filter.unknown = unknown
  return filter
}

/**
 * Flower reads TCA_FLOWER_KEY_ETH_TYPE as the outermost type and answers with the innermost (cls_flower.c fl_set_key,
 * fl_dump_key): written back as it came, a VLAN match would lose its VLAN keys. The outermost type is the filter's
 * protocol; with `protocol all` only its being a VLAN tag is known, and C-tags (802.1Q) are assumed.
 */
function restoreVlanType(match: FlowerMatch, protocol: number): void {
  const { vlanId, vlanPrio, vlanEthType } = match
  if (protocol === uapi.ETH_P_8021Q || protocol === uapi.ETH_P_8021AD) match.ethType = protocol
  else if (vlanId !== undefined || vlanPrio !== undefined || vlanEthType !== undefined) match.ethType = uapi.ETH_P_8021Q
}
