import { NicsteerError } from '../../base/errors.js'
import type { Ifindex, MacAddress } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Family, findFamily, genericRequest } from '../netlink/genetlink.js'
import { type Message, readBody } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { query } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { type DevlinkAttributes, devlinkMessage } from './message.js'

/** A devlink instance: `pci` and `0000:d8:00.0`. */
export interface DevlinkDev {
  bus: string
  dev: string
}

/** linux/devlink.h DEVLINK_PORT_FLAVOUR_*, in order; `pcivf` is a VF's representor, `pcipf` a PF's on a SmartNIC. */
const FLAVOURS = ['physical', 'cpu', 'dsa', 'pcipf', 'pcivf', 'virtual', 'unused', 'pcisf'] as const
export type PortFlavour = (typeof FLAVOURS)[number]

/** linux/devlink.h DEVLINK_PORT_TYPE_*, in order */
const TYPES = ['notset', 'auto', 'eth', 'ib'] as const
export type PortType = (typeof TYPES)[number]

export interface DevlinkPort extends DevlinkDev {
  index: number
  /** `eth` where it has a netdev. */
  type: PortType
  /** In the network namespace of the socket. */
  netdevIfindex?: Ifindex
  netdevName?: string
  flavour?: PortFlavour
  /** Physical port number of an uplink. */
  portNumber?: number
  pfNumber?: number
  vfNumber?: number
  sfNumber?: number
  /** 0: the host's own; others are the hosts of a SmartNIC. */
  controller?: number
  /** Of a host that isn't this one. */
  external?: boolean
  splittable?: boolean
  /** Port function: the VF's own MAC. */
  hwAddr?: MacAddress
}

export interface DevInfo {
  driver?: string
  serial?: string
  boardSerial?: string
  /** Versions by name: `fw.version`, `fw.psid` … */
  fixed: Record<string, string>
  running: Record<string, string>
  stored: Record<string, string>
}

const ESWITCH_MODES = ['legacy', 'switchdev', 'switchdev_inactive'] as const
const INLINE_MODES = ['none', 'link', 'network', 'transport'] as const
const ENCAP_MODES = ['none', 'basic'] as const

export interface EswitchInfo {
  mode: (typeof ESWITCH_MODES)[number]
  inlineMode?: (typeof INLINE_MODES)[number]
  encapMode?: (typeof ENCAP_MODES)[number]
}

/** @param socket of protocol `generic`. Empty where the kernel has no devlink. */
export function listDevlinkDevs(socket: NetlinkSocket): DevlinkDev[] {
  const family = findFamily(socket, 'devlink')
  if (family === undefined) return []
  const message = genericRequest(
    devlinkMessage,
    family,
    { what: 'list devlink devices', command: uapi.DEVLINK_CMD_GET },
    {},
  )
  return dump(socket, message, (reply) => devOf(readBody(devlinkMessage, reply).attributes))
}

/** Ports of all devlink devices. Empty where the kernel has no devlink. */
export function listDevlinkPorts(socket: NetlinkSocket): DevlinkPort[] {
  const family = findFamily(socket, 'devlink')
  if (family === undefined) return []
  const options = { what: 'list devlink ports', command: uapi.DEVLINK_CMD_PORT_GET }
  return dump(socket, genericRequest(devlinkMessage, family, options, {}), (reply) =>
    portOf(readBody(devlinkMessage, reply).attributes),
  )
}

/** @throws NicsteerError NO_DEVLINK, KernelRefusal (ENODEV; EOPNOTSUPP where the device has no eswitch) */
export function eswitchMode(socket: NetlinkSocket, dev: DevlinkDev): EswitchInfo {
  return ask(
    socket,
    dev,
    'read eswitch mode',
    uapi.DEVLINK_CMD_ESWITCH_GET,
    ({ eswitchMode: mode, inlineMode, encapMode }) => {
      const inline = INLINE_MODES[inlineMode ?? -1]
      const encap = ENCAP_MODES[encapMode ?? -1]
      return {
        mode: ESWITCH_MODES[mode ?? 0] ?? 'legacy',
        ...(inline !== undefined && { inlineMode: inline }),
        ...(encap !== undefined && { encapMode: encap }),
      }
    },
  )
}

/** Driver, serial number and firmware versions. @throws NicsteerError NO_DEVLINK, KernelRefusal */
export function devInfo(socket: NetlinkSocket, dev: DevlinkDev): DevInfo {
  return ask(socket, dev, 'read device info', uapi.DEVLINK_CMD_INFO_GET, (found) => {
    const { driver, serial, boardSerial } = found
    return {
      ...(driver !== undefined && { driver }),
      ...(serial !== undefined && { serial }),
      ...(boardSerial !== undefined && { boardSerial }),
      fixed: versionsOf(found.fixed),
      running: versionsOf(found.running),
      stored: versionsOf(found.stored),
    }
  })
}

function ask<R>(
  socket: NetlinkSocket,
  { bus, dev }: DevlinkDev,
  what: string,
  command: number,
  decode: (found: DevlinkAttributes) => R,
): R {
  const message = genericRequest(
    devlinkMessage,
    devlinkFamily(socket),
    { what: `${what} of ${bus}/${dev}`, command },
    { bus, dev },
  )
  return query(socket, message, (reply: Message) => decode(readBody(devlinkMessage, reply).attributes))
}

function devlinkFamily(socket: NetlinkSocket): Family {
  const family = findFamily(socket, 'devlink')
  if (family !== undefined) return family
  throw new NicsteerError('NO_DEVLINK', 'this kernel has no devlink', { hint: 'it needs CONFIG_NET_DEVLINK' })
}

function devOf({ bus = '', dev = '' }: DevlinkAttributes): DevlinkDev {
  return { bus, dev }
}

function portOf(found: DevlinkAttributes): DevlinkPort {
  const port: DevlinkPort = {
    ...devOf(found),
    index: found.portIndex ?? 0,
    type: TYPES[found.portType ?? 0] ?? 'notset',
  }
  const { netdevIfindex, netdevName, portNumber, pfNumber, vfNumber, sfNumber, controller, external, splittable } =
    found
  const flavour = FLAVOURS[found.flavour ?? -1]
  const hwAddr = found.portFunction?.hwAddr
  if (netdevIfindex) port.netdevIfindex = netdevIfindex as Ifindex
  if (netdevName !== undefined) port.netdevName = netdevName
  if (flavour !== undefined) port.flavour = flavour
  if (portNumber !== undefined) port.portNumber = portNumber
  if (pfNumber !== undefined) port.pfNumber = pfNumber
  if (vfNumber !== undefined) port.vfNumber = vfNumber
  if (sfNumber !== undefined) port.sfNumber = sfNumber
  if (controller !== undefined) port.controller = controller
  if (external !== undefined) port.external = external !== 0
  if (splittable !== undefined) port.splittable = splittable !== 0
  if (hwAddr !== undefined) port.hwAddr = hwAddr
  return port
}

function versionsOf(list: { name?: string | undefined; value?: string | undefined }[] = []): Record<string, string> {
  return Object.fromEntries(list.map(({ name = '', value = '' }) => [name, value]))
}
