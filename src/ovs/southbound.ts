import { existsSync } from 'node:fs'
import { ask } from '../base/transcript.js'
import type { OvnChassis } from '../steering/ovn-choice.js'
import type { LocalOvs } from './local.js'
import { type Found, Ovsdb, type OvsdbOptions, type Uuid, where, whereUuid } from './ovsdb/index.js'
import { CHASSIS, DATAPATH_BINDING, ENCAP, PORT_BINDING } from './tables.js'

export type PortBinding = Found<typeof PORT_BINDING>
export type Datapath = Found<typeof DATAPATH_BINDING>
export type Encap = Found<typeof ENCAP>

/** A chassis with its encapsulations, in OVN's words. */
export interface SouthboundChassis extends OvnChassis {
  uuid: Uuid
  hostname: string
}

/** The part of an OVN southbound database that concerns some logical ports: their networks, and everybody in those. */
export interface Southbound {
  chassis: ReadonlyMap<Uuid, SouthboundChassis>
  encaps: ReadonlyMap<Uuid, Encap>
  datapaths: readonly Datapath[]
  /** All ports of these datapaths. */
  ports: readonly PortBinding[]
  /** Ports of other zones, in whatever datapath. */
  remotePorts: readonly PortBinding[]
}

const SOCKET = '/run/ovn/ovnsb_db.sock'

/** Where the database is: on this node, or where ovn-controller has it from. */
export function southboundAddress({ setting }: Pick<LocalOvs, 'setting'>): string | undefined {
  if (ask('file', `there is ${SOCKET}`, () => existsSync(SOCKET))) return `unix:${SOCKET}`
  return setting('ovn-remote')
}

export function openSouthbound(address: string, options: OvsdbOptions): Promise<Ovsdb> {
  return Ovsdb.connect(address, 'OVN_Southbound', options)
}

/** @param ports names of the logical ports in question */
export async function readSouthbound(db: Ovsdb, ports: readonly string[]): Promise<Southbound> {
  const first = await db.selectAll({
    ours: { table: PORT_BINDING, anyOf: ports.map((name) => [where(PORT_BINDING, 'logical_port', '==', name)]) },
    remotePorts: { table: PORT_BINDING, anyOf: [[where(PORT_BINDING, 'type', '==', 'remote')]] },
  })
  const ids = [...new Set(first.ours.map(({ datapath }) => datapath))]
  const second = await db.selectAll({
    chassis: { table: CHASSIS },
    encaps: { table: ENCAP },
    datapaths: { table: DATAPATH_BINDING, anyOf: ids.map((id) => [whereUuid(id)]) },
    ports: { table: PORT_BINDING, anyOf: ids.map((id) => [where(PORT_BINDING, 'datapath', '==', id)]) },
  })
  const encaps = new Map(second.encaps.map((encap) => [encap.uuid, encap]))
  return {
    chassis: new Map(second.chassis.map((row) => [row.uuid, chassisOf(row, encaps)])),
    encaps,
    datapaths: second.datapaths.sort((a, b) => a.tunnel_key - b.tunnel_key),
    ports: second.ports,
    remotePorts: first.remotePorts,
  }
}

function chassisOf(row: Found<typeof CHASSIS>, encaps: ReadonlyMap<Uuid, Encap>): SouthboundChassis {
  const { uuid, name, hostname, other_config, transport_zones } = row
  return {
    uuid,
    name,
    hostname,
    encaps: row.encaps.flatMap((id) => {
      const encap = encaps.get(id)
      if (encap === undefined) return []
      return { type: encap.type, ip: encap.ip, isDefault: encap.options.get('is_default') === 'true' }
    }),
    transportZones: transport_zones,
    isRemote: other_config.get('is-remote') === 'true',
    isInterconn: other_config.get('is-interconn') === 'true',
  }
}
