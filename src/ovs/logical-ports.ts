import { type Addresses, addressesOf } from './endpoints.js'
import type { Uuid } from './ovsdb/index.js'
import type { Southbound } from './southbound.js'

/** A logical port of OVN, as far as it says who somebody is. */
export interface LogicalPort {
  name: string
  /** Its datapath: addresses are only unique within one. */
  network: Uuid
  addresses: readonly Addresses[]
  /** Host name of the chassis that has it; missing: none has. */
  node?: string
}

/** The ports of a southbound database that was read for some of them: those of their networks. */
export function logicalPorts({ ports, chassis }: Pick<Southbound, 'ports' | 'chassis'>): LogicalPort[] {
  return ports.map((port) => {
    const where = port.chassis === undefined ? undefined : chassis.get(port.chassis)
    const node = where?.hostname || where?.name
    return {
      name: port.logical_port,
      network: port.datapath,
      addresses: addressesOf(port).addresses,
      ...(node !== undefined && { node }),
    }
  })
}
