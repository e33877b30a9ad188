import { ByteSource, HOST_LITTLE_ENDIAN } from '../netlink/bytes.js'
import { string } from '../netlink/codec.js'
import { uapi } from '../uapi.js'
import type { EthtoolIoctl } from './ioctl.js'

export interface DriverInfo {
  /** `mlx5_core`, `veth` … */
  driver: string
  version: string
  /** With the board's ID, in the driver's own form; empty where it hasn't any. */
  firmware: string
  /** PCI address of the function, of a representor the PF's; empty for a virtual device. */
  busInfo: string
}

/** linux/ethtool.h struct ethtool_drvinfo: behind the command, in order, 32 bytes each. */
const DRVINFO_FIELDS = ['driver', 'version', 'firmware', 'busInfo'] as const
const DRVINFO_FIELD = 32
const DRVINFO = 196

/** @param device name of a netdev. @throws KernelRefusal ENODEV, EOPNOTSUPP */
export function driverInfo(ioctl: EthtoolIoctl, device: string): DriverInfo {
  const bytes = new Uint8Array(DRVINFO)
  ioctl.call('driver info', device, uapi.ETHTOOL_GDRVINFO, bytes)
  const source = new ByteSource(bytes)
  const fields = DRVINFO_FIELDS.map((name, i) => {
    const at = 4 + i * DRVINFO_FIELD
    return [name, string.read(source, at, at + DRVINFO_FIELD)]
  })
  return Object.fromEntries(fields) as DriverInfo
}

/**
 * The driver's own counters, as `ethtool -S` prints them: a representor's `vport_rx_packets`, a port's `rx_packets_phy` …
 * Empty where the driver has none.
 * @param device name of a netdev. @throws KernelRefusal ENODEV
 */
export function driverStats(ioctl: EthtoolIoctl, device: string): Record<string, number> {
  for (;;) {
    const names = statNames(ioctl, device)
    if (names.length === 0) return {}
    // The kernel writes as many as there are by now, whatever room there is (net/ethtool/ioctl.c ethtool_get_stats).
    const bytes = new Uint8Array(8 + 8 * (2 * names.length + SPARE))
    ioctl.call('statistics', device, uapi.ETHTOOL_GSTATS, bytes)
    const view = new DataView(bytes.buffer)
    if (view.getUint32(4, HOST_LITTLE_ENDIAN) !== names.length) continue
    return Object.fromEntries(names.map((name, i) => [name, Number(view.getBigUint64(8 + 8 * i, HOST_LITTLE_ENDIAN))]))
  }
}

/** Counters that may appear between two calls, as when channels are added. */
const SPARE = 4096

function statNames(ioctl: EthtoolIoctl, device: string): string[] {
  const count = statCount(ioctl, device)
  if (count === 0) return []
  const bytes = new Uint8Array(12 + uapi.ETH_GSTRING_LEN * (2 * count + SPARE))
  const view = new DataView(bytes.buffer)
  view.setUint32(4, uapi.ETH_SS_STATS, HOST_LITTLE_ENDIAN)
  ioctl.call('names of statistics', device, uapi.ETHTOOL_GSTRINGS, bytes)
  const source = new ByteSource(bytes)
  return Array.from({ length: view.getUint32(8, HOST_LITTLE_ENDIAN) }, (_, i) => {
    const at = 12 + i * uapi.ETH_GSTRING_LEN
    return string.read(source, at, at + uapi.ETH_GSTRING_LEN)
  })
}

/** linux/ethtool.h struct ethtool_sset_info: u32 command, u32 reserved, u64 mask, then a u32 for each set it has. */
function statCount(ioctl: EthtoolIoctl, device: string): number {
  const bytes = new Uint8Array(64)
  const view = new DataView(bytes.buffer)
  const mask = 1n << BigInt(uapi.ETH_SS_STATS)
  view.setBigUint64(8, mask, HOST_LITTLE_ENDIAN)
  ioctl.call('statistics', device, uapi.ETHTOOL_GSSET_INFO, bytes)
  return view.getBigUint64(8, HOST_LITTLE_ENDIAN) === mask ? view.getUint32(16, HOST_LITTLE_ENDIAN) : 0
}
