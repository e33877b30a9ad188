import { orUndefined } from '../base/errors.js'
import type { PciAddress } from '../base/types.js'
import { devlink, ethtool, type NetlinkSocket, rtnl, sysfs } from '../kernel/index.js'
import type { NodeFacts } from '../steering/model.js'
import type { NicInfo, PfInfo, Topology, VfInfo } from './facts.js'
import { gapsOf } from './gaps.js'
import { ovsPortsOf } from './ovs-ports.js'

/** Drivers that are not NICs: the lab's (hack/lab/simnic). */
const EMULATED = new Set(['simnic'])

interface Sources {
  links: rtnl.Link[]
  ports: devlink.DevlinkPort[]
  addresses: Topology['addresses']
  generic: NetlinkSocket
}

/**
 * Finds the SR-IOV PFs of this network namespace, their VFs and representors. A PF belongs to the namespace in which its uplink is.
 * Representors are found by devlink's port attributes, else by phys_port_name (`pf0vf3`) under the same switch id.
 * @param generic socket of protocol `generic`
 */
export function discover(route: NetlinkSocket, generic: NetlinkSocket): Topology {
  const links = rtnl.listLinks(route)
  const names = new Map(links.map((link) => [link.ifindex, link.name]))
  const addresses = rtnl
    .listAddresses(route)
    .map(({ ip, ifindex }) => ({ ip, ifindex, device: names.get(ifindex) ?? String(ifindex) }))
  const sources = { links, ports: devlink.listDevlinkPorts(generic), addresses, generic }
  const pfs = sysfs.listSriovPfs().flatMap((pf) => pfInfo(pf, sources))
  const ovsPorts = ovsPortsOf(links)
  const hasOvs = ovsPorts.representors.length + ovsPorts.tunnels.length > 0
  return { nics: byCard(pfs), addresses, gaps: pfs.flatMap(gapsOf), ...(hasOvs && { ovsPorts }) }
}

/** The part of a topology that decisions are made of. */
export function nodeFacts({ nics, addresses, ovsPorts }: Topology): NodeFacts {
  return {
    addresses,
    ...(ovsPorts !== undefined && { ovsPorts }),
    pfs: pfsOf({ nics }).map((pf) => ({
      pci: pf.pci,
      uplink: pf.uplink.name,
      switchId: pf.switchId,
      vfs: pf.vfs.map(({ index, pci, netdevs, representor }) => ({
        index,
        pci,
        netdevs,
        ...(representor !== undefined && { representor: representor.name }),
      })),
    })),
  }
}

export function pfsOf({ nics }: Pick<Topology, 'nics'>): PfInfo[] {
  return nics.flatMap((nic) => nic.pfs)
}

function pfInfo(found: sysfs.PciFunction, sources: Sources): PfInfo[] {
  const { links, ports, addresses, generic } = sources
  const { pci } = found
  const uplink = findUplink(pci, links, ports)
  if (uplink === undefined) return []
  const dev = { bus: 'pci', dev: pci }
  // A driver need not have an eswitch, nor devlink at all.
  const info = orUndefined(() => devlink.devInfo(generic, dev))
  const eswitch = orUndefined(() => devlink.eswitchMode(generic, dev))
  const driver = found.driver ?? info?.driver ?? 'none'
  const firmware = info && (info.running['fw.version'] ?? info.running.fw)
  const switchId = uplink.physSwitchId ?? ''
  const { name, ifindex, up, carrier, mtu } = uplink
  return [
    {
      pci,
      driver,
      emulated: EMULATED.has(driver),
      ...(firmware !== undefined && { firmware }),
      uplink: { name, ifindex, up, carrier, mtu },
      switchId,
      eswitchMode: eswitch?.mode ?? 'unknown',
      hwTcOffload: ethtool.hwTcOffload(generic, ifindex),
      vteps: addresses.filter((address) => address.ifindex === ifindex && isGlobal(address.ip)).map(({ ip }) => ip),
      totalVfs: found.totalVfs ?? 0,
      vfs: found.vfs.map((vf) => vfInfo(vf, pci, switchId, sources)),
    },
  ]
}

function findUplink(pci: PciAddress, links: rtnl.Link[], ports: devlink.DevlinkPort[]): rtnl.Link | undefined {
  const physical = ports.find(
    (port) => port.dev === pci && port.flavour === 'physical' && port.netdevIfindex !== undefined,
  )
  const byPort = links.find((link) => link.ifindex === physical?.netdevIfindex)
  // In legacy mode, and with drivers without devlink ports, the PF's only netdev is its uplink.
  return byPort ?? links.find((link) => link.parentDevName === pci && !/vf\d+$/.test(link.physPortName ?? ''))
}

function vfInfo(vf: sysfs.Vf, pf: PciAddress, switchId: string, { links, ports }: Sources): VfInfo {
  const port = ports.find(
    (one) => one.dev === pf && one.flavour === 'pcivf' && !one.controller && one.vfNumber === vf.index,
  )
  const byPort = links.find((link) => link.ifindex === port?.netdevIfindex)
  const byName = links.find(
    (link) =>
      link.physSwitchId === switchId &&
      link.parentDevName === pf &&
      new RegExp(`^pf\\d+vf${vf.index}$`).test(link.physPortName ?? ''),
  )
  const representor = byPort ?? byName
  return {
    index: vf.index,
    pci: vf.pci,
    netdevs: vf.netdevs,
    ...(vf.driver !== undefined && { driver: vf.driver }),
    ...(port?.hwAddr !== undefined && { mac: port.hwAddr }),
    ...(representor !== undefined && {
      representor: { name: representor.name, ifindex: representor.ifindex, up: representor.up },
    }),
  }
}

/** Cards in the order of their first PF. Without a switch id every PF stands for itself. */
function byCard(pfs: PfInfo[]): NicInfo[] {
  const cards = new Map<string, NicInfo>()
  for (const pf of pfs) {
    const key = pf.switchId || pf.pci
    const card = cards.get(key) ?? { switchId: pf.switchId, pfs: [] }
    card.pfs.push(pf)
    cards.set(key, card)
  }
  return [...cards.values()]
}

/** IPv6 link-local addresses are on every netdev and no VTEP. */
function isGlobal(ip: string): boolean {
  return !ip.startsWith('fe80:')
}
