import { Ovsdb } from './ovsdb/index.js'
import { BRIDGE, BRIDGE_PORT, INTERFACE, OPEN_VSWITCH } from './tables.js'

/** How a node's Open vSwitch is set up: plain data, as ovs-vswitchd.conf.db(5) describes it. */
export interface OvsFacts {
  /** `3.5.0`; missing until ovs-ctl(8) has written it. */
  version?: string
  otherConfig: Readonly<Record<string, string>>
  externalIds: Readonly<Record<string, string>>
  bridges: readonly { name: string; datapathType: string; interfaces: readonly string[] }[]
  interfaces: readonly {
    name: string
    /** `system` is written as an empty text too. */
    type: string
    options: Readonly<Record<string, string>>
    externalIds: Readonly<Record<string, string>>
  }[]
}

/** @throws NicsteerError as Ovsdb.connect does */
export async function readOvsFacts(address: string): Promise<OvsFacts> {
  using db = await Ovsdb.connect(address, 'Open_vSwitch')
  const rows = await db.selectAll({
    root: { table: OPEN_VSWITCH },
    bridges: { table: BRIDGE },
    ports: { table: BRIDGE_PORT },
    interfaces: { table: INTERFACE },
  })
  const [root] = rows.root
  const names = new Map(rows.interfaces.map(({ uuid, name }) => [uuid, name]))
  const ports = new Map(rows.ports.map(({ uuid, interfaces }) => [uuid, interfaces]))
  return {
    ...(root?.ovs_version !== undefined && { version: root.ovs_version }),
    otherConfig: Object.fromEntries(root?.other_config ?? []),
    externalIds: Object.fromEntries(root?.external_ids ?? []),
    bridges: rows.bridges
      .map(({ name, datapath_type: datapathType, ports: members }) => ({
        name,
        datapathType,
        interfaces: members
          .flatMap((port) => ports.get(port) ?? [])
          .flatMap((uuid) => names.get(uuid) ?? [])
          .sort(),
      }))
      .sort(byName),
    interfaces: rows.interfaces
      .map(({ name, type, options, external_ids }) => ({
        name,
        type,
        options: Object.fromEntries(options),
        externalIds: Object.fromEntries(external_ids),
      }))
      .sort(byName),
  }
}

/** A table has no order; what is made of it is to be the same every time. */
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
