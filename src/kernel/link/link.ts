import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import type { Ifindex, MacAddress } from '../../base/types.js'
import type { Hex } from '../netlink/codec.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import { openNetns } from '../netlink/netns.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { kindData, type LinkKind, readVlan, readVrf, type VlanSettings } from './kind.js'
import { type LinkStats, linkMessage, NO_LINK } from './message.js'
import { listCpuHits } from './offload-stats.js'
import { readTunnelData, type TunnelSettings } from './tunnel.js'

export interface Link {
  ifindex: Ifindex
  name: string
  /** IFLA_INFO_KIND: `veth`, `geneve`, `openvswitch` …; a physical device has none. */
  kind?: string
  mac?: MacAddress
  /** As it came from the factory, where it has one. */
  permanentMac?: MacAddress
  mtu: number
  /** What MTUs the driver takes, where it says. */
  minMtu?: number
  maxMtu?: number
  /** Packets. */
  txQueueLength?: number
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
  /** What it is a port of: `bridge`, `bond`, `openvswitch`, `vrf`. */
  slaveKind?: string
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
  /** Of a VLAN device; `linkIfindex` is the device below. */
  vlan?: VlanSettings
  /** Of a VRF: its routing table. */
  vrf?: { table: number }
}

/** RFC 2863 ifOperStatus, linux/if.h IF_OPER_*, in order */
const OPER_STATES = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up'] as const
export type OperState = (typeof OPER_STATES)[number]

/** A virtual device to be made. */
export type NewLink = LinkKind & {
  name: string
  mtu?: number
  mac?: MacAddress
  up?: boolean
  master?: Ifindex
  txQueueLength?: number
}

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
  /** Packets. */
  txQueueLength?: number
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

/** @throws KernelRefusal EEXIST; EOPNOTSUPP where the kernel doesn't know the kind */
export function createLink(socket: NetlinkSocket, link: NewLink): Link {
  const { name, mtu, mac, up, master, txQueueLength, kind } = link
  const flags = up ? uapi.IFF_UP : 0
  const options = { what: `add ${kind} device ${name}`, type: uapi.RTM_NEWLINK, flags: CREATE }
  const attributes = {
    name,
    mtu,
    mac,
    master,
    txQueueLength,
    link: link.kind === 'vlan' ? link.linkIfindex : undefined,
    info: { kind, data: kindData(link) },
  }
  execute(socket, request(linkMessage, options, { ...NO_LINK, flags, change: flags }, attributes))
  const made = getLink(socket, name)
  if (made === undefined) throw new NicsteerError('LINK_GONE', `${name} was made and is gone again`)
  return made
}

/** @throws KernelRefusal EEXIST … */
export function createTunnelDevice(socket: NetlinkSocket, device: TunnelDevice): Link {
  return createLink(socket, device)
}

/** @throws KernelRefusal; NicsteerError NO_NETNS */
export function setLink(socket: NetlinkSocket, ifindex: Ifindex, change: LinkChange): void {
  const { up, mtu, mac, name, alias, master, txQueueLength, netns } = change
  const header = {
    ...NO_LINK,
    index: ifindex,
    flags: up ? uapi.IFF_UP : 0,
    change: up === undefined ? 0 : uapi.IFF_UP,
  }
  const netnsFd = netns === undefined ? undefined : openNetns(netns)
  try {
    const attributes = { mtu, mac, name, alias, master, txQueueLength, netnsFd }
    execute(
      socket,
      request(linkMessage, { what: `change link ${ifindex}`, type: uapi.RTM_NEWLINK }, header, attributes),
    )
  } finally {
    if (netnsFd !== undefined) closeSync(netnsFd)
  }
}

/** @throws KernelRefusal ENODEV; EOPNOTSUPP for a physical device */
export function deleteLink(socket: NetlinkSocket, ifindex: Ifindex): void {
  const header = { ...NO_LINK, index: ifindex }
  execute(socket, request(linkMessage, { what: `delete link ${ifindex}`, type: uapi.RTM_DELLINK }, header, {}))
}

/** Up to 127 characters. @throws KernelRefusal EEXIST when any device of the namespace has that name */
export function addAltName(socket: NetlinkSocket, ifindex: Ifindex, name: string): void {
  changeAltName(socket, ifindex, name, { verb: 'add', type: uapi.RTM_NEWLINKPROP, flags: CREATE | uapi.NLM_F_APPEND })
}

/** @throws KernelRefusal ENOENT when nobody has it, EINVAL when it isn't that device's */
export function removeAltName(socket: NetlinkSocket, ifindex: Ifindex, name: string): void {
  changeAltName(socket, ifindex, name, { verb: 'remove', type: uapi.RTM_DELLINKPROP, flags: 0 })
}

function changeAltName(
  socket: NetlinkSocket,
  ifindex: Ifindex,
  name: string,
  { verb, type, flags }: { verb: string; type: number; flags: number },
): void {
  const options = { what: `${verb} alternative name ${name} of link ${ifindex}`, type, flags }
  const header = { ...NO_LINK, index: ifindex }
  execute(socket, request(linkMessage, options, header, { altNames: { name: [name] } }))
}

const CREATE = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL

/** RTM_NEWLINK, RTM_DELLINK. @throws MalformedMessage */
export function readLink(message: Message): Link {
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
  const { permanentMac, minMtu, maxMtu, txQueueLength } = attributes
  if (mac !== undefined) link.mac = mac
  if (permanentMac !== undefined) link.permanentMac = permanentMac
  // 0: the driver doesn't say.
  if (minMtu) link.minMtu = minMtu
  if (maxMtu) link.maxMtu = maxMtu
  if (txQueueLength !== undefined) link.txQueueLength = txQueueLength
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
  if (info?.slaveKind !== undefined) link.slaveKind = info.slaveKind
  if (info?.data !== undefined) readKindData(link, info.data)
  return link
}

function readKindData(link: Link, data: Hex): void {
  if (link.kind === 'geneve' || link.kind === 'vxlan') link.tunnel = readTunnelData(link.kind, data)
  else if (link.kind === 'vlan') link.vlan = readVlan(data)
  else if (link.kind === 'vrf') link.vrf = readVrf(data)
}
