import type { Ifindex } from '../../base/types.js'
import { type Message, readBody } from '../netlink/message.js'
import { type Chain, readChain } from '../tc/chain.js'
import { CLSACT_HANDLE, PARENT_EGRESS, PARENT_INGRESS } from '../tc/constants.js'
import { type Filter, type FilterPlace, readFilter, swap16 } from '../tc/filter-message.js'
import { IFINDEX_OF_BLOCK, type Parent, type Tcmsg, tcMessage } from '../tc/message.js'
import { type Qdisc, readQdisc } from '../tc/qdisc.js'
import { uapi } from '../uapi.js'

export interface QdiscEvent {
  kind: 'qdisc'
  qdisc: Qdisc
}

/** The kernel doesn't tell on which direction of a clsact qdisc (net/sched/cls_api.c tc_chain_fill_node). */
export interface ChainEvent {
  kind: 'chain'
  /** `ifindex` is 0 where the chain is on a shared block. */
  chain: Omit<Chain, 'parent'>
}

export type FilterEvent =
  | {
      kind: 'filter'
      /** `ifindex` is 0 where the filter is on a shared block. */
      filter: Filter
    }
  /**
   * Of a whole priority. `del`: all its filters are gone at once (cls_api.c tc_del_tfilter, tfilter_notify_chain). `new`:
   * there is one now; of a matchall filter nothing else is told (cls_matchall.c mall_change, whose `*arg` is the old one).
   */
  | {
      kind: 'priority'
      place: FilterPlace
      /** As in TCA_KIND. */
      name: string
    }

/** RTM_NEWQDISC, RTM_NEWCHAIN, RTM_NEWTFILTER, and their RTM_DEL…; undefined for filters on other qdiscs than ours. */
export function readTc(message: Message): QdiscEvent | ChainEvent | FilterEvent | undefined {
  if (message.type === uapi.RTM_NEWQDISC || message.type === uapi.RTM_DELQDISC) {
    return { kind: 'qdisc', qdisc: readQdisc(message) }
  }
  const { header, attributes } = readBody(tcMessage, message)
  const ifindex = (header.ifindex === IFINDEX_OF_BLOCK ? 0 : header.ifindex) as Ifindex
  if (message.type === uapi.RTM_NEWCHAIN || message.type === uapi.RTM_DELCHAIN) {
    const { parent: _, ...chain } = readChain(message, { ifindex, parent: 'ingress' })
    return { kind: 'chain', chain }
  }
  const parent = parentOf(header)
  if (parent === undefined) return undefined
  const filter = readFilter(message, { ifindex, parent })
  if (filter !== undefined) return { kind: 'filter', filter }
  const { chain = 0, kind: name = '' } = attributes
  return { kind: 'priority', place: { ifindex, parent, chain, ...restOfPlace(header) }, name }
}

function restOfPlace({ ifindex, parent, info }: Tcmsg): Pick<FilterPlace, 'priority' | 'protocol' | 'block'> {
  const order = { priority: info >>> 16, protocol: swap16(info & 0xffff) }
  return ifindex === IFINDEX_OF_BLOCK ? { ...order, block: parent } : order
}

function parentOf({ ifindex, parent }: Tcmsg): Parent | undefined {
  // A shared block has no direction; ingress stands for it, as in a request.
  if (ifindex === IFINDEX_OF_BLOCK || parent === PARENT_INGRESS || parent === CLSACT_HANDLE) return 'ingress'
  return parent === PARENT_EGRESS ? 'egress' : undefined
}
