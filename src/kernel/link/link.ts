import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import type { Ifindex, MacAddress } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import { openNetns } from '../netlink/netns.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { type LinkStats, linkMessage } from './message.js'
import { listCpuHits } from './offload-stats.js'
import { readTunnelData, type TunnelSettings, tunnelData } from './tunnel.js'

export interface Link {
  ifindex: Ifindex
  name: string
  /** IFLA_INFO_KIND: `veth`, `geneve`, `openvswitch` …; a physical device has none. */
  kind?: string
  mac?: MacAddress
  mtu: number
  /** Administratively up (IFF_UP). */
  up: boolean
  /** IFF_LOWER_UP */
  carrier: boolean
  operState: OperState
  /** PCI address of a PF, VF or representor, where parentDevBus is `pci`. */
  parentDevName?: string
  parentDevBus?: string
  /** Hex. Both ports of one card have the same. */
  physSwitchId?: string
  physPortName?: string
  physPortId?: string
  master?: Ifindex
  /** The other end of a veth, the lower device of a VLAN. */
  linkIfindex?: Ifindex
  /** `linkIfindex` is one of this other network namespace. */
  linkNetnsid?: number
  alias?: string
  altNames: string[]
  stats?: LinkStats
  /** A representor's packets that software handled (IFLA_OFFLOAD_XSTATS_CPU_HIT); only where asked for. */
  cpuHit?: LinkStats
  /** Of a GENEVE or VXLAN device. */
  tunnel?: TunnelSettings
}

/** RFC 2863 ifOperStatus, linux/if.h IF_OPER_*, in order */
const OPER_STATES = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const
export type OperState = (typeof OPER_STATES)[number]

export interface TunnelDevice extends TunnelSettings {
  name: string
  mtu?: number
}

export interface LinkChange {
  up?: boolean
  mtu?: number
  mac?: MacAddress
  /** Only while the device is down, on kernels before 6.2. */
  name?: string
  /** Empty: none. */
  alias?: string
  /** 0: none. */
  master?: Ifindex | 0
  /** Path of the network namespace to move it to, `/run/netns/peer`. */
  netns?: string
}

/** All links of the namespace, by ifindex. */
export function listLinks(socket: NetlinkSocket, options: { cpuHit?: boolean } = {}): Link[] {
  const links = dump(
    socket,
    request(linkMessage, { what: 'list links', type: uapi.RTM_GETLINK }, NO_LINK, {}),
    readLink,
  )
  if (!options.cpuHit) return links
  const hits = listCpuHits(socket)
  return links.map((link) => {
    const cpuHit = hits.get(link.ifindex)
    return cpuHit === undefined ? link : { ...link, cpuHit }
  })
}

/** By ifindex, name or alternative name; undefined when there is no such device. */
export function getLink(socket: NetlinkSocket, which: Ifindex | string): Link | undefined {
  const byName = typeof which === 'string'
  const header = { ...NO_LINK, index: byName ? 0 : which }
  // IFLA_ALT_IFNAME finds both kinds of names (net/core/rtnetlink.c rtnl_dev_get), and has no length limit of 15.
  const attributes = byName ? { altName: which } : {}
  const [outcome] = transact(
    socket,
    [request(linkMessage, { what: 'get link', type: uapi.RTM_GETLINK }, header, attributes)],
    {
      decode: readLink,
    },
  )
  const { error, replies } = outcome ?? {}
  if (error === undefined) return replies?.[0]
  if (error.errno === constants.errno.ENODEV) return undefined
  throw error
}

/** @throws KernelRefusal EEXIST … */
export function createTunnelDevice(socket: NetlinkSocket, device: TunnelDevice): Link {
  const { name, mtu, kind } = device
  execute(
    socket,
    request(linkMessage, { what: `add ${kind} device ${name}`, type: uapi.RTM_NEWLINK, flags: CREATE }, NO_LINK, {
      name,
      mtu,
      info: { kind, data: tunnelData(device) },
    }),
  )
  const link = getLink(socket, name)
  if (link === undefined) throw new NicsteerError('LINK_GONE', `${name} was made and is gone again`)
  return link
}

/** @throws KernelRefusal; NicsteerError NO_NETNS */
export function setLink(socket: NetlinkSocket, ifindex: Ifindex, change: LinkChange): void {
  const { up, mtu, mac, name, alias, master, netns } = change
  const header = {
    ...NO_LINK,
    index: ifindex,
    flags: up ? uapi.IFF_UP : 0,
    change: up === undefined ? 0 : uapi.IFF_UP,
  }
  const netnsFd = netns === undefined ? undefined : openNetns(netns)
  try {
    const attributes = { mtu, mac, name, alias, master, netnsFd }
    execute(
      socket,
      request(linkMessage, { what: `change link ${ifindex}`, type: uapi.RTM_NEWLINK }, header, attributes),
    )
  } finally {
    if (netnsFd !== undefined) closeSync(netnsFd)
  }
}

export function deleteLink(socket: NetlinkSocket, ifindex: Ifindex): void {
  const header = { ...NO_LINK, index: ifindex }
  execute(socket, request(linkMessage, { what: `delete link ${ifindex}`, type: uapi.RTM_DELLINK }, header, {}))
}

const CREATE = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
const NO_LINK = { family: 0, type: 0, index: 0, flags: 0, change: 0 }

function readLink(message: Message): Link {
  const { header, attributes } = readBody(linkMessage, message)
  const { name = '', mtu = 0, operState = 0, info, stats64 } = attributes
  const link: Link = {
    ifindex: header.index as Ifindex,
    name,
    mtu,
    up: (header.flags & uapi.IFF_UP) !== 0,
    carrier: (header.flags & uapi.IFF_LOWER_UP) !== 0,
    operState: OPER_STATES[operState] ?? 'unknown',
    altNames: attributes.altNames?.name ?? [],
  }
  const { mac, alias, physSwitchId, physPortName, physPortId, parentDevName, parentDevBus, linkNetnsid } = attributes
  if (mac !== undefined) link.mac = mac
  if (alias !== undefined) link.alias = alias
  if (physSwitchId !== undefined) link.physSwitchId = physSwitchId
  if (physPortName !== undefined) link.physPortName = physPortName
  if (physPortId !== undefined) link.physPortId = physPortId
  if (parentDevName !== undefined) link.parentDevName = parentDevName
  if (parentDevBus !== undefined) link.parentDevBus = parentDevBus
  if (linkNetnsid !== undefined) link.linkNetnsid = linkNetnsid
  if (attributes.master) link.master = attributes.master as Ifindex
  if (attributes.link) link.linkIfindex = attributes.link as Ifindex
  if (stats64 !== undefined) link.stats = stats64
  if (info?.kind !== undefined) link.kind = info.kind
  if (info?.data !== undefined && (info.kind === 'geneve' || info.kind === 'vxlan')) {
    link.tunnel = readTunnelData(info.kind, info.data)
  }
  return link
}
