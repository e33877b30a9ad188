import type { Ifindex, IpAddress, MacAddress } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { neighbourMessage } from './message.js'
import { NO_NEIGHBOUR } from './neighbour.js'

/**
 * bridge(8)'s words: `permanent` is the port's own address (VXLAN: for ever), `static` stays, `dynamic` ages, `stale` has.
 */
export type FdbState = 'permanent' | 'static' | 'dynamic' | 'stale'

/** A forwarding entry: which MAC is behind a bridge's port, or behind which VTEP of a VXLAN device. */
export interface FdbEntry {
  /** The port, or the VXLAN device. */
  ifindex: Ifindex
  mac: MacAddress
  /** Whose entry it is: the device's own, or that of the bridge it is a port of. */
  of: 'self' | 'master'
  state: FdbState
  /** Of a bridge's entry: the bridge. */
  master?: Ifindex
  vlan?: number
  /** VXLAN: the VTEP behind which it is; where missing, port, VNI and device are the tunnel device's. */
  dst?: IpAddress
  /** VXLAN: UDP port. */
  port?: number
  vni?: number
  srcVni?: number
  /** VXLAN: the device by which packets leave. */
  via?: Ifindex
  nexthopId?: number
  externLearn?: boolean
  sticky?: boolean
  offloaded?: boolean
}

/** To be written; `state` is permanent where missing. `master` and `offloaded` are only read. */
export type NewFdbEntry = Pick<FdbEntry, 'ifindex' | 'mac' | 'of'> & { [K in keyof FdbEntry]?: FdbEntry[K] | undefined }

/** @throws KernelRefusal EEXIST … */
export function addFdbEntry(socket: NetlinkSocket, entry: NewFdbEntry): void {
  write(socket, 'add', uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, entry)
}

/** Adds it, or takes the place of the one for that MAC. @throws KernelRefusal */
export function replaceFdbEntry(socket: NetlinkSocket, entry: NewFdbEntry): void {
  write(socket, 'replace', uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, entry)
}

/** One more VTEP for the same MAC of a VXLAN device: multicast is copied to all of them. @throws KernelRefusal */
export function appendFdbEntry(socket: NetlinkSocket, entry: NewFdbEntry): void {
  write(socket, 'append', uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_APPEND, entry)
}

/** @throws KernelRefusal ENOENT when it isn't there */
export function deleteFdbEntry(socket: NetlinkSocket, entry: NewFdbEntry): void {
  write(socket, 'delete', uapi.RTM_DELNEIGH, 0, entry)
}

/** Entries of one device (as port and as its own), or of all. */
export function listFdb(socket: NetlinkSocket, ifindex?: Ifindex): FdbEntry[] {
  const header = { ...NO_NEIGHBOUR, family: uapi.AF_BRIDGE, ifindex: ifindex ?? 0 }
  const message = request(neighbourMessage, { what: 'list fdb entries', type: uapi.RTM_GETNEIGH }, header, {})
  return dump(socket, message, (reply) => {
    const entry = readFdbEntry(reply)
    return ifindex === undefined || entry?.ifindex === ifindex ? entry : undefined
  })
}

/** RTM_NEWNEIGH, RTM_DELNEIGH; undefined for an ARP or ND entry (readNeighbour). @throws MalformedMessage */
export function readFdbEntry(message: Message): FdbEntry | undefined {
  const { header, attributes } = readBody(neighbourMessage, message)
  const { mac, master, dst, vlan, port, vni, srcVni, ifindex: via, nexthopId } = attributes
  if (header.family !== uapi.AF_BRIDGE || mac === undefined) return undefined
  const { flags } = header
  return {
    ifindex: header.ifindex as Ifindex,
    mac,
    of: master !== undefined && (flags & uapi.NTF_SELF) === 0 ? 'master' : 'self',
    state: stateOf(header.state),
    ...(master !== undefined && { master: master as Ifindex }),
    ...(vlan !== undefined && { vlan }),
    ...(dst !== undefined && { dst }),
    ...(port !== undefined && { port }),
    ...(vni !== undefined && { vni }),
    ...(srcVni !== undefined && { srcVni }),
    ...(via !== undefined && { via: via as Ifindex }),
    ...(nexthopId !== undefined && { nexthopId }),
    ...((flags & uapi.NTF_EXT_LEARNED) !== 0 && { externLearn: true }),
    ...((flags & uapi.NTF_STICKY) !== 0 && { sticky: true }),
    ...((flags & uapi.NTF_OFFLOADED) !== 0 && { offloaded: true }),
  }
}

/** Several bits may be set; the first of these counts, as bridge(8) shows it. */
function stateOf(bits: number): FdbState {
  if ((bits & uapi.NUD_PERMANENT) !== 0) return 'permanent'
  if ((bits & uapi.NUD_NOARP) !== 0) return 'static'
  return (bits & uapi.NUD_STALE) !== 0 ? 'stale' : 'dynamic'
}

/** VXLAN takes an entry only as permanent or reachable (drivers/net/vxlan/vxlan_core.c vxlan_fdb_add). */
const STATE_BITS: Record<FdbState, number> = {
  permanent: uapi.NUD_PERMANENT,
  static: uapi.NUD_NOARP | uapi.NUD_REACHABLE,
  dynamic: uapi.NUD_REACHABLE,
  stale: uapi.NUD_STALE,
}

function write(socket: NetlinkSocket, verb: string, type: number, flags: number, entry: NewFdbEntry): void {
  const { ifindex, mac, of, state = 'permanent', vlan, dst, port, vni, srcVni, via, nexthopId } = entry
  const header = {
    ...NO_NEIGHBOUR,
    family: uapi.AF_BRIDGE,
    ifindex,
    state: STATE_BITS[state],
    flags:
      (of === 'self' ? uapi.NTF_SELF : uapi.NTF_MASTER) |
      (entry.externLearn ? uapi.NTF_EXT_LEARNED : 0) |
      (entry.sticky ? uapi.NTF_STICKY : 0),
  }
  const attributes = { mac, vlan, dst, port, vni, srcVni, ifindex: via, nexthopId }
  const options = { what: `${verb} fdb entry ${mac} of link ${ifindex}`, type, flags }
  execute(socket, request(neighbourMessage, options, header, attributes))
}
