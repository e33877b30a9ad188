import { hex, span, string, u8, u32 } from '../netlink/codec.js'
import type { MessageLayout } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import { pad, type StructValue, struct } from '../netlink/struct.js'
import { PARENT_EGRESS, PARENT_INGRESS } from './constants.js'

export type Parent = 'ingress' | 'egress'

export const PARENTS = { ingress: PARENT_INGRESS, egress: PARENT_EGRESS } as const

/** linux/rtnetlink.h struct tcmsg. Interface indices are unsigned here, because -1 stands for "a shared block". */
const tcmsgFields = { family: u8, _pad: pad(3), ifindex: u32, handle: u32, parent: u32, info: u32 }
export const tcmsg = struct(tcmsgFields)
export type Tcmsg = StructValue<typeof tcmsgFields>

/** linux/rtnetlink.h TCM_IFINDEX_MAGIC_BLOCK: `parent` is the index of a block that several devices share. */
export const IFINDEX_OF_BLOCK = 0xffffffff

/** linux/gen_stats.h struct gnet_estimator; a negative interval is its two's complement. */
export const estimator = struct({ interval: u8, ewmaLog: u8 })

/** Header of a request about all filters or chains of a direction, or of a shared block. */
export function blockHeader({
  ifindex,
  parent,
  block,
}: {
  ifindex: number
  parent: Parent
  block?: number | undefined
}): Tcmsg {
  const ofBlock = block !== undefined
  return {
    family: 0,
    ifindex: ofBlock ? IFINDEX_OF_BLOCK : ifindex,
    handle: 0,
    parent: block ?? PARENTS[parent],
    info: 0,
  }
}

export const bitfield32 = struct({ value: u32, selector: u32 })

/** linux/rtnetlink.h TCA_*; what OPTIONS holds follows from KIND and is left to the caller. */
export const tcaTable = {
  kind: attribute('TCA_KIND', string),
  options: attribute('TCA_OPTIONS', span),
  stats: attribute('TCA_STATS', hex),
  xstats: attribute('TCA_XSTATS', hex),
  stats2: attribute('TCA_STATS2', hex),
  pad: attribute('TCA_PAD', hex),
  chain: attribute('TCA_CHAIN', u32),
  hwOffload: attribute('TCA_HW_OFFLOAD', u8),
  ingressBlock: attribute('TCA_INGRESS_BLOCK', u32),
  egressBlock: attribute('TCA_EGRESS_BLOCK', u32),
  dumpFlags: attribute('TCA_DUMP_FLAGS', bitfield32),
  warning: attribute('TCA_EXT_WARN_MSG', string),
}
export const tca = attributes(tcaTable)

export const tcMessage: MessageLayout<Tcmsg, Infer<typeof tca>> = { header: tcmsg, attributes: tca }
