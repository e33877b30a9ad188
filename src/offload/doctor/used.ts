import type { TunnelType } from '../../steering/model.js'
import { ownershipOf } from '../ownership.js'
import { externalTunnels } from '../tunnel-device.js'
import { known, type NodeState, type PfState } from './state.js'

/** What of the node matters: a node may have NICs, VFs and devices that have nothing to do with tunnels, and nothing is to be said of those. */

/** Drivers that are known to take tunnels (`simnic` is the lab's). */
const KNOWN = new Set(['mlx5_core', 'simnic'])

export function isKnownDriver({ driver }: Pick<PfState, 'driver'>): boolean {
  return KNOWN.has(driver)
}

/**
 * PFs that the file names. Where none does, those in switchdev mode, and those of a known driver that have VFs: a spare port without VFs only
 * where no other has any.
 */
export function usedPfs({ pfs, wanted }: Pick<NodeState, 'pfs' | 'wanted'>): PfState[] {
  const named = wanted?.pfs ?? []
  if (named.length > 0) return pfs.filter(({ pci }) => named.includes(pci))
  const steerable = pfs.filter((pf) => pf.eswitchMode === 'switchdev' || (pf.vfs.length > 0 && isKnownDriver(pf)))
  const withVfs = steerable.filter(({ vfs }) => vfs.length > 0)
  return withVfs.length > 0 ? withVfs : steerable
}

export function hasMlx5(state: NodeState): boolean {
  return usedPfs(state).some(({ driver }) => driver === 'mlx5_core')
}

/** Representors that carry something, by name: ports of Open vSwitch, those of the file, those with rules of ours. */
export function usedRepresentors(state: NodeState): Set<string> {
  const ours = new Set(state.filters.flatMap((filter) => (ownershipOf(filter) === undefined ? [] : filter.ifindex)))
  const carrying = new Set([
    ...state.ovsPorts.representors,
    ...(state.wanted?.representors ?? []),
    ...state.links.flatMap(({ ifindex, name }) => (ours.has(ifindex) ? name : [])),
  ])
  const all = usedPfs(state).flatMap(({ vfs }) => vfs.flatMap(({ representor }) => representor?.name ?? []))
  return new Set(all.filter((name) => carrying.has(name)))
}

/** An uplink or representor of a used PF is a port of Open vSwitch's kernel data path. */
export function ovsHasOurPorts(state: NodeState): boolean {
  const ports = new Set(state.ovsPorts.representors)
  return usedPfs(state).some(
    ({ uplink, vfs }) => ports.has(uplink.name) || vfs.some(({ representor }) => ports.has(representor?.name ?? '')),
  )
}

/** Encapsulations of this node, and who says so; none where nobody does. */
export function neededTunnels({ wanted, ovs, links }: NodeState): { types: readonly TunnelType[]; by: string } {
  if (wanted?.encapsulation !== undefined) return { types: [wanted.encapsulation.type], by: 'the file' }
  const listed = ovnSetting(known(ovs), 'ovn-encap-type')?.split(',') ?? []
  const types = (['geneve', 'vxlan'] as const).filter((type) => listed.includes(type))
  if (types.length > 0) return { types, by: 'external_ids:ovn-encap-type' }
  const there = [...externalTunnels(links).values()].map(({ type }) => type)
  return { types: [...new Set(there)], by: 'the tunnel devices that there are' }
}

/** A value of Open_vSwitch external_ids; one with `-CHASSIS` at its key goes before (ovn-controller(8)). */
export function ovnSetting(ovs: { externalIds: Readonly<Record<string, string>> } | undefined, key: string) {
  if (ovs === undefined) return undefined
  return ovs.externalIds[`${key}-${ovs.externalIds['system-id']}`] ?? ovs.externalIds[key]
}

/** `p0 (0000:d8:00.0)` */
export const showPf = ({ uplink, pci }: Pick<PfState, 'uplink' | 'pci'>): string => `${uplink.name} (${pci})`
