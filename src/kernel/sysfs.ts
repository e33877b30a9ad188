import { join } from 'node:path'
import { type PciAddress, parsePciAddress } from '../base/types.js'
import { linkName, listFolder, readText } from './files.js'

/**
 * What sysfs says about PCI functions. sysfs shows the netdevs of the network namespace in which it was mounted, not
 * those of the process (Documentation/filesystems/sysfs.rst), so a namespace needs a mount of its own.
 */
const SYSFS = '/sys'

export interface Vf {
  index: number
  pci: PciAddress
  /** Netdevs of the VF's own driver; none where it is given to a container or a VM. */
  netdevs: string[]
  driver?: string
}

export interface PciFunction {
  pci: PciAddress
  /** `mlx5_core` … */
  driver?: string
  /** IDs in hexadecimal without prefix: `15b3`. */
  vendor: string
  device: string
  /** Netdevs on this function: of a PF in switchdev mode the uplink and all representors. */
  netdevs: string[]
  /** Of a VF: its PF. */
  physfn?: PciAddress
  /** Of a PF with SR-IOV: how many VFs it can have, and has. */
  totalVfs?: number
  numVfs?: number
  /** By index. */
  vfs: Vf[]
}

/** undefined when there is no such PCI device. */
export function pciFunction(pci: PciAddress, root = SYSFS): PciFunction | undefined {
  const path = devicePath(pci, root)
  const vendor = readText(join(path, 'vendor'))
  if (vendor === undefined) return undefined
  const driver = linkName(join(path, 'driver'))
  const physfn = linkName(join(path, 'physfn'))
  const totalVfs = readNumber(join(path, 'sriov_totalvfs'))
  const numVfs = readNumber(join(path, 'sriov_numvfs'))
  return {
    pci,
    vendor: hexId(vendor),
    device: hexId(readText(join(path, 'device')) ?? ''),
    netdevs: netdevsOf(path),
    vfs: vfsOf(path, root),
    ...(driver !== undefined && { driver }),
    ...(physfn !== undefined && { physfn: parsePciAddress(physfn) }),
    ...(totalVfs !== undefined && { totalVfs }),
    ...(numVfs !== undefined && { numVfs }),
  }
}

/** Network functions that can have VFs, by address. */
export function listSriovPfs(root = SYSFS): PciFunction[] {
  return listFolder(join(root, 'bus/pci/devices'))
    .filter((name) => isNetworkClass(readText(join(root, 'bus/pci/devices', name, 'class'))))
    .map((name) => pciFunction(parsePciAddress(name), root))
    .filter((found): found is PciFunction => (found?.totalVfs ?? 0) > 0)
}

/** PCI address of the device under a netdev; undefined for a virtual one. */
export function pciOfNetdev(name: string, root = SYSFS): PciAddress | undefined {
  const device = join(root, 'class/net', name, 'device')
  if (linkName(join(device, 'subsystem')) !== 'pci') return undefined
  const address = linkName(device)
  return address === undefined ? undefined : parsePciAddress(address)
}

/** Driver of the device under a netdev; undefined for a virtual one. */
export function driverOfNetdev(name: string, root = SYSFS): string | undefined {
  return linkName(join(root, 'class/net', name, 'device/driver'))
}

/** PCI base class 02: network controllers (also InfiniBand, 0207). */
function isNetworkClass(text: string | undefined): boolean {
  return text?.startsWith('0x02') ?? false
}

function devicePath(pci: PciAddress, root: string): string {
  return join(root, 'bus/pci/devices', pci)
}

function vfsOf(path: string, root: string): Vf[] {
  return listFolder(path)
    .filter((name) => /^virtfn\d+$/.test(name))
    .flatMap((name) => {
      const address = linkName(join(path, name))
      if (address === undefined) return []
      const pci = parsePciAddress(address)
      const driver = linkName(join(devicePath(pci, root), 'driver'))
      return [
        {
          index: Number(name.slice('virtfn'.length)),
          pci,
          netdevs: netdevsOf(devicePath(pci, root)),
          ...(driver !== undefined && { driver }),
        },
      ]
    })
    .sort((a, b) => a.index - b.index)
}

/** Of a virtio device the netdevs are one level deeper, below the virtio bus. */
function netdevsOf(path: string): string[] {
  const below = listFolder(path).filter((name) => /^virtio\d+$/.test(name))
  return [path, ...below.map((name) => join(path, name))].flatMap((parent) => listFolder(join(parent, 'net'))).sort()
}

function readNumber(path: string): number | undefined {
  const text = readText(path)
  return text === undefined ? undefined : Number(text)
}

function hexId(text: string): string {
  return text.replace(/^0x/, '')
}
