import { NicsteerError } from '../../base/errors.js'
import type { KernelRefusal } from '../netlink/extack.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { filterRequest } from './filter-message.js'
import type { FlowerFilter } from './flower.js'

/**
 * Installs a filter and deletes it again by one send, which the kernel works off to its end: a process that is killed leaves nothing.
 * @param filter with a handle that nobody else's filter can have: it is deleted by that, whoever made it
 * @returns the kernel's refusal to install it; undefined: it took it
 * @throws KernelRefusal of the deletion of a filter that was installed
 * @throws NicsteerError BAD_FILTER before anything is sent: without a handle its whole priority would be deleted
 */
export function offerFilter(socket: NetlinkSocket, filter: FlowerFilter): KernelRefusal | undefined {
  const { handle = 0 } = filter
  if (handle === 0) throw new NicsteerError('BAD_FILTER', 'a filter that is to be taken back needs a handle')
  const [install = {}, removal = {}] = transact(socket, [
    filterRequest('offer filter', uapi.RTM_NEWTFILTER, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, filter, {
      handle,
      flower: filter,
    }),
    filterRequest('delete filter', uapi.RTM_DELTFILTER, 0, filter, { handle }),
  ])
  if (install.error !== undefined) return install.error
  if (removal.error !== undefined) throw removal.error
  return undefined
}
