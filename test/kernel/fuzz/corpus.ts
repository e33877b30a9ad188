import type { Ifindex } from '../../../src/base/types.js'
import * as devlink from '../../../src/kernel/devlink/devlink.js'
import * as ethtool from '../../../src/kernel/ethtool/ethtool.js'
import { findFamily } from '../../../src/kernel/netlink/genetlink.js'
import type { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import * as rtnl from '../../../src/kernel/rtnl.js'
import * as tc from '../../../src/kernel/tc/index.js'
import { type Conversation, record } from './conversation.js'
import { split } from './split.js'

type Ask = Conversation['ask']

export interface Opener {
  route: () => NetlinkSocket
  generic: () => NetlinkSocket
}

/** What all of this prints is kept, so that nothing that was decoded goes unseen. */
const ROUTE: Record<string, Ask> = {
  links: (socket) => rtnl.listLinks(socket),
  'cpu hits': (socket) => [...rtnl.listCpuHits(socket)],
  addresses: (socket) => rtnl.listAddresses(socket),
  neighbours: (socket) => rtnl.listNeighbours(socket),
  fdb: (socket) => rtnl.listFdb(socket),
  routes: (socket) => rtnl.listRoutes(socket, { family: 4 }),
  'IPv6 routes': (socket) => rtnl.listRoutes(socket, { family: 6 }),
  rules: (socket) => rtnl.listRules(socket, 4),
  qdiscs: (socket) => tc.listQdiscs(socket),
}

/** About one device. */
const OF_DEVICE: Record<string, (socket: NetlinkSocket, ifindex: Ifindex) => unknown> = {
  link: rtnl.getLink,
  'filters of ingress': (socket, ifindex) => tc.dumpFilters(socket, { ifindex, parent: 'ingress' }),
  'terse filters': (socket, ifindex) => tc.dumpFilters(socket, { ifindex, parent: 'ingress', terse: true }),
  chains: (socket, ifindex) => tc.listChains(socket, { ifindex, parent: 'ingress' }),
  // Refused with an attribute's name and the policy, with a text, with an errno only.
  'too long a name': (socket, ifindex) => rtnl.setLink(socket, ifindex, { name: 'far-too-long-for-a-netdev' }),
  'qdisc that is there': (socket, ifindex) => tc.addQdisc(socket, { ifindex, kind: 'clsact' }),
  'link that isn’t there': (socket) => rtnl.deleteLink(socket, 4711 as Ifindex),
  'chain that isn’t there': (socket, ifindex) => tc.deleteChain(socket, { ifindex, parent: 'ingress', chain: 99 }),
}

const GENERIC_OF_DEVICE: Record<string, (socket: NetlinkSocket, ifindex: Ifindex) => unknown> = {
  family: (socket) => findFamily(socket, 'nlctrl'),
  features: ethtool.getFeatures,
  channels: ethtool.getChannels,
  'link modes': ethtool.getLinkModes,
  statistics: (socket, ifindex) => ethtool.getStats(socket, ifindex),
  'tunnel info': ethtool.getTunnelInfo,
  strings: (socket) => ethtool.getStrings(socket, 13),
}

const DEVLINK: Record<string, Ask> = {
  'devlink devices': devlink.listDevlinkDevs,
  'devlink ports': (socket) => devlink.listDevlinkPorts(socket),
  'devlink parameters': (socket) => devlink.listParams(socket),
  'devlink health': (socket) => devlink.listHealthReporters(socket),
}

/** What a kernel answers to all that we can ask: about its whole state, some devices, and devlink devices. */
export function recordAll(
  open: Opener,
  { ifindexes, devs = [] }: { ifindexes: readonly Ifindex[]; devs?: readonly devlink.DevlinkDev[] },
): Conversation[] {
  const ofDevices = (asks: typeof OF_DEVICE, socket: () => NetlinkSocket) =>
    Object.entries(asks).flatMap(([name, ask]) =>
      ifindexes.map((ifindex) => record(name, socket, (asked) => ask(asked, ifindex))),
    )
  return [
    ...Object.entries(ROUTE).map(([name, ask]) => record(name, open.route, ask)),
    ...ofDevices(OF_DEVICE, open.route),
    ...ofDevices(GENERIC_OF_DEVICE, open.generic),
    ...Object.entries(DEVLINK).map(([name, ask]) => record(name, open.generic, ask)),
    ...devs.flatMap((dev) => [
      record('devlink info', open.generic, (socket) => devlink.devInfo(socket, dev)),
      record('eswitch', open.generic, (socket) => devlink.eswitchMode(socket, dev)),
    ]),
  ].flatMap(split)
}
