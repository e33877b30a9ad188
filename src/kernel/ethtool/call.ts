import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { string, u32 } from '../netlink/codec.js'
import { withFamily } from '../netlink/family.js'
import { type GenericHeader, genericRequest } from '../netlink/genetlink.js'
import { type MessageLayout, readBody } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'

/** linux/ethtool_netlink.h ETHTOOL_A_HEADER_* */
export const header = attributes({
  ifindex: attribute('ETHTOOL_A_HEADER_DEV_INDEX', u32),
  name: attribute('ETHTOOL_A_HEADER_DEV_NAME', string),
})

/** Every message has its header as first attribute: the device. */
export interface WithHeader {
  header?: Infer<typeof header> | undefined
}

/** @param what in a few words, for errors: `features` */
export interface Command {
  what: string
  command: number
}

/**
 * A command with at most one answer: undefined where the kernel only acknowledges.
 * @throws KernelRefusal ENODEV, EOPNOTSUPP …; NicsteerError NO_ETHTOOL_NETLINK (before Linux 5.6)
 */
export function ask<A extends WithHeader>(
  socket: NetlinkSocket,
  layout: MessageLayout<GenericHeader, A>,
  command: Command,
  values: NoInfer<A>,
): A | undefined {
  return withFamily(socket, 'ethtool', noEthtool, (family) => {
    const message = genericRequest(layout, family, onLink(command, values), values)
    const [outcome] = transact(socket, [message], { decode: (reply) => readBody(layout, reply).attributes })
    if (outcome?.error !== undefined) throw outcome.error
    return outcome?.replies?.[0]
  })
}

/** A command that changes something. @throws as {@link ask} */
export function tell<A extends WithHeader>(
  socket: NetlinkSocket,
  layout: MessageLayout<GenericHeader, A>,
  command: Command,
  values: NoInfer<A>,
): void {
  withFamily(socket, 'ethtool', noEthtool, (family) =>
    execute(socket, genericRequest(layout, family, onLink(command, values), values)),
  )
}

export function onDevice(ifindex: Ifindex): WithHeader {
  return { header: { ifindex } }
}

function onLink({ what, command }: Command, { header: of }: WithHeader): Command {
  return { what: of?.ifindex === undefined ? what : `${what} of link ${of.ifindex}`, command }
}

function noEthtool(): NicsteerError {
  return new NicsteerError('NO_ETHTOOL_NETLINK', 'this kernel has no ethtool netlink', {
    hint: 'it needs CONFIG_ETHTOOL_NETLINK, since Linux 5.6',
  })
}
