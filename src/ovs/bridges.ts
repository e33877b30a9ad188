import { Ovsdb } from './ovsdb/index.js'
import { BRIDGE, BRIDGE_PORT, INTERFACE } from './tables.js'

/** Of each interface of an Open vSwitch bridge, all interfaces of that bridge: an internal port stands for its bridge towards the host. */
export type Bridges = ReadonlyMap<string, readonly string[]>

/** @throws NicsteerError as Ovsdb.connect does */
export async function readBridges(address: string): Promise<Bridges> {
  using db = await Ovsdb.connect(address, 'Open_vSwitch')
  const rows = await db.selectAll({
    bridges: { table: BRIDGE },
    ports: { table: BRIDGE_PORT },
    interfaces: { table: INTERFACE },
  })
  const names = new Map(rows.interfaces.map(({ uuid, name }) => [uuid, name]))
  const ports = new Map(rows.ports.map(({ uuid, interfaces }) => [uuid, interfaces]))
  const bridges = rows.bridges.map((bridge) =>
    bridge.ports.flatMap((port) => ports.get(port) ?? []).flatMap((uuid) => names.get(uuid) ?? []),
  )
  return new Map(bridges.flatMap((members) => members.map((name) => [name, members] as const)))
}
