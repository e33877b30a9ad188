import { NicsteerError } from '../base/errors.js'
import { NetlinkSocket, rtnl, tc } from '../kernel/index.js'

/** The sockets that one command works with, all in one network namespace. */
export class Session implements Disposable {
  readonly route: NetlinkSocket
  readonly generic: NetlinkSocket

  /** @param netns path of a network namespace; that of this process where missing */
  constructor(netns?: string) {
    this.route = NetlinkSocket.open('route', { netns })
    this.generic = NetlinkSocket.open('generic', { netns })
  }

  [Symbol.dispose](): void {
    this.route[Symbol.dispose]()
    this.generic[Symbol.dispose]()
  }
}

/** @throws NicsteerError NOT_ROOT */
export function needRoot(what: string): void {
  if (process.geteuid?.() === 0) return
  throw new NicsteerError('NOT_ROOT', `${what} needs root (CAP_NET_ADMIN)`, { hint: 'run it with sudo' })
}

/** Every ingress filter of the namespace: on all devices that have a qdisc for them. */
export function allIngressFilters({ route }: Session): tc.Filter[] {
  const devices = new Set(
    tc
      .listQdiscs(route)
      .filter(({ kind }) => kind === 'clsact' || kind === 'ingress')
      .map(({ ifindex }) => ifindex),
  )
  return rtnl
    .listLinks(route)
    .filter(({ ifindex }) => devices.has(ifindex))
    .flatMap(({ ifindex }) => tc.dumpFilters(route, { ifindex, parent: 'ingress' }))
}
