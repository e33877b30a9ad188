/** Typed access to the kernel's network configuration: traffic control, rtnetlink, devlink, ethtool, sysfs. */
export * as devlink from './devlink/devlink.js'
export * as ethtool from './ethtool/ethtool.js'
export { MalformedMessage } from './netlink/attribute.js'
export { KernelRefusal } from './netlink/extack.js'
export { NetlinkSocket, type SocketOptions } from './netlink/socket.js'
export * as rtnl from './rtnl.js'
export * as sysfs from './sysfs.js'
export * as tc from './tc/index.js'
