import { constants } from 'node:os'
import type { Ifindex } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, type Request, readBody, request } from '../netlink/message.js'
import type { Infer } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute, transact } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { CLSACT_HANDLE } from './constants.js'
import { type Parent, type tca, tcMessage } from './message.js'

export interface Qdisc {
  ifindex: Ifindex
  kind: string
  handle: number
  parent: number
  /** Index of the block that the ingress filters are shared through. */
  ingressBlock?: number
  egressBlock?: number
}

export interface QdiscOptions {
  ifindex: Ifindex
  kind: 'clsact' | 'ingress'
  /** Takes the ingress filters from the shared block of this index, 1 to 2^32-1; the first to name it makes it. */
  ingressBlock?: number
  /** The same for egress; clsact only. */
  egressBlock?: number
}

/** @throws KernelRefusal EEXIST where the device has a clsact or ingress qdisc, ENODEV … */
export function addQdisc(socket: NetlinkSocket, { ifindex, kind, ingressBlock, egressBlock }: QdiscOptions): void {
  execute(socket, newQdisc(ifindex, { kind, ingressBlock, egressBlock }))
}

/**
 * Makes sure the device has a hook for filters. An `ingress` qdisc (Open vSwitch makes one on its ports) is left alone:
 * filters with the ingress parent of clsact work on it too.
 * @throws KernelRefusal ENODEV, EPERM …
 */
export function ensureClsact(socket: NetlinkSocket, ifindex: Ifindex): 'added' | 'present' {
  const [outcome] = transact(socket, [newQdisc(ifindex, { kind: 'clsact' })])
  if (outcome?.error === undefined) return 'added'
  if (outcome.error.errno === constants.errno.EEXIST) return 'present'
  throw outcome.error
}

/**
 * The device's clsact or ingress qdisc. From the dump, because an answer to a plain RTM_GETQDISC goes to everybody who
 * listens to RTNLGRP_TC (sch_api.c qdisc_get_notify).
 */
export function ingressQdisc(socket: NetlinkSocket, ifindex: Ifindex): Qdisc | undefined {
  return listQdiscs(socket, ifindex).find(({ parent }) => parent === uapi.TC_H_CLSACT)
}

/** Qdiscs of one device, or of all. */
export function listQdiscs(socket: NetlinkSocket, ifindex?: Ifindex): Qdisc[] {
  const header = { family: 0, ifindex: 0, handle: 0, parent: 0, info: 0 }
  const all = dump(socket, request(tcMessage, { what: 'list qdiscs', type: uapi.RTM_GETQDISC }, header, {}), readQdisc)
  // The kernel's dump knows no device (sch_api.c tc_dump_qdisc).
  return ifindex === undefined ? all : all.filter((qdisc) => qdisc.ifindex === ifindex)
}

/** Deletes a device's clsact or ingress qdisc, and with it every filter on it, whoever's they are. */
export function deleteQdisc(socket: NetlinkSocket, ifindex: Ifindex): void {
  execute(
    socket,
    request(
      tcMessage,
      { what: 'delete qdisc', type: uapi.RTM_DELQDISC },
      { family: 0, ifindex, handle: 0, parent: uapi.TC_H_CLSACT, info: 0 },
      {},
    ),
  )
}

/**
 * Whether a direction has filters of its own: an `ingress` qdisc answers with ingress' filters for egress too
 * (sch_ingress.c ingress_tcf_block). A shared block has no direction.
 */
export function hasDirection(
  socket: NetlinkSocket,
  { ifindex, parent, block }: { ifindex: Ifindex; parent: Parent; block?: number | undefined },
): boolean {
  return parent === 'ingress' || block !== undefined || ingressQdisc(socket, ifindex)?.kind === 'clsact'
}

export function newQdisc(ifindex: Ifindex, attributes: Infer<typeof tca>): Request {
  return request(
    tcMessage,
    {
      what: `add ${attributes.kind} qdisc`,
      type: uapi.RTM_NEWQDISC,
      flags: uapi.NLM_F_CREATE | uapi.NLM_F_EXCL,
    },
    // TC_H_INGRESS is the same number: a device has one of the two.
    { family: 0, ifindex, handle: CLSACT_HANDLE, parent: uapi.TC_H_CLSACT, info: 0 },
    attributes,
  )
}

/** RTM_NEWQDISC, RTM_DELQDISC. @throws MalformedMessage */
export function readQdisc(message: Message): Qdisc {
  const { header, attributes } = readBody(tcMessage, message)
  const { kind = '', ingressBlock, egressBlock } = attributes
  return {
    ifindex: header.ifindex as Ifindex,
    kind,
    handle: header.handle,
    parent: header.parent,
    ...(ingressBlock !== undefined && { ingressBlock }),
    ...(egressBlock !== undefined && { egressBlock }),
  }
}
