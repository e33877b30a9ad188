import type { Ifindex, MacAddress } from '../../base/types.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, type DevlinkDev, devOf, isOf, list, nameOf, tell } from './call.js'
import type { DevlinkAttributes, WirePortFunction } from './message.js'

/** linux/devlink.h DEVLINK_PORT_FLAVOUR_*, in order; `pcivf` is a VF's representor, `pcipf` a PF's on a SmartNIC. */
const FLAVOURS = ['physical', 'cpu', 'dsa', 'pcipf', 'pcivf', 'virtual', 'unused', 'pcisf'] as const
export type PortFlavour = (typeof FLAVOURS)[number]

/** linux/devlink.h DEVLINK_PORT_TYPE_*, in order */
const TYPES = ['notset', 'auto', 'eth', 'ib'] as const
export type PortType = (typeof TYPES)[number]

/** linux/devlink.h DEVLINK_PORT_FN_STATE_*, DEVLINK_PORT_FN_OPSTATE_*, in order */
const STATES = ['inactive', 'active'] as const
const OPER_STATES = ['detached', 'attached'] as const

/** linux/devlink.h enum devlink_port_fn_attr_cap, bit 0 upwards */
const CAPABILITIES = ['roce', 'migratable', 'ipsecCrypto', 'ipsecPacket'] as const

/** What the NIC has for the function behind a representor. */
export interface PortFunction {
  /** The VF's own MAC. */
  hwAddr?: MacAddress
  /** Of an SF. */
  functionState?: (typeof STATES)[number]
  roce?: boolean
  migratable?: boolean
  ipsecCrypto?: boolean
  ipsecPacket?: boolean
  /** Event queues that it may use. */
  maxIoEqs?: number
}

export interface DevlinkPort extends DevlinkDev, PortFunction {
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
  /** Of an SF: `attached` once a driver has it. */
  functionOperState?: (typeof OPER_STATES)[number]
}

export type PortName = DevlinkDev & { index: number }

/** Ports of one devlink device, or of all. Empty where the kernel has no devlink. */
export function listDevlinkPorts(socket: NetlinkSocket, dev?: DevlinkDev): DevlinkPort[] {
  return list(socket, { what: 'list devlink ports', command: uapi.DEVLINK_CMD_PORT_GET }, (found) =>
    isOf(dev, found) ? portOf(found) : undefined,
  )
}

/** @throws NicsteerError NO_DEVLINK, KernelRefusal ENODEV */
export function getDevlinkPort(socket: NetlinkSocket, port: PortName): DevlinkPort {
  const target = { ...nameOf(port), portIndex: port.index }
  return ask(socket, { what: 'read port', command: uapi.DEVLINK_CMD_PORT_GET }, target, portOf)
}

/**
 * What isn't given stays. mlx5: RoCE and migration only while no driver has the VF.
 * @throws NicsteerError NO_DEVLINK, KernelRefusal EOPNOTSUPP where the driver can't set it
 */
export function setPortFunction(socket: NetlinkSocket, port: PortName, change: PortFunction): void {
  const { hwAddr, functionState, maxIoEqs } = change
  const portFunction: WirePortFunction = {
    hwAddr,
    state: functionState && STATES.indexOf(functionState),
    capabilities: capabilityBits(change),
    maxIoEqs,
  }
  const target = { ...nameOf(port), portIndex: port.index, portFunction }
  tell(socket, { what: 'set port function', command: uapi.DEVLINK_CMD_PORT_SET }, target)
}

function capabilityBits(change: PortFunction): WirePortFunction['capabilities'] {
  const named = CAPABILITIES.flatMap((name, bit) => (change[name] === undefined ? [] : [{ bit, on: change[name] }]))
  if (named.length === 0) return undefined
  return {
    selector: named.reduce((bits, { bit }) => bits | (1 << bit), 0),
    value: named.reduce((bits, { bit, on }) => bits | (on ? 1 << bit : 0), 0),
  }
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
  return Object.assign(port, functionOf(found.portFunction))
}

function functionOf(found: WirePortFunction = {}): Partial<DevlinkPort> {
  const { hwAddr, capabilities, maxIoEqs } = found
  const functionState = STATES[found.state ?? -1]
  const functionOperState = OPER_STATES[found.operState ?? -1]
  const result: Partial<DevlinkPort> = {
    ...(hwAddr !== undefined && { hwAddr }),
    ...(functionState !== undefined && { functionState }),
    ...(functionOperState !== undefined && { functionOperState }),
    ...(maxIoEqs !== undefined && { maxIoEqs }),
  }
  CAPABILITIES.forEach((name, bit) => {
    if (capabilities !== undefined && (capabilities.selector & (1 << bit)) !== 0) {
      result[name] = (capabilities.value & (1 << bit)) !== 0
    }
  })
  return result
}
