import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { type DevlinkDev, devOf, isOf, list, nameOf, tell } from './call.js'
import type { DevlinkAttributes } from './message.js'

/** linux/devlink.h enum devlink_health_reporter_state (include/net/devlink.h), in order */
const STATES = ['healthy', 'error'] as const

/** A part of a device that its driver watches: `fw`, `fw_fatal`, `tx`, `rx` … */
export interface HealthReporter extends DevlinkDev {
  /** Of a port's reporter. */
  portIndex?: number
  name: string
  state: (typeof STATES)[number]
  /** Since the driver was loaded. */
  errors: number
  recoveries: number
  /** Milliseconds after a recovery in which an error isn't recovered by itself again. */
  gracePeriod?: number
  autoRecover?: boolean
  autoDump?: boolean
  /** When the dump that is kept was made, in milliseconds since 1970. */
  lastDump?: number
}

export type ReporterName = DevlinkDev & Pick<HealthReporter, 'name' | 'portIndex'>

/** Of one device, or of all, the ports' among them. Empty where the driver has none. */
export function listHealthReporters(socket: NetlinkSocket, dev?: DevlinkDev): HealthReporter[] {
  const command = { what: 'list health reporters', command: uapi.DEVLINK_CMD_HEALTH_REPORTER_GET }
  return list(socket, command, (found) => (isOf(dev, found) ? readReporter(found) : undefined))
}

/** Has the driver repair that part now. @throws NicsteerError NO_DEVLINK, KernelRefusal with the driver's words */
export function recover(socket: NetlinkSocket, reporter: ReporterName): void {
  const command = { what: `recover ${reporter.name}`, command: uapi.DEVLINK_CMD_HEALTH_REPORTER_RECOVER }
  tell(socket, command, reporterAttributes(reporter))
}

/** What isn't given stays. @throws NicsteerError NO_DEVLINK, KernelRefusal */
export function setHealthReporter(
  socket: NetlinkSocket,
  reporter: ReporterName,
  change: Pick<HealthReporter, 'gracePeriod' | 'autoRecover' | 'autoDump'>,
): void {
  const { gracePeriod, autoRecover, autoDump } = change
  const command = { what: `set ${reporter.name}`, command: uapi.DEVLINK_CMD_HEALTH_REPORTER_SET }
  tell(socket, command, {
    ...reporterAttributes(reporter),
    gracePeriod,
    autoRecover: byte(autoRecover),
    autoDump: byte(autoDump),
  })
}

function reporterAttributes(reporter: ReporterName) {
  return { ...nameOf(reporter), portIndex: reporter.portIndex, reporterName: reporter.name }
}

export function readReporter(found: DevlinkAttributes): HealthReporter {
  const { portIndex, healthReporter = {} } = found
  const { name = '', state = 0, errors = 0, recoveries = 0, gracePeriod, autoRecover, autoDump } = healthReporter
  const { dumpTimeNs } = healthReporter
  return {
    ...devOf(found),
    ...(portIndex !== undefined && { portIndex }),
    name,
    state: STATES[state] ?? 'error',
    errors,
    recoveries,
    ...(gracePeriod !== undefined && { gracePeriod }),
    ...(autoRecover !== undefined && { autoRecover: autoRecover !== 0 }),
    ...(autoDump !== undefined && { autoDump: autoDump !== 0 }),
    ...(dumpTimeNs !== undefined && { lastDump: Math.floor(dumpTimeNs / 1e6) }),
  }
}

function byte(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
