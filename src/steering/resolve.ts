import { NicsteerError } from '../base/errors.js'
import type { IpAddress } from '../base/types.js'
import {
  type LocalEndpoint,
  type Network,
  type NicSpec,
  type NodeFacts,
  type OvsPorts,
  type Path,
  type PfFacts,
  type Steering,
  showVf,
  type VfFacts,
  type VfId,
} from './model.js'
import { vtepOfPf } from './select.js'

/** A NIC of the file, found on the node. */
export interface ResolvedNic extends NicSpec {
  facts: PfFacts
}

/** A local endpoint with its VF found on the node. */
export interface ResolvedLocal extends LocalEndpoint {
  id: VfId
  representor: string
  nic: ResolvedNic
  /** Tunnels to the node's other NICs are allowed. */
  intraNode: boolean
  network: string
  path: Path
}

export interface ResolvedNetwork extends Omit<Network, 'local'> {
  local: readonly ResolvedLocal[]
  path: Path
}

export interface Resolved extends Omit<Steering, 'nics' | 'networks'> {
  nics: readonly ResolvedNic[]
  networks: readonly ResolvedNetwork[]
  ovsPorts: OvsPorts
}

/** A refusal that knows where in the user's file its cause stands. */
export type Refuse = (path: Path, code: string, what: string, hint: string) => NicsteerError

export const refuseWithoutPlace: Refuse = (_path, code, what, hint) => new NicsteerError(code, what, { hint })

/**
 * Finds what the file names on the node.
 * @throws NicsteerError SOURCE_NOT_READ, UNKNOWN_PF, UNKNOWN_NIC, SAME_PF_TWICE, UNKNOWN_VF, VF_OUT_OF_RANGE, NO_REPRESENTOR, VF_TWICE, VTEP_NOT_CONFIGURED, VTEP_ELSEWHERE
 */
export function resolve(steering: Steering, node: NodeFacts, refuse: Refuse = refuseWithoutPlace): Resolved {
  if (steering.source !== undefined) {
    const hint = 'complete it first, with what OVN has'
    throw refuse(['spec', 'source'], 'SOURCE_NOT_READ', 'the networks of spec.source are not read yet', hint)
  }
  const { chassis } = steering
  const nics = steering.nics.map((nic, index) => resolveNic(nic, ['spec', 'nics', index], node, refuse))
  const seenPfs = new Map<string, number>()
  for (const [index, nic] of nics.entries()) {
    const before = seenPfs.get(nic.facts.pci)
    if (before !== undefined) {
      throw refuse(
        ['spec', 'nics', index, 'pf'],
        'SAME_PF_TWICE',
        `PF ${nic.pf} is PF ${nics[before]?.pf} once more`,
        'give each PF one entry',
      )
    }
    seenPfs.set(nic.facts.pci, index)
  }
  for (const { pf = '' } of chassis?.mapping ?? []) {
    if (findPf(node, pf) !== undefined) continue
    const what = `ovn-pf-encap-ip-mapping names ${pf}, which is no PF of this node`
    throw refuse(
      ['spec', 'source'],
      'UNKNOWN_PF',
      what,
      `it has: ${node.pfs.map(({ uplink }) => uplink).join(', ') || 'none'}`,
    )
  }
  const others = node.pfs.filter(({ pci }) => !seenPfs.has(pci))
  const chosen = [...nics.map(({ facts }) => facts), ...others].flatMap((facts) => {
    const nic = vtepOfPf(facts, nics, chassis)
    return nic === undefined ? [] : { ...nic, facts }
  })
  const seenVfs = new Set<string>()
  const networks = steering.networks.map((network, n) => ({
    ...network,
    path: ['spec', 'networks', n],
    local: network.local.map((endpoint, e) => {
      const found = resolveLocal(endpoint, network, ['spec', 'networks', n, 'local', e], chosen, node, refuse)
      const name = showVf(found.id)
      if (seenVfs.has(name)) {
        throw refuse([...found.path, 'vf'], 'VF_TWICE', `${name} has two endpoints`, 'a VF belongs to one network')
      }
      seenVfs.add(name)
      return found
    }),
  }))
  return { ...steering, nics: chosen, networks, ovsPorts: node.ovsPorts ?? { representors: [], tunnels: [] } }
}

export function findPf(node: NodeFacts, name: string): PfFacts | undefined {
  const address = pciAddress(name)
  return node.pfs.find((pf) => pf.pci === address || pf.uplink === name)
}

function resolveNic(nic: NicSpec, path: Path, node: NodeFacts, refuse: Refuse): ResolvedNic {
  const facts = findPf(node, nic.pf)
  if (facts === undefined) {
    const known = node.pfs.map((pf) => `${pf.pci} (${pf.uplink})`).join(', ') || 'none'
    throw refuse([...path, 'pf'], 'UNKNOWN_PF', `this node has no PF ${nic.pf}`, `it has: ${known}`)
  }
  checkVtep(nic.vtep, nic.device, path, node, refuse)
  return { ...nic, facts }
}

