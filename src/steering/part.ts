import { isDeepStrictEqual } from 'node:util'
import type { IpAddress } from '../base/types.js'
import type { RemoteEndpoint } from './model.js'
import type { Resolved, ResolvedLocal, ResolvedNetwork } from './resolve.js'

/**
 * The part of a network's rules that a change of endpoints touches: those between its local VFs and whatever is behind certain VTEPs (which
 * share decap rules), all rules of certain VFs, and the few rules that a VF or the network has once. All parts together, compiled before the
 * change and after it, differ as the whole does; one part alone may not, because a VF may go from one network to another.
 */
export interface Part {
  network: string
  /** Missing: the whole network. */
  within?: {
    vteps: ReadonlySet<IpAddress>
    /** MACs of local VFs. */
    vfs: ReadonlySet<string>
  }
}

/** Whether the rules between a local VF and what is behind a VTEP belong to the part; without a part all do. */
export function touchedBy(part: Part | undefined): (local: ResolvedLocal, vtep: IpAddress) => boolean {
  const within = part?.within
  if (within === undefined) return () => true
  return ({ mac }, vtep) => within.vteps.has(vtep) || within.vfs.has(mac)
}

/**
 * What a change touches; undefined: everything. It compares endpoints, of which there are far fewer than rules.
 * @param before as compiled last
 */
export function changedParts(before: Resolved, after: Resolved): Part[] | undefined {
  const { networks: old, ...frame } = before
  const { networks, ...newFrame } = after
  if (!isDeepStrictEqual(frame, newFrame)) return undefined
  const byName = new Map(networks.map((network) => [network.name, network]))
  const parts = old.flatMap((network) => changedPart(network, byName.get(network.name)))
  const known = new Set(old.map(({ name }) => name))
  return [...parts, ...networks.filter(({ name }) => !known.has(name)).map(({ name }) => ({ network: name }))]
}

function changedPart(old: ResolvedNetwork, now: ResolvedNetwork | undefined): Part[] {
  const { local: _, remote: __, path: ___, ...frame } = old
  const { local = [], remote = [], path: ____, ...newFrame } = now ?? {}
  if (!isDeepStrictEqual(frame, newFrame)) return [{ network: old.name }]
  const locals = changed(old.local, local, sameLocal)
  const remotes = changed(old.remote, remote, isDeepStrictEqual)
  if (locals.length === 0 && remotes.length === 0) return []
  // A VF whose endpoint names no VTEP has that of its NIC; behind a wrong name there is nothing, and compile refuses it.
  const vteps = [...remotes.map(({ vtep }) => vtep), ...locals.map(({ vtep, nic }) => vtep ?? nic.vtep)]
  return [{ network: old.name, within: { vteps: new Set(vteps), vfs: new Set(locals.map(({ mac }) => mac)) } }]
}

/** Endpoints that are in only one of the two, or otherwise in the other. */
function changed<E extends ResolvedLocal | RemoteEndpoint>(
  old: readonly E[],
  now: readonly E[],
  same: (one: E, other: E) => boolean,
): E[] {
  if (old === now) return []
  const left = new Map(now.map((endpoint) => [endpoint.mac, endpoint]))
  const gone = old.filter((endpoint) => {
    const there = left.get(endpoint.mac)
    const isSame = there !== undefined && same(endpoint, there)
    if (isSame) left.delete(endpoint.mac)
    return !isSame
  })
  return [...gone, ...left.values()]
}

/** Where it stands in the file has no part in its rules. */
function sameLocal(
  { path: _, nic, ...one }: ResolvedLocal,
  { path: __, nic: otherNic, ...other }: ResolvedLocal,
): boolean {
  return nic.facts.pci === otherNic.facts.pci && isDeepStrictEqual(one, other)
}
