import { forEachAttribute } from '../netlink/attribute.js'
import { be16, be32, u8 } from '../netlink/codec.js'
import { dump } from '../netlink/dump.js'
import { type Message, type MessageLayout, request } from '../netlink/message.js'
import { attribute, attributes, type Infer } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { struct } from '../netlink/struct.js'
import { uapi } from '../uapi.js'

/** Connections of one zone that the kernel has handed over to a flow table, which hardware may have. */
export interface OffloadedConnections {
  /** 0 where none is given. */
  zone: number
  /** IPS_OFFLOAD: in a flow table (net/sched/act_ct.c tcf_ct_flow_table_add), until they are quiet for a while. */
  offloaded: number
  /** IPS_HW_OFFLOAD: of these, in hardware (net/netfilter/nf_flow_table_offload.c flow_offload_work_add). */
  inHardware: number
}

/** linux/netfilter/nfnetlink.h struct nfgenmsg */
const header = struct({ family: u8, version: u8, resId: be16 })
/** linux/netfilter/nfnetlink_conntrack.h CTA_*: what is asked for. */
const filter = attributes({
  status: attribute('CTA_STATUS', be32),
  statusMask: attribute('CTA_STATUS_MASK', be32),
})
const layout: MessageLayout<Infer<typeof header>, Infer<typeof filter>> = { header, attributes: filter }

/**
 * By zone, of both IP families; zones without such connections are not in it.
 * @param socket of protocol `netfilter`
 * @throws KernelRefusal where the kernel has no ctnetlink, or the process no right to ask
 */
export function countOffloaded(socket: NetlinkSocket): OffloadedConnections[] {
  const zones = new Map<number, OffloadedConnections>()
  // A table may have a million of them: no more is kept of each than a number.
  for (const found of dump(socket, offloadedOnly(), zoneOfOffloaded)) {
    const zone = found & ZONE
    const known = zones.get(zone) ?? { zone, offloaded: 0, inHardware: 0 }
    known.offloaded += 1
    if ((found & IN_HARDWARE) !== 0) known.inHardware += 1
    zones.set(zone, known)
  }
  return [...zones.values()].sort((a, b) => a.zone - b.zone)
}

/** The kernel leaves the others out since 5.16 (nf_conntrack_netlink.c ctnetlink_filter_match); older ones send all. */
function offloadedOnly() {
  const type = (uapi.NFNL_SUBSYS_CTNETLINK << 8) | uapi.IPCTNL_MSG_CT_GET
  const status = uapi.IPS_OFFLOAD
  return request(
    layout,
    { what: 'list connections', type },
    { family: uapi.AF_UNSPEC, version: 0, resId: 0 },
    { status, statusMask: status },
  )
}

const ZONE = 0xffff
const IN_HARDWARE = 0x10000

/** @returns the zone, with {@link IN_HARDWARE}; undefined of one that no flow table has */
export function zoneOfOffloaded({ source, start, end }: Message): number | undefined {
  let status = 0
  let zone = 0
  forEachAttribute(source, start + header.size, end, (type, from, to) => {
    if (type === uapi.CTA_STATUS) status = be32.read(source, from, to)
    else if (type === uapi.CTA_ZONE) zone = be16.read(source, from, to)
  })
  if ((status & uapi.IPS_OFFLOAD) === 0) return undefined
  return zone | ((status & uapi.IPS_HW_OFFLOAD) === 0 ? 0 : IN_HARDWARE)
}
