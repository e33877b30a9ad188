import { NicsteerError } from '../../base/errors.js'
import { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { type Codec, type Hex, hex, string, u8, u16, u32 } from '../netlink/codec.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, type DevlinkDev, devOf, isOf, list, nameOf, tell } from './call.js'
import type { DevlinkAttributes } from './message.js'

/** linux/devlink.h DEVLINK_PARAM_CMODE_*, in order: at once; after a reload; in the NIC's memory, after a restart. */
const CONFIGURATION_MODES = ['runtime', 'driverinit', 'permanent'] as const
export type ConfigurationMode = (typeof CONFIGURATION_MODES)[number]

export type ParamValue = number | string | boolean

/** A setting of a driver: `flow_steering_mode`, `enable_roce` … */
export interface DevlinkParam extends DevlinkDev {
  name: string
  /** Of the list that all drivers share (Documentation/networking/devlink/devlink-params.rst). */
  generic: boolean
  values: { [K in ConfigurationMode]?: ParamValue }
}

/** Of one device, or of all. Empty where the driver has none. */
export function listParams(socket: NetlinkSocket, dev?: DevlinkDev): DevlinkParam[] {
  const command = { what: 'list parameters', command: uapi.DEVLINK_CMD_PARAM_GET }
  return list(socket, command, (found) => (isOf(dev, found) ? readParam(found) : undefined))
}

/** @throws NicsteerError NO_DEVLINK, KernelRefusal EINVAL where the driver has no such parameter */
export function getParam(socket: NetlinkSocket, dev: DevlinkDev, name: string): DevlinkParam {
  return ask(socket, getCommand(name), { ...nameOf(dev), paramName: name }, readParam)
}

/**
 * @throws NicsteerError NO_DEVLINK, BAD_PARAM where the value isn't of the parameter's type; KernelRefusal, EOPNOTSUPP
 * where it can't be set in that mode
 */
export function setParam(
  socket: NetlinkSocket,
  dev: DevlinkDev,
  { name, mode, value }: { name: string; mode: ConfigurationMode; value: ParamValue },
): void {
  const type = ask(socket, getCommand(name), { ...nameOf(dev), paramName: name }, (found) => found.param?.type ?? 0)
  tell(
    socket,
    { what: `set parameter ${name}`, command: uapi.DEVLINK_CMD_PARAM_SET },
    {
      ...nameOf(dev),
      paramName: name,
      paramType: type,
      paramData: encodeParam(name, type, value),
      paramConfigurationMode: CONFIGURATION_MODES.indexOf(mode),
    },
  )
}

const getCommand = (name: string) => ({ what: `read parameter ${name}`, command: uapi.DEVLINK_CMD_PARAM_GET })

/** include/net/netlink.h NLA_*, which DEVLINK_ATTR_PARAM_TYPE holds (net/devlink/param.c) */
const NLA_STRING = 5
const NLA_FLAG = 6
const NUMBERS = new Map<number, Codec<number>>([
  [1, u8],
  [2, u16],
  [3, u32],
])

export function readParam(found: DevlinkAttributes): DevlinkParam {
  const { name = '', generic = false, type = 0, values } = found.param ?? {}
  const param: DevlinkParam = { ...devOf(found), name, generic, values: {} }
  for (const { data, configurationMode } of values?.value ?? []) {
    const mode = CONFIGURATION_MODES[configurationMode ?? -1]
    if (mode !== undefined) param.values[mode] = decode(type, data)
  }
  return param
}

/** A flag that is off isn't there. */
function decode(type: number, data: Hex | undefined): ParamValue {
  if (type === NLA_FLAG) return data !== undefined
  const source = new ByteSource(new Uint8Array(Buffer.from(data ?? '', 'hex')))
  const codec = NUMBERS.get(type) ?? (type === NLA_STRING ? string : hex)
  return codec.read(source, 0, source.length)
}

/** @param type NLA_*. @throws NicsteerError BAD_PARAM */
export function encodeParam(name: string, type: number, value: ParamValue): Hex | undefined {
  if (type === NLA_FLAG && typeof value === 'boolean') return value ? '' : undefined
  const out = new ByteWriter(64)
  const number = NUMBERS.get(type)
  if (number !== undefined && typeof value === 'number') number.write(out, value)
  else if (type === NLA_STRING && typeof value === 'string') string.write(out, value)
  else
    throw new NicsteerError('BAD_PARAM', `${JSON.stringify(value)} is not a value for devlink parameter ${name}`, {
      hint: 'devlink dev param show has its type and values',
    })
  return Buffer.from(out.written()).toString('hex')
}
