import { NicsteerError } from '../base/errors.js'
import type { IpAddress, MacAddress } from '../base/types.js'
import { addressesOf, vtepOf } from './endpoints.js'
import type { LocalOvs } from './local.js'
import type { Uuid } from './ovsdb/index.js'
import { openSouthbound, type PortBinding, readSouthbound, type Southbound, southboundAddress } from './southbound.js'

/** A tunnel as OVN makes it. */
export interface OvnTunnelKey {
  type: 'geneve' | 'vxlan'
  vni: number
}

/** Any of these VTEPs is right for packets to a MAC in a tunnel; undefined where the databases don't say. */
export type RemoteVteps = (mac: MacAddress, tunnel: OvnTunnelKey) => readonly IpAddress[] | undefined

/** VXLAN: the upper half of the VNI is the logical port (OVN, controller/physical.c put_encapsulation). */
const VXLAN_DATAPATH = 0xfff

/**
 * Where OVN's southbound database has the ports of these representors' networks.
 * @returns undefined where the node is no chassis of a database that answers
 */
export async function readRemoteVteps(
  local: LocalOvs,
  representors: ReadonlySet<string>,
): Promise<RemoteVteps | undefined> {
  const address = local.systemId === undefined ? undefined : southboundAddress(local)
  const ports = local.interfaces.flatMap(({ name, ifaceId }) => (ifaceId && representors.has(name) ? [ifaceId] : []))
  if (address === undefined || ports.length === 0) return undefined
  try {
    using db = await openSouthbound(address, { tls: local.tls, seconds: SECONDS })
    return remoteVteps(local, await readSouthbound(db, ports))
  } catch (error) {
    if (error instanceof NicsteerError) return undefined
    throw error
  }
}

/** It is asked by the way: nobody waits long for it. */
const SECONDS = 3

/**
 * Pure. What is expected is never more than is sure: a port that is tied to an encapsulation is behind that one, any other behind any of its
 * chassis; so is one of another zone, of which the database here has only the end of the way (interconnection). Ports that are not bound, or
 * bound here, or reached by other ways than a tunnel to their chassis, have nothing that is expected.
 */
export function remoteVteps({ systemId }: Pick<LocalOvs, 'systemId'>, southbound: Southbound): RemoteVteps | undefined {
  const here = [...southbound.chassis.values()].find(({ name }) => name === systemId)?.uuid
  if (here === undefined) return undefined
  const keys = new Map(southbound.datapaths.map(({ uuid, tunnel_key }) => [uuid, tunnel_key]))
  const inNetwork = new Places()
  for (const port of southbound.ports) {
    const vteps = port.type === '' ? behind(port, here, southbound) : undefined
    inNetwork.add(port, keys.get(port.datapath), vteps)
  }
  const inOtherZone = new Places()
  for (const port of southbound.remotePorts) inOtherZone.add(port, undefined, behind(port, here, southbound))
  return (mac, { type, vni }) =>
    inNetwork.of(mac, type === 'vxlan' ? vni & VXLAN_DATAPATH : vni) ?? inOtherZone.of(mac, undefined)
}

/** VTEPs by network and MAC; of several ports with one MAC all. */
class Places {
  readonly #vteps = new Map<string, Set<IpAddress> | 'unknown'>()

  add(port: PortBinding, network: number | undefined, vteps: readonly IpAddress[] | undefined): void {
    for (const { mac } of addressesOf(port).addresses) {
      const key = `${network} ${mac}`
      const known = this.#vteps.get(key)
      if (vteps === undefined || known === 'unknown') this.#vteps.set(key, 'unknown')
      else this.#vteps.set(key, new Set([...(known ?? []), ...vteps]))
    }
  }

  of(mac: MacAddress, network: number | undefined): IpAddress[] | undefined {
    const vteps = this.#vteps.get(`${network} ${mac}`)
    return vteps === undefined || vteps === 'unknown' ? undefined : [...vteps].sort()
  }
}

function behind(port: PortBinding, here: Uuid, { chassis, encaps }: Southbound): IpAddress[] | undefined {
  const places = port.chassis === undefined ? [] : [port.chassis, ...port.additional_chassis]
  if (places.length === 0 || places.includes(here)) return undefined
  const tied = port.encap === undefined ? undefined : encaps.get(port.encap)
  const found = places.map((uuid) => chassis.get(uuid))
  const only = places.length === 1 && found[0]?.isRemote === false && tied !== undefined ? [tied.ip] : undefined
  const texts = only ?? found.flatMap((one) => one?.encaps.map(({ ip }) => ip) ?? [])
  const vteps = texts.map((text) => vtepOf(text)?.ip)
  return found.includes(undefined) || vteps.includes(undefined) || vteps.length === 0
    ? undefined
    : (vteps as IpAddress[])
}
