import type { Hex } from '../netlink/codec.js'
import { fromHex, toHex } from './kind.js'
import { geneveData, vxlanData } from './message.js'

/** Settings of a GENEVE or VXLAN device. */
export interface TunnelSettings {
  kind: 'geneve' | 'vxlan'
  /** Tunnel data comes with each packet (collect metadata), as TC's tunnel_key sets it. */
  external: boolean
  /** UDP destination port; the driver's own where missing (6081, 8472). */
  port?: number
  /** VNI of a device that isn't external. */
  id?: number
  /** UDP checksum in the outer IPv4 header. */
  udpCsum?: boolean
  /** Outer UDP checksum 0 over IPv6 is sent, or taken (RFC 6935). */
  udpZeroCsum6Tx?: boolean
  udpZeroCsum6Rx?: boolean
  /** VXLAN: group policy extension. */
  gbp?: boolean
}

/** Payload of IFLA_INFO_DATA. */
export function tunnelData(settings: TunnelSettings): Hex {
  const { port, id } = settings
  const shared = {
    port,
    id,
    udpCsum: byte(settings.udpCsum),
    udpZeroCsum6Tx: byte(settings.udpZeroCsum6Tx),
    udpZeroCsum6Rx: byte(settings.udpZeroCsum6Rx),
  }
  if (settings.kind === 'geneve') {
    return toHex(geneveData, { ...shared, external: settings.external ? true : undefined })
  }
  return toHex(vxlanData, {
    ...shared,
    external: byte(settings.external),
    // Learning makes no sense where every packet carries its own destination; the kernel's default is on.
    learning: settings.external ? 0 : undefined,
    gbp: settings.gbp ? true : undefined,
  })
}

/** @param data payload of IFLA_INFO_DATA */
export function readTunnelData(kind: 'geneve' | 'vxlan', data: Hex): TunnelSettings {
  const wire = kind === 'geneve' ? fromHex(geneveData, data) : fromHex(vxlanData, data)
  const settings: TunnelSettings = { kind, external: Boolean(wire.external) }
  if (wire.port !== undefined) settings.port = wire.port
  // An external device has an id attribute too, which means nothing.
  if (wire.id !== undefined && !settings.external) settings.id = wire.id
  if (wire.udpCsum !== undefined) settings.udpCsum = wire.udpCsum !== 0
  if (wire.udpZeroCsum6Tx !== undefined) settings.udpZeroCsum6Tx = wire.udpZeroCsum6Tx !== 0
  if (wire.udpZeroCsum6Rx !== undefined) settings.udpZeroCsum6Rx = wire.udpZeroCsum6Rx !== 0
  if ('gbp' in wire && wire.gbp) settings.gbp = true
  return settings
}

function byte(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
