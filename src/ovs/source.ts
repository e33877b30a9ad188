import { NicsteerError } from '../base/errors.js'
import type { Encapsulation, Network, OvnSource, Path, Steering } from '../steering/model.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { LOCAL_OVS, type LocalOvs, readLocalOvs } from './local.js'
import { type Overlay, overlayOf } from './overlay.js'
import type { Ovsdb } from './ovsdb/index.js'
import { openSouthbound, readSouthbound, southboundAddress } from './southbound.js'
import { statefulParts } from './stateful.js'

const SOURCE = ['spec', 'source']

/** True where a file alone doesn't say everything: its networks come from OVN, or it names a VF by its iface-id. */
export function needsOvs({ steering }: LoadedSteering): boolean {
  return steering.source !== undefined || ifaceIds(steering).length > 0
}

/**
 * Reads what a file leaves to Open vSwitch and OVN.
 * @param representors interfaces of this node's VFs: logical ports on others are not ours to steer
 * @param ovs where the local Open vSwitch is asked, unless the file says so
 * @throws NicsteerError with file and line: OVSDB_…, NO_CHASSIS, NO_ENCAPSULATION, ENCAPSULATION_DIFFERS, UNKNOWN_NETWORK, NOT_STATELESS,
 *   BAD_EXTERNAL_ID, PLANE_CONTRADICTION; UNKNOWN_VF for an iface-id when the local Open vSwitch can't be asked
 */
export async function completeSteering(
  file: LoadedSteering,
  representors: ReadonlySet<string>,
  ovs = LOCAL_OVS,
): Promise<LoadedSteering> {
  if (file.steering.source !== undefined) return fromOvn(file, file.steering.source, representors, ovs)
  const [first] = ifaceIds(file.steering)
  if (first === undefined) return file
  const local = await placed(file, first.path, () => readLocalOvs(ovs), 'UNKNOWN_VF')
  return { ...file, steering: withInterfaces(file.steering, local) }
}

async function fromOvn(
  file: LoadedSteering,
  source: OvnSource,
  representors: ReadonlySet<string>,
  ovs: string,
): Promise<LoadedSteering> {
  const local = await placed(file, SOURCE, () => readLocalOvs(source.ovs ?? ovs))
  using db = await placed(file, SOURCE, () => openSouthbound(southboundOf(source, local), { tls: local.tls }))
  const ports = local.interfaces.flatMap(({ name, ifaceId }) => (ifaceId && representors.has(name) ? [ifaceId] : []))
  const overlay = await placed(file, SOURCE, async () =>
    overlayOf(local, await readSouthbound(db, ports), representors),
  )
  const { source: _, ...steering } = file.steering
  return {
    ...file,
    findings: [...file.findings, ...overlay.findings],
    steering: {
      ...steering,
      encapsulation: agreed(file, source.encapsulation, overlay.encapsulation),
      networks: await placed(file, SOURCE, () => withStateless(file, source, overlay, db)),
      chassis: overlay.chassis,
    },
  }
}

/**
 * Where the southbound database is: named, or where the node has it from.
 * @throws NicsteerError NO_SOUTHBOUND
 */
export function southboundOf({ southbound }: Pick<OvnSource, 'southbound'>, local: LocalOvs): string {
  const address = southbound ?? southboundAddress(local)
  if (address !== undefined) return address
  const what = 'there is no southbound database on this node, and the local Open vSwitch has no external_ids:ovn-remote'
  throw new NicsteerError('NO_SOUTHBOUND', what, { hint: 'source: {ovn: {southbound: ADDRESS}}' })
}

/** What the file says of the encapsulation need not be said, but must be true. */
function agreed({ refuse }: LoadedSteering, given: Encapsulation | undefined, ovn: Encapsulation): Encapsulation {
  if (given === undefined) return ovn
  const { type, port, options, ttl, tos } = given
  if (type === ovn.type && port === ovn.port && options === ovn.options) return { ...ovn, ttl, tos }
  const path = ['spec', 'encapsulation']
  const what = `OVN's encapsulation here is ${ovn.type}, port ${ovn.port}, options: ovn`
  throw refuse(path, 'ENCAPSULATION_DIFFERS', what, 'leave spec.encapsulation out, or make it the same')
}

/** @throws NicsteerError UNKNOWN_NETWORK, NOT_STATELESS */
async function withStateless(
  { refuse }: LoadedSteering,
  { stateless }: OvnSource,
  { networks, datapaths }: Overlay,
  db: Ovsdb,
): Promise<Network[]> {
  for (const [index, name] of stateless.entries()) {
    const path = [...SOURCE, 'ovn', 'stateless', index]
    const at = networks.findIndex((network) => network.name === name)
    const datapath = datapaths[at]
    if (datapath === undefined) {
      const known = networks.map((network) => network.name).join(', ') || 'none'
      throw refuse(path, 'UNKNOWN_NETWORK', `no VF of this node is in a network ${name}`, `networks here: ${known}`)
    }
    const parts = await statefulParts(db, datapath.uuid)
    if (parts.length > 0) {
      const what = `network ${name} is not stateless: it has ${parts.join(', ')}`
      throw refuse(path, 'NOT_STATELESS', what, 'a tunnel between two NICs of the node would skip them')
    }
  }
  return networks.map((network) => ({ ...network, intraNode: stateless.includes(network.name) }))
}

/** VFs named by iface-id, with their places. */
function ifaceIds({ networks }: Steering): { id: string; path: Path }[] {
  return networks.flatMap(({ local }, n) =>
    local.flatMap(({ vf }, e) =>
      typeof vf === 'object' && 'ifaceId' in vf
        ? { id: vf.ifaceId, path: ['spec', 'networks', n, 'local', e, 'vf'] }
        : [],
    ),
  )
}

/** An iface-id becomes its interface's name, and stays where there is none: then the VF is not found. */
function withInterfaces(steering: Steering, { interfaces }: LocalOvs): Steering {
  const names = new Map(interfaces.map(({ name, ifaceId }) => [ifaceId, name]))
  return {
    ...steering,
    networks: steering.networks.map((network) => ({
      ...network,
      local: network.local.map((one) => {
        const { vf } = one
        return typeof vf === 'object' && 'ifaceId' in vf ? { ...one, vf: names.get(vf.ifaceId) ?? vf } : one
      }),
    })),
  }
}

/** Errors get the place in the file that made us ask. */
async function placed<T>({ refuse }: LoadedSteering, path: Path, work: () => Promise<T>, code?: string): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NicsteerError) || error.file !== undefined) throw error
    throw refuse(path, code ?? error.code, error.message, error.hint ?? '')
  }
}