function checkVtep(vtep: IpAddress, device: string | undefined, path: Path, node: NodeFacts, refuse: Refuse): void {
  const at = node.addresses.filter(({ ip }) => ip === vtep).map((address) => address.device)
  if (at.length === 0) {
    throw refuse(
      [...path, 'vtep'],
      'VTEP_NOT_CONFIGURED',
      `VTEP ${vtep} is not an address of this node`,
      `ip address add ${vtep}/PREFIX dev ${device ?? 'UPLINK'}`,
    )
  }
  if (device !== undefined && !at.includes(device)) {
    throw refuse(
      [...path, 'device'],
      'VTEP_ELSEWHERE',
      `VTEP ${vtep} is on ${at.join(', ')}, not on ${device}`,
      'name the device that has it',
    )
  }
}

function resolveLocal(
  endpoint: LocalEndpoint,
  network: Network,
  path: Path,
  nics: readonly ResolvedNic[],
  node: NodeFacts,
  refuse: Refuse,
): ResolvedLocal {
  const { pf, vf } =
    typeof endpoint.vf === 'object' && 'index' in endpoint.vf
      ? findNumbered(endpoint.vf, [...path, 'vf'], node, refuse)
      : findVf(endpoint.vf, [...path, 'vf'], node, refuse)
  const nic = nics.find((one) => one.facts.pci === pf.pci)
  if (nic === undefined) {
    const numbered = typeof endpoint.vf === 'object' && 'pf' in endpoint.vf ? endpoint.vf : undefined
    throw refuse(
      numbered === undefined ? [...path, 'vf'] : [...path, 'vf', 'pf'],
      'UNKNOWN_NIC',
      `PF ${numbered?.pf ?? pf.pci} is not among spec.nics`,
      'give it an entry there, with its VTEP',
    )
  }
  // What the file says of its NICs is checked by now; what Open vSwitch says, only where a VF needs it.
  if (nic.chosenBy !== undefined) checkVtep(nic.vtep, nic.device, ['spec', 'source'], node, refuse)
  const id = { pf: pf.pci, index: vf.index }
  if (vf.representor === undefined) {
    throw refuse(
      [...path, 'vf'],
      'NO_REPRESENTOR',
      `${showVf(id)} has no representor here`,
      `devlink dev eswitch set pci/${pf.pci} mode switchdev`,
    )
  }
  return {
    ...endpoint,
    id,
    representor: vf.representor,
    nic,
    intraNode: network.intraNode ?? true,
    network: network.name,
    path,
  }
}

interface FoundVf {
  pf: PfFacts
  vf: VfFacts
}

/** By PF and number. */
function findNumbered(
  { pf: name, index }: { pf: string; index: number },
  path: Path,
  node: NodeFacts,
  refuse: Refuse,
): FoundVf {
  const pf = findPf(node, name)
  if (pf === undefined) {
    throw refuse([...path, 'pf'], 'UNKNOWN_PF', `this node has no PF ${name}`, 'nicsteer topology lists them')
  }
  const vf = pf.vfs.find((one) => one.index === index)
  if (vf === undefined) {
    const has = pf.vfs.length === 0 ? 'it has no VFs' : `it has ${pf.vfs.length}: 0 to ${pf.vfs.length - 1}`
    throw refuse([...path, 'index'], 'VF_OUT_OF_RANGE', `PF ${name} has no VF ${index}`, has)
  }
  return { pf, vf }
}

/** By a name of its own; an iface-id has become the interface's name by now, where there is one. Netdevs of one namespace have different names, so at most one VF is meant. */
function findVf(name: string | { ifaceId: string }, path: Path, node: NodeFacts, refuse: Refuse): FoundVf {
  if (typeof name !== 'string') {
    const what = `no interface of the local Open vSwitch has iface-id ${name.ifaceId}`
    throw refuse(path, 'UNKNOWN_VF', what, 'ovs-vsctl --columns=name,external_ids list Interface')
  }
  const address = pciAddress(name)
  for (const pf of node.pfs) {
    const vf = pf.vfs.find((one) => one.pci === address || one.representor === name || one.netdevs.includes(name))
    if (vf !== undefined) return { pf, vf }
  }
  const hint = 'write {pf, index}, or the PCI address, representor or netdev of a VF that nicsteer topology lists'
  throw refuse(path, 'UNKNOWN_VF', `this node has no VF ${name}`, hint)
}

/** As the kernel writes it, where it is one; the domain may be left out. */
function pciAddress(name: string): string {
  return (/^[0-9a-f]{2}:/i.test(name) ? `0000:${name}` : name).toLowerCase()
}
