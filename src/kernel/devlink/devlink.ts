export type { DevlinkDev } from './call.js'
export {
  type DevInfo,
  type DevlinkInstance,
  devInfo,
  getDevlinkDev,
  listDevlinkDevs,
  type ReloadAction,
  type ReloadOptions,
  reload,
} from './device.js'
export { type EswitchInfo, eswitchMode, setEswitch } from './eswitch.js'
export { type HealthReporter, listHealthReporters, type ReporterName, recover, setHealthReporter } from './health.js'
export {
  type ConfigurationMode,
  type DevlinkParam,
  getParam,
  listParams,
  type ParamValue,
  setParam,
} from './param.js'
export {
  type DevlinkPort,
  getDevlinkPort,
  listDevlinkPorts,
  type PortFlavour,
  type PortFunction,
  type PortName,
  type PortType,
  setPortFunction,
} from './port.js'
