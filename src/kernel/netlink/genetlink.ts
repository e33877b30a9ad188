import { constants } from 'node:os'
import { uapi } from '../uapi.js'
import { string, u8, u16, u32 } from './codec.js'
import { type MessageLayout, type Request, readBody, request } from './message.js'
import { attribute, attributes, type Infer, type Schema } from './schema.js'
import type { NetlinkSocket } from './socket.js'
import { struct } from './struct.js'
import { transact } from './transaction.js'

/** linux/genetlink.h struct genlmsghdr: what every family's messages begin with. */
const genlmsghdr = struct({ command: u8, version: u8, reserved: u16 })
export type GenericHeader = Infer<typeof genlmsghdr>

/** linux/genetlink.h CTRL_ATTR_* */
const control = attributes({
  familyId: attribute('CTRL_ATTR_FAMILY_ID', u16),
  familyName: attribute('CTRL_ATTR_FAMILY_NAME', string),
  version: attribute('CTRL_ATTR_VERSION', u32),
})

/** Messages of a family whose attributes are `attributes`. */
export function genericLayout<A>(family: Schema<A>): MessageLayout<GenericHeader, A> {
  return { header: genlmsghdr, attributes: family }
}

/** A family's number in the kernel of that socket; it can change when its module is loaded again. */
export interface Family {
  name: string
  id: number
}

/** undefined when the kernel has no such family, and can't load it. */
export function findFamily(socket: NetlinkSocket, name: string): Family | undefined {
  const layout = genericLayout(control)
  const message = request(
    layout,
    { what: `find netlink family ${name}`, type: uapi.GENL_ID_CTRL },
    { command: uapi.CTRL_CMD_GETFAMILY, version: 1, reserved: 0 },
    { familyName: name },
  )
  const [outcome] = transact(socket, [message], { decode: (reply) => readBody(layout, reply).attributes.familyId })
  const { error, replies } = outcome ?? {}
  if (error?.errno === constants.errno.ENOENT) return undefined
  if (error !== undefined) throw error
  const id = replies?.[0]
  return id === undefined ? undefined : { name, id }
}

export function genericRequest<A>(
  layout: MessageLayout<GenericHeader, A>,
  family: Family,
  { what, command, flags = 0 }: { what: string; command: number; flags?: number },
  values: A,
): Request {
  return request(layout, { what, type: family.id, flags }, { command, version: 1, reserved: 0 }, values)
}
