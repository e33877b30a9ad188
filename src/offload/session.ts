import { NicsteerError } from '../base/errors.js'
import { isReplayed } from '../base/transcript.js'
import type { Ifindex } from '../base/types.js'
import { type NetlinkSocket, openSocket, rtnl, tc } from '../kernel/index.js'
import { type Bridges, readBridges } from '../ovs/bridges.js'
import { LOCAL_OVS } from '../ovs/local.js'

/** The sockets that one command works with, all in one network namespace. */
export class Session implements Disposable {
  readonly route: NetlinkSocket
  readonly generic: NetlinkSocket
  /** Path of another network namespace than this process's. */
  readonly netns: string | undefined
  /** Of this node's Open vSwitch, once it has been asked ({@link knowBridges}). */
  bridges: Bridges = new Map()
  /** Why nothing is known of them, where it was asked and did not answer. */
  bridgesUnknown?: string

  /** @param netns path of a network namespace; that of this process where missing */
  constructor(netns?: string) {
    this.netns = netns
    this.route = openSocket('route', { netns })
    this.generic = openSocket('generic', { netns })
  }

  [Symbol.dispose](): void {
    this.route[Symbol.dispose]()
    this.generic[Symbol.dispose]()
  }
}

/**
 * Asks Open vSwitch which uplink is behind its internal ports, where this namespace has any: a VTEP may be on one. When it does not answer,
 * nothing is known of them, and no tunnel is taken to leave by the right NIC through one.
 * @param address of its database
 */
export async function knowBridges(session: Session, address = LOCAL_OVS): Promise<void> {
  if (!rtnl.listLinks(session.route).some(isInternalPort)) return
  try {
    session.bridges = await readBridges(address)
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    session.bridgesUnknown = error.message
  }
}

/** net/openvswitch/vport-internal_dev.c; ovs-system is the data path's own, and carries nothing. */
export function isInternalPort({ kind, name }: rtnl.Link): boolean {
  return kind === 'openvswitch' && name !== 'ovs-system'
}

/** @throws NicsteerError NOT_ROOT */
export function needRoot(what: string): void {
  if (isReplayed() || process.geteuid?.() === 0) return
  throw new NicsteerError('NOT_ROOT', `${what} needs root (CAP_NET_ADMIN)`, { hint: 'run it with sudo' })
}

/** Devices that have a qdisc for ingress filters. */
export function filteredDevices({ route }: Session): Set<Ifindex> {
  const hooks = tc.listQdiscs(route).filter(({ kind }) => kind === 'clsact' || kind === 'ingress')
  return new Set(hooks.map(({ ifindex }) => ifindex))
}

/** No filter on the device, in either direction. */
export function hasNoFilters({ route }: Session, ifindex: Ifindex): boolean {
  return (['ingress', 'egress'] as const).every((parent) => tc.dumpFilters(route, { ifindex, parent }).length === 0)
}

/** Every ingress filter of the namespace: on all devices that have a qdisc for them. */
export function allIngressFilters(session: Session): tc.Filter[] {
  const { route } = session
  const devices = filteredDevices(session)
  return rtnl
    .listLinks(route)
    .filter(({ ifindex }) => devices.has(ifindex))
    .flatMap(({ ifindex }) => tc.dumpFilters(route, { ifindex, parent: 'ingress' }))
}
