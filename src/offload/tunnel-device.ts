import { NicsteerError } from '../base/errors.js'
import type { Ifindex } from '../base/types.js'
import { type NetlinkSocket, rtnl } from '../kernel/index.js'
import type { TunnelType } from '../steering/model.js'

/** Marks a tunnel device as made by us: the kernel keeps it with the device. */
const ALIAS = 'made by nicsteer'
const NAMES: Readonly<Record<TunnelType, string>> = { geneve: 'nicsteer-gnv', vxlan: 'nicsteer-vxl' }
/** The drivers' own (drivers/net/geneve.c, drivers/net/vxlan/vxlan_core.c), where a device names none. */
const DEFAULT_PORT: Readonly<Record<TunnelType, number>> = { geneve: 6081, vxlan: 8472 }

export interface FoundTunnelDevice {
  ifindex: Ifindex
  name: string
  ours: boolean
  up: boolean
}

/** Type and port of every external-mode tunnel device: OVS's (`genev_sys_6081`), ours, or anybody's. */
export function externalTunnels(links: readonly rtnl.Link[]): Map<Ifindex, { type: TunnelType; port: number }> {
  const found = new Map<Ifindex, { type: TunnelType; port: number }>()
  for (const { ifindex, tunnel } of links) {
    if (!tunnel?.external) continue
    found.set(ifindex, { type: tunnel.kind, port: tunnel.port ?? DEFAULT_PORT[tunnel.kind] })
  }
  return found
}

/** The namespace's external-mode device of that type and port. */
export function findTunnelDevice(
  links: readonly rtnl.Link[],
  type: TunnelType,
  port: number,
): FoundTunnelDevice | undefined {
  const tunnels = externalTunnels(links)
  const device = links.find(({ ifindex }) => {
    const tunnel = tunnels.get(ifindex)
    return tunnel?.type === type && tunnel.port === port
  })
  return device && { ifindex: device.ifindex, name: device.name, ours: isOurs(device), up: device.up }
}

/** What a tunnel device that nicsteer makes is called. */
export function nameOfOurs(type: TunnelType): string {
  return NAMES[type]
}

/** By its mark, or by its name: the mark comes a moment after the device, and an apply may be killed in between. */
export function isOurs({ alias, name }: Pick<rtnl.Link, 'alias' | 'name'>): boolean {
  return alias === ALIAS || Object.values(NAMES).includes(name)
}

/**
 * A tunnel device that is down takes nothing in.
 * @throws NicsteerError TUNNEL_DEVICE_DOWN: it isn't ours to set up
 */
export function raiseTunnelDevice(socket: NetlinkSocket, { ifindex, name, ours, up }: FoundTunnelDevice): void {
  if (up) return
  if (!ours) {
    throw new NicsteerError('TUNNEL_DEVICE_DOWN', `tunnel device ${name} is down, and not ours`, {
      hint: `ip link set ${name} up`,
    })
  }
  rtnl.setLink(socket, ifindex, { up: true })
}

/**
 * Makes the external-mode device of that type and port, up.
 * @throws NicsteerError TUNNEL_PORT_TAKEN: a device that isn't external has the port
 */
export function createTunnelDevice(socket: NetlinkSocket, type: TunnelType, port: number): FoundTunnelDevice {
  const name = NAMES[type]
  try {
    const link = rtnl.createTunnelDevice(socket, {
      kind: type,
      name,
      port,
      external: true,
      udpZeroCsum6Rx: true,
      udpZeroCsum6Tx: true,
    })
    rtnl.setLink(socket, link.ifindex, { alias: ALIAS, up: true })
    return { ifindex: link.ifindex, name, ours: true, up: true }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    throw new NicsteerError(
      'TUNNEL_PORT_TAKEN',
      `cannot make ${type} device ${name} on UDP port ${port}: ${error.message}`,
      {
        hint: `ip -d link show type ${type}: is there one on that port that is not external?`,
        cause: error,
      },
    )
  }
}
