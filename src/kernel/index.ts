/**
 * Typed access to the kernel's network configuration, and to its changes: what `import … from 'nicsteer/kernel'` gives
 * (docs/library.md).
 */

export { NicsteerError } from '../base/errors.js'
export {
  type Ifindex,
  type IpAddress,
  type IpFamily,
  type MacAddress,
  type PciAddress,
  parseIfindex,
  parseIp,
  parseMac,
  parsePciAddress,
  parseVni,
  type Vni,
} from '../base/types.js'
export { type KernelConfig, kernelConfig } from './config.js'
export * as conntrack from './conntrack/conntrack.js'
export * as devlink from './devlink/devlink.js'
export * as ethtool from './ethtool/ethtool.js'
export * as files from './files.js'
export * as bpf from './libbpf/index.js'
export type { ChangeEvent, MonitorEvent, RawEvent, ResyncEvent } from './monitor/event.js'
export type { MonitorGroup } from './monitor/groups.js'
export { Monitor, type MonitorOptions, monitor } from './monitor/monitor.js'
export { MalformedMessage } from './netlink/attribute.js'
export { errnoName } from './netlink/errno.js'
export { KernelRefusal } from './netlink/extack.js'
export { NetlinkSocket, type SocketOptions } from './netlink/socket.js'
export { openSocket } from './netlink/transcribed-socket.js'
export * as rtnl from './rtnl.js'
export * as sysfs from './sysfs.js'
export * as tc from './tc/index.js'
