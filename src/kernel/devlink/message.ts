import { etherAddress, string, u8, u16, u32 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'

/** linux/devlink.h DEVLINK_CMD_* */
export const DEVLINK_CMD_GET = 1
export const DEVLINK_CMD_PORT_GET = 5
export const DEVLINK_CMD_ESWITCH_GET = 29
export const DEVLINK_CMD_INFO_GET = 51

const version = attributes({
  name: attribute(103, 'DEVLINK_ATTR_INFO_VERSION_NAME', string),
  value: attribute(104, 'DEVLINK_ATTR_INFO_VERSION_VALUE', string),
})

/** linux/devlink.h DEVLINK_PORT_FUNCTION_ATTR_* */
const portFunction = attributes({
  hwAddr: attribute(1, 'DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR', etherAddress),
  state: attribute(2, 'DEVLINK_PORT_FN_ATTR_STATE', u8),
  opState: attribute(3, 'DEVLINK_PORT_FN_ATTR_OPSTATE', u8),
})

/** linux/devlink.h DEVLINK_ATTR_* */
export const devlinkAttributes = attributes({
  bus: attribute(1, 'DEVLINK_ATTR_BUS_NAME', string),
  dev: attribute(2, 'DEVLINK_ATTR_DEV_NAME', string),
  portIndex: attribute(3, 'DEVLINK_ATTR_PORT_INDEX', u32),
  portType: attribute(4, 'DEVLINK_ATTR_PORT_TYPE', u16),
  netdevIfindex: attribute(6, 'DEVLINK_ATTR_PORT_NETDEV_IFINDEX', u32),
  netdevName: attribute(7, 'DEVLINK_ATTR_PORT_NETDEV_NAME', string),
  eswitchMode: attribute(25, 'DEVLINK_ATTR_ESWITCH_MODE', u16),
  inlineMode: attribute(26, 'DEVLINK_ATTR_ESWITCH_INLINE_MODE', u8),
  encapMode: attribute(62, 'DEVLINK_ATTR_ESWITCH_ENCAP_MODE', u8),
  flavour: attribute(77, 'DEVLINK_ATTR_PORT_FLAVOUR', u16),
  portNumber: attribute(78, 'DEVLINK_ATTR_PORT_NUMBER', u32),
  driver: attribute(98, 'DEVLINK_ATTR_INFO_DRIVER_NAME', string),
  serial: attribute(99, 'DEVLINK_ATTR_INFO_SERIAL_NUMBER', string),
  fixed: repeated(100, 'DEVLINK_ATTR_INFO_VERSION_FIXED', version),
  running: repeated(101, 'DEVLINK_ATTR_INFO_VERSION_RUNNING', version),
  stored: repeated(102, 'DEVLINK_ATTR_INFO_VERSION_STORED', version),
  pfNumber: attribute(127, 'DEVLINK_ATTR_PORT_PCI_PF_NUMBER', u16),
  vfNumber: attribute(128, 'DEVLINK_ATTR_PORT_PCI_VF_NUMBER', u16),
  portFunction: attribute(145, 'DEVLINK_ATTR_PORT_FUNCTION', portFunction),
  boardSerial: attribute(146, 'DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER', string),
  splittable: attribute(148, 'DEVLINK_ATTR_PORT_SPLITTABLE', u8),
  external: attribute(149, 'DEVLINK_ATTR_PORT_EXTERNAL', u8),
  controller: attribute(150, 'DEVLINK_ATTR_PORT_CONTROLLER_NUMBER', u32),
  sfNumber: attribute(164, 'DEVLINK_ATTR_PORT_PCI_SF_NUMBER', u32),
})
export type DevlinkAttributes = Infer<typeof devlinkAttributes>

export const devlinkMessage = genericLayout(devlinkAttributes)
