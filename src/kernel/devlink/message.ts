import { etherAddress, flag, hex, string, u8, u16, u32, u64 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'
import { struct } from '../netlink/struct.js'

/** linux/netlink.h struct nla_bitfield32: `selector` says which bits of `value` are meant. */
const bitfield32 = struct({ value: u32, selector: u32 })

const version = attributes({
  name: attribute('DEVLINK_ATTR_INFO_VERSION_NAME', string),
  value: attribute('DEVLINK_ATTR_INFO_VERSION_VALUE', string),
})

/** linux/devlink.h DEVLINK_PORT_FUNCTION_ATTR_* */
const portFunction = attributes({
  hwAddr: attribute('DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR', etherAddress),
  state: attribute('DEVLINK_PORT_FN_ATTR_STATE', u8),
  operState: attribute('DEVLINK_PORT_FN_ATTR_OPSTATE', u8),
  capabilities: attribute('DEVLINK_PORT_FN_ATTR_CAPS', bitfield32),
  maxIoEqs: attribute('DEVLINK_PORT_FN_ATTR_MAX_IO_EQS', u32),
})
export type WirePortFunction = Infer<typeof portFunction>

const paramValue = attributes({
  data: attribute('DEVLINK_ATTR_PARAM_VALUE_DATA', hex),
  configurationMode: attribute('DEVLINK_ATTR_PARAM_VALUE_CMODE', u8),
})
const param = attributes({
  name: attribute('DEVLINK_ATTR_PARAM_NAME', string),
  generic: attribute('DEVLINK_ATTR_PARAM_GENERIC', flag),
  type: attribute('DEVLINK_ATTR_PARAM_TYPE', u8),
  values: attribute(
    'DEVLINK_ATTR_PARAM_VALUES_LIST',
    attributes({ value: repeated('DEVLINK_ATTR_PARAM_VALUE', paramValue) }),
  ),
})

const healthReporter = attributes({
  name: attribute('DEVLINK_ATTR_HEALTH_REPORTER_NAME', string),
  state: attribute('DEVLINK_ATTR_HEALTH_REPORTER_STATE', u8),
  errors: attribute('DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT', u64),
  recoveries: attribute('DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT', u64),
  gracePeriod: attribute('DEVLINK_ATTR_HEALTH_REPORTER_GRACEFUL_PERIOD', u64),
  autoRecover: attribute('DEVLINK_ATTR_HEALTH_REPORTER_AUTO_RECOVER', u8),
  dumpTimeNs: attribute('DEVLINK_ATTR_HEALTH_REPORTER_DUMP_TS_NS', u64),
  autoDump: attribute('DEVLINK_ATTR_HEALTH_REPORTER_AUTO_DUMP', u8),
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
  param: attribute('DEVLINK_ATTR_PARAM', param),
  paramName: attribute('DEVLINK_ATTR_PARAM_NAME', string),
  paramType: attribute('DEVLINK_ATTR_PARAM_TYPE', u8),
  paramData: attribute('DEVLINK_ATTR_PARAM_VALUE_DATA', hex),
  paramConfigurationMode: attribute('DEVLINK_ATTR_PARAM_VALUE_CMODE', u8),
  driver: attribute('DEVLINK_ATTR_INFO_DRIVER_NAME', string),
  serial: attribute('DEVLINK_ATTR_INFO_SERIAL_NUMBER', string),
  fixed: repeated('DEVLINK_ATTR_INFO_VERSION_FIXED', version),
  running: repeated('DEVLINK_ATTR_INFO_VERSION_RUNNING', version),
  stored: repeated('DEVLINK_ATTR_INFO_VERSION_STORED', version),
  healthReporter: attribute('DEVLINK_ATTR_HEALTH_REPORTER', healthReporter),
  reporterName: attribute('DEVLINK_ATTR_HEALTH_REPORTER_NAME', string),
  gracePeriod: attribute('DEVLINK_ATTR_HEALTH_REPORTER_GRACEFUL_PERIOD', u64),
  autoRecover: attribute('DEVLINK_ATTR_HEALTH_REPORTER_AUTO_RECOVER', u8),
  autoDump: attribute('DEVLINK_ATTR_HEALTH_REPORTER_AUTO_DUMP', u8),
  pfNumber: attribute('DEVLINK_ATTR_PORT_PCI_PF_NUMBER', u16),
  vfNumber: attribute('DEVLINK_ATTR_PORT_PCI_VF_NUMBER', u16),
  reloadFailed: attribute('DEVLINK_ATTR_RELOAD_FAILED', u8),
  netnsFd: attribute('DEVLINK_ATTR_NETNS_FD', u32),
  portFunction: attribute('DEVLINK_ATTR_PORT_FUNCTION', portFunction),
  boardSerial: attribute('DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER', string),
  splittable: attribute('DEVLINK_ATTR_PORT_SPLITTABLE', u8),
  external: attribute('DEVLINK_ATTR_PORT_EXTERNAL', u8),
  controller: attribute('DEVLINK_ATTR_PORT_CONTROLLER_NUMBER', u32),
  reloadAction: attribute('DEVLINK_ATTR_RELOAD_ACTION', u8),
  reloadPerformed: attribute('DEVLINK_ATTR_RELOAD_ACTIONS_PERFORMED', bitfield32),
  reloadLimits: attribute('DEVLINK_ATTR_RELOAD_LIMITS', bitfield32),
  sfNumber: attribute('DEVLINK_ATTR_PORT_PCI_SF_NUMBER', u32),
})
export type DevlinkAttributes = Infer<typeof devlinkAttributes>

export const devlinkMessage = genericLayout(devlinkAttributes)
