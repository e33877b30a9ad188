import { orElse } from '../../base/errors.js'
import type { Topology } from '../../node/facts.js'
import { pfsOf } from '../../node/topology.js'
import { readOvsFacts } from '../../ovs/facts.js'
import { LOCAL_OVS, type LocalOvs, readLocalOvs } from '../../ovs/local.js'
import { type LogicalPort, logicalPorts } from '../../ovs/logical-ports.js'
import { southboundOf } from '../../ovs/source.js'
import { openSouthbound, readSouthbound } from '../../ovs/southbound.js'

/** What Open vSwitch calls whom, and OVN. */
export interface OvsNames {
  /** Interfaces by iface-id: what a pod's interface is called there. */
  interfaces: ReadonlyMap<string, string>
  /** Of OVN: all ports in networks that VFs of this node are in. */
  ports: readonly LogicalPort[]
  /** Why OVN did not say. */
  portsUnknown?: string
  /** Seconds after its last packet that a flow is kept. */
  maxIdle: number
}

/** ovs-vswitchd.conf.db(5), other_config:max-idle, in ms. */
const MAX_IDLE = 10_000
const NO_NAMES: OvsNames = { interfaces: new Map(), ports: [], maxIdle: MAX_IDLE / 1000 }

/** Nobody has a name where Open vSwitch has no port of a NIC, or does not answer. */
export async function readNames(topology: Topology): Promise<OvsNames> {
  if (pfsOf(topology).length === 0 || topology.ovsPorts === undefined) return NO_NAMES
  return orElse<OvsNames, OvsNames>(
    () => namesOf(topology),
    ({ message }) => ({
      ...NO_NAMES,
      portsUnknown: message,
    }),
  )
}

async function namesOf(topology: Topology): Promise<OvsNames> {
  const local = await readLocalOvs(LOCAL_OVS)
  const { otherConfig } = await readOvsFacts(LOCAL_OVS)
  const named = local.interfaces.flatMap(({ name, ifaceId }) =>
    ifaceId === undefined ? [] : [[ifaceId, name] as const],
  )
  const southbound = await orElse(
    async () => ({ ports: await portsOf(local, topology) }),
    ({ message }) => ({ ports: [], portsUnknown: message }),
  )
  return { interfaces: new Map(named), maxIdle: Number(otherConfig['max-idle'] ?? MAX_IDLE) / 1000, ...southbound }
}

/** @throws NicsteerError as openSouthbound does; NO_SOUTHBOUND */
async function portsOf(local: LocalOvs, topology: Topology): Promise<LogicalPort[]> {
  const representors = new Set(pfsOf(topology).flatMap(({ vfs }) => vfs.flatMap((vf) => vf.representor?.name ?? [])))
  const ids = local.interfaces.flatMap(({ name, ifaceId }) => (ifaceId && representors.has(name) ? [ifaceId] : []))
  if (ids.length === 0) return []
  using db = await openSouthbound(southboundOf({}, local), { tls: local.tls })
  return logicalPorts(await readSouthbound(db, ids))
}
