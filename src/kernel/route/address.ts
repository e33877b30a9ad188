import type { Ifindex } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { addressMessage } from './message.js'
import type { Address } from './types.js'

/** Addresses of one device, or of all, IPv4 first. */
export function listAddresses(socket: NetlinkSocket, ifindex?: Ifindex): Address[] {
  const header = { family: 0, prefixLen: 0, flags: 0, scope: 0, index: ifindex ?? 0 }
  return dump(
    socket,
    request(addressMessage, { what: 'list addresses', type: uapi.RTM_GETADDR }, header, {}),
    (reply) => {
      const { header: of, attributes } = readBody(addressMessage, reply)
      const { local, address, label, flags } = attributes
      // On a point-to-point link IFA_ADDRESS is the other end's (linux/if_addr.h).
      const ip = local ?? address
      if (ip === undefined || (ifindex !== undefined && of.index !== ifindex)) return undefined
      return {
        ifindex: of.index as Ifindex,
        ip,
        prefix: of.prefixLen,
        scope: of.scope,
        flags: flags ?? of.flags,
        ...(label !== undefined && { label }),
      }
    },
  )
}
