import { etherAddress, string, u8, u16, u32 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'

const version = attributes({
  name: attribute('DEVLINK_ATTR_INFO_VERSION_NAME', string),
  value: attribute('DEVLINK_ATTR_INFO_VERSION_VALUE', string),
})

/** linux/devlink.h DEVLINK_PORT_FUNCTION_ATTR_* */
const portFunction = attributes({
  hwAddr: attribute('DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR', etherAddress),
  state: attribute('DEVLINK_PORT_FN_ATTR_STATE', u8),
  opState: attribute('DEVLINK_PORT_FN_ATTR_OPSTATE', u8),
})

/** linux/devlink.h DEVLINK_ATTR_* */
export const devlinkAttributes = attributes({
  bus: attribute('DEVLINK_ATTR_BUS_NAME', string),
  dev: attribute('DEVLINK_ATTR_DEV_NAME', string),
  portIndex: attribute('DEVLINK_ATTR_PORT_INDEX', u32),
  portType: attribute('DEVLINK_ATTR_PORT_TYPE', u16),
  netdevIfindex: attribute('DEVLINK_ATTR_PORT_NETDEV_IFINDEX', u32),
  netdevName: attribute('DEVLINK_ATTR_PORT_NETDEV_NAME', string),
  eswitchMode: attribute('DEVLINK_ATTR_ESWITCH_MODE', u16),
  inlineMode: attribute('DEVLINK_ATTR_ESWITCH_INLINE_MODE', u8),
  encapMode: attribute('DEVLINK_ATTR_ESWITCH_ENCAP_MODE', u8),
  flavour: attribute('DEVLINK_ATTR_PORT_FLAVOUR', u16),
  portNumber: attribute('DEVLINK_ATTR_PORT_NUMBER', u32),
  driver: attribute('DEVLINK_ATTR_INFO_DRIVER_NAME', string),
  serial: attribute('DEVLINK_ATTR_INFO_SERIAL_NUMBER', string),
  fixed: repeated('DEVLINK_ATTR_INFO_VERSION_FIXED', version),
  running: repeated('DEVLINK_ATTR_INFO_VERSION_RUNNING', version),
  stored: repeated('DEVLINK_ATTR_INFO_VERSION_STORED', version),
  pfNumber: attribute('DEVLINK_ATTR_PORT_PCI_PF_NUMBER', u16),
  vfNumber: attribute('DEVLINK_ATTR_PORT_PCI_VF_NUMBER', u16),
  portFunction: attribute('DEVLINK_ATTR_PORT_FUNCTION', portFunction),
  boardSerial: attribute('DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER', string),
  splittable: attribute('DEVLINK_ATTR_PORT_SPLITTABLE', u8),
  external: attribute('DEVLINK_ATTR_PORT_EXTERNAL', u8),
  controller: attribute('DEVLINK_ATTR_PORT_CONTROLLER_NUMBER', u32),
  sfNumber: attribute('DEVLINK_ATTR_PORT_PCI_SF_NUMBER', u32),
})
export type DevlinkAttributes = Infer<typeof devlinkAttributes>

export const devlinkMessage = genericLayout(devlinkAttributes)
