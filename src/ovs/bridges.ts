import { type OvsFacts, readOvsFacts } from './facts.js'

/** Of each interface of an Open vSwitch bridge, all interfaces of that bridge: an internal port stands for its bridge towards the host. */
export type Bridges = ReadonlyMap<string, readonly string[]>

/** @throws NicsteerError as Ovsdb.connect does */
export async function readBridges(address: string): Promise<Bridges> {
  return bridgesOf(await readOvsFacts(address))
}

export function bridgesOf({ bridges }: Pick<OvsFacts, 'bridges'>): Bridges {
  return new Map(bridges.flatMap(({ interfaces }) => interfaces.map((name) => [name, interfaces] as const)))
}
