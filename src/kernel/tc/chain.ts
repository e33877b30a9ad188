import type { Ifindex } from '../../base/types.js'
import { writeAttribute } from '../netlink/attribute.js'
import { string, u32 } from '../netlink/codec.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { restoreEthType, tcaNames } from './filter-message.js'
import { flowerOptions } from './flower.js'
import { type FlowerMatch, flowerKeys } from './match.js'
import { blockHeader, IFINDEX_OF_BLOCK, type Parent, tcMessage, tcmsg } from './message.js'
import { hasDirection } from './qdisc.js'

/** Where a chain is. */
export interface ChainPlace {
  ifindex: Ifindex
  parent: Parent
  /** A shared block's index; see FilterPlace. */
  block?: number | undefined
}

export interface Chain extends ChainPlace {
  chain: number
  /** Kind of its template, where it has one. */
  template?: string
  /** A flower template: keys and masks outside of which the chain's filters can't match anything. */
  match?: FlowerMatch
}

/** Chains that exist, with filters or not. */
export function listChains(socket: NetlinkSocket, { ifindex, parent, block }: ChainPlace): Chain[] {
  const asked = { ifindex, parent, block }
  if (!hasDirection(socket, asked)) return []
  const message = request(tcMessage, { what: 'list chains', type: uapi.RTM_GETCHAIN }, blockHeader(asked), {})
  return dump(socket, message, (reply) => readChain(reply, { ifindex, parent }))
}

/** RTM_NEWCHAIN, RTM_DELCHAIN. @param asked as for readFilter. @throws MalformedMessage */
export function readChain(message: Message, asked: { ifindex: Ifindex; parent: Parent }): Chain {
  const { header, attributes } = readBody(tcMessage, message)
  const { chain = 0, kind, options } = attributes
  const found: Chain = { ...asked, chain }
  if (header.ifindex === IFINDEX_OF_BLOCK) found.block = header.parent
  if (kind !== undefined) found.template = kind
  if (kind === 'flower' && options !== undefined) {
    found.match = flowerKeys.read(message.source, options.start, options.end)
    restoreEthType(found.match, uapi.ETH_P_ALL)
  }
  return found
}

/**
 * Makes a chain, which stays until it is deleted, unlike one that comes and goes with its filters. With `match` it has a
 * flower template, which lets hardware lay out its tables; a filter that matches more is refused.
 * @throws KernelRefusal EEXIST where the chain is in use
 */
export function addChain(socket: NetlinkSocket, { chain, match, ...place }: Omit<Chain, 'template'>): void {
  execute(socket, {
    what: 'add chain',
    type: uapi.RTM_NEWCHAIN,
    flags: uapi.NLM_F_CREATE | uapi.NLM_F_EXCL,
    headerSize: tcmsg.size,
    names: tcaNames,
    writeBody(out) {
      tcmsg.write(out, blockHeader(place))
      writeAttribute(out, uapi.TCA_CHAIN, u32, chain)
      if (match === undefined) return
      writeAttribute(out, uapi.TCA_KIND, string, 'flower')
      writeAttribute(out, uapi.TCA_OPTIONS | uapi.NLA_F_NESTED, flowerOptions, { match, actions: [] })
    },
  })
}

/** Deletes a chain with all its filters, whoever's they are. */
export function deleteChain(socket: NetlinkSocket, { chain, ...place }: ChainPlace & { chain: number }): void {
  execute(socket, request(tcMessage, { what: 'delete chain', type: uapi.RTM_DELCHAIN }, blockHeader(place), { chain }))
}
