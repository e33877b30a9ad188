import type { Ifindex } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { PARENTS, type Parent, tcMessage } from './message.js'
import { ingressQdisc } from './qdisc.js'

export interface Chain {
  ifindex: Ifindex
  parent: Parent
  chain: number
  /** Kind of its template, where it has one. */
  template?: string
}

/** Chains that exist, with filters or not. */
export function listChains(socket: NetlinkSocket, { ifindex, parent }: { ifindex: Ifindex; parent: Parent }): Chain[] {
  if (parent === 'egress' && ingressQdisc(socket, ifindex)?.kind !== 'clsact') return []
  const header = { family: 0, ifindex, handle: 0, parent: PARENTS[parent], info: 0 }
  return dump(socket, request(tcMessage, { what: 'list chains', type: uapi.RTM_GETCHAIN }, header, {}), (message) => {
    const { chain = 0, kind } = readBody(tcMessage, message).attributes
    return { ifindex, parent, chain, ...(kind !== undefined && { template: kind }) }
  })
}
