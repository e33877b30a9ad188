import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { dump, dumpAsync } from '../netlink/dump.js'
import type { KernelRefusal } from '../netlink/extack.js'
import { type Request, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { type Outcome, type Requests, type TransactOptions, transact, transactAsync } from '../netlink/transaction.js'
import { mapInTurns } from '../netlink/turns.js'
import { type Filter, type FilterPlace, filterRequest, readFilter } from './filter-message.js'
import type { FlowerFilter } from './flower.js'
import { blockHeader, type Parent, tcMessage } from './message.js'
import { hasDirection, ingressQdisc, newQdisc } from './qdisc.js'

export type { Estimator, Filter, FilterPlace } from './filter-message.js'
export type { Parent } from './message.js'

import { uapi } from '../uapi.js'

export interface InstallOptions {
  /** A filter with the same handle is replaced; without it, it is an error (EEXIST). */
  replace?: boolean
  /** Ask the kernel for what it made of the filter: handle, flags, in_hw. */
  echo?: boolean
}

export interface InstallOutcome<F extends Filter = FlowerFilter> {
  filter: F
  /** The kernel didn't take it. */
  error?: KernelRefusal
  /** Text that came with success: with the verbose flag, why no hardware took the filter. */
  warning?: string
  /** With `echo`: what is installed now. Of a new matchall filter the kernel says nothing (cls_matchall.c mall_change). */
  installed?: F
}

/** Exactly one filter. */
export interface FilterRef extends FilterPlace {
  handle: number
  kind?: Filter['kind']
  /** TCA_KIND, where `kind` doesn't say it; flower where both are missing. */
  name?: string
}

export interface DeleteOutcome {
  filter: FilterRef
  error?: KernelRefusal
}

export interface DumpOptions {
  ifindex: Ifindex
  parent: Parent
  /** A shared block's index: asks for the block itself, of which the device is one. */
  block?: number
  /** All chains where missing. */
  chain?: number
  /** Only place, handle, flags and the actions' counters: fast, for polling. */
  terse?: boolean
}

/**
 * Installs filters in order; one that is refused doesn't keep the others from being tried.
 * @throws NicsteerError BAD_FILTER before anything is sent: priority not 1 to 65535, egress without clsact
 */
export function installFilters<F extends Filter = FlowerFilter>(
  socket: NetlinkSocket,
  filters: readonly F[],
  options: InstallOptions = {},
): InstallOutcome<F>[] {
  filters.forEach(checkPriority)
  checkEgress(socket, egressDevices(filters))
  const outcomes = transact(socket, installRequests(filters, options), decodeEcho(filters, options))
  return filters.map((filter, i) => installOutcome(filter, outcomes[i]))
}

/** As {@link installFilters}, for many: the kernel works on another thread, and the event loop goes on. */
export async function installFiltersAsync<F extends Filter = FlowerFilter>(
  socket: NetlinkSocket,
  filters: readonly F[],
  options: InstallOptions = {},
): Promise<InstallOutcome<F>[]> {
  await mapInTurns(filters, checkPriority)
  checkEgress(socket, egressDevices(filters))
  const outcomes = await transactAsync(socket, installRequests(filters, options), decodeEcho(filters, options))
  return mapInTurns(filters, (filter, i) => installOutcome(filter, outcomes[i]))
}

/**
 * Makes a clsact qdisc and the first filter on it by one send: a process that is killed leaves both or neither.
 * @returns the outcome of both; a qdisc that is there already is an error (EEXIST), and the filter is tried all the same
 * @throws NicsteerError BAD_FILTER before anything is sent
 */
export function installWithClsact<F extends Filter = FlowerFilter>(
  socket: NetlinkSocket,
  filter: F,
  options: InstallOptions = {},
): { qdisc: { error?: KernelRefusal }; filter: InstallOutcome<F> } {
  checkPriority(filter)
  const decode = decodeEcho([filter], options).decode
  const [qdisc = {}, outcome] = transact<Filter | undefined>(
    socket,
    [newQdisc(filter.ifindex, { kind: 'clsact' }), installRequest(filter, options)],
    decode && { decode: (reply, index) => (index === 1 ? decode(reply, 0) : undefined) },
  )
  return {
    qdisc: qdisc.error === undefined ? {} : { error: qdisc.error },
    filter: installOutcome(filter, outcome),
  }
}

/**
 * Deletes filters in order.
 * @throws NicsteerError BAD_FILTER before anything is sent. With priority 0 the kernel would delete all filters of the
 * direction, with handle 0 all of the priority (cls_api.c tc_del_tfilter).
 */
export function deleteFilters(socket: NetlinkSocket, filters: readonly FilterRef[]): DeleteOutcome[] {
  filters.forEach(checkReference)
  checkEgress(socket, egressDevices(filters))
  const outcomes = transact(socket, deleteRequests(filters))
  return filters.map((filter, i) => deleteOutcome(filter, outcomes[i]))
}

/** As {@link deleteFilters}, for many: the kernel works on another thread, and the event loop goes on. */
export async function deleteFiltersAsync(
  socket: NetlinkSocket,
  filters: readonly FilterRef[],
): Promise<DeleteOutcome[]> {
  await mapInTurns(filters, checkReference)
  checkEgress(socket, egressDevices(filters))
  const outcomes = await transactAsync(socket, deleteRequests(filters))
  return mapInTurns(filters, (filter, i) => deleteOutcome(filter, outcomes[i]))
}

/** All filters of one direction of a device, with statistics, in the kernel's order: by chain, then priority. */
export function dumpFilters(socket: NetlinkSocket, options: DumpOptions): Filter[] {
  if (!hasDirection(socket, options)) return []
  return dump(socket, dumpRequest(options), (reply) => readFilter(reply, options))
}

/** As {@link dumpFilters}, for many: the kernel works on another thread, and the event loop goes on. */
export async function dumpFiltersAsync(socket: NetlinkSocket, options: DumpOptions): Promise<Filter[]> {
  if (!hasDirection(socket, options)) return []
  return dumpAsync(socket, dumpRequest(options), (reply) => readFilter(reply, options))
}

/**
 * One filter by its handle, with statistics. It has to be named in full: priority, protocol and kind are compared.
 * @returns undefined where there is none
 * @throws KernelRefusal EINVAL for another protocol or kind, or a chain that isn't there
 */
export function getFilter(socket: NetlinkSocket, filter: FilterRef): Filter | undefined {
  checkPriority(filter)
  checkEgress(socket, egressDevices([filter]))
  const message = filterRequest('get filter', uapi.RTM_GETTFILTER, 0, filter, {
    handle: filter.handle,
    kind: kindOf(filter),
  })
  const [{ error, replies = [] } = {}] = transact(socket, [message], { decode: (reply) => readFilter(reply, filter) })
  if (error === undefined) return replies[0]
  if (error.errno === constants.errno.ENOENT) return undefined
  throw error
}

/** A BPF filter's `name` is its program's. */
function kindOf({ kind = 'raw', name = 'flower' }: FilterRef): string {
  return kind === 'raw' ? name : kind
}

/** For `filter()` and narrowing. */
export function isFlower(filter: Filter): filter is FlowerFilter {
  return filter.kind === 'flower'
}

function installRequests(filters: readonly Filter[], options: InstallOptions): Requests {
  return requestsFor(filters, (filter) => installRequest(filter, options))
}

function installRequest(filter: Filter, { replace = false, echo = false }: InstallOptions): Request {
  const flags = uapi.NLM_F_CREATE | (replace ? 0 : uapi.NLM_F_EXCL) | (echo ? uapi.NLM_F_ECHO : 0)
  return filterRequest('add filter', uapi.RTM_NEWTFILTER, flags, filter, {
    handle: filter.handle ?? 0,
    kind: kindOf(filter as FilterRef),
    flower: filter.kind === 'flower' ? filter : undefined,
    other: filter.kind === 'flower' ? undefined : filter,
    // Drivers' warnings come with the verbose flag only (cls_flower.c fl_hw_replace_filter).
    quiet: !echo && !filter.flags?.verbose,
  })
}

function decodeEcho(filters: readonly Filter[], { echo = false }: InstallOptions): TransactOptions<Filter | undefined> {
  if (!echo) return {}
  return {
    decode: (reply, index) => {
      const { ifindex, parent } = filters[index] as Filter
      return readFilter(reply, { ifindex, parent })
    },
  }
}

function installOutcome<F extends Filter>(
  filter: F,
  { error, warning, replies }: Outcome<Filter | undefined> = {},
): InstallOutcome<F> {
  const outcome: InstallOutcome<F> = { filter }
  if (error !== undefined) outcome.error = error
  if (warning !== undefined) outcome.warning = warning
  const installed = replies?.find((reply) => reply?.kind === filter.kind)
  if (installed !== undefined) outcome.installed = installed as F
  return outcome
}

function deleteRequests(filters: readonly FilterRef[]): Requests {
  return requestsFor(filters, (filter) =>
    filterRequest('delete filter', uapi.RTM_DELTFILTER, 0, filter, {
      handle: filter.handle,
      kind: kindOf(filter),
      quiet: true,
    }),
  )
}

function deleteOutcome(filter: FilterRef, { error }: Outcome = {}): DeleteOutcome {
  return error === undefined ? { filter } : { filter, error }
}

function dumpRequest({ ifindex, parent, block, chain, terse }: DumpOptions): Request {
  const header = blockHeader({ ifindex, parent, block })
  return request(tcMessage, { what: 'list filters', type: uapi.RTM_GETTFILTER }, header, {
    chain,
    dumpFlags: terse ? { value: uapi.TCA_DUMP_FLAGS_TERSE, selector: uapi.TCA_DUMP_FLAGS_TERSE } : undefined,
  })
}

/** Each request is made when it is sent: a hundred thousand at once would need more memory than the filters do. */
function requestsFor<F>(filters: readonly F[], make: (filter: F) => Request): Requests {
  return {
    length: filters.length,
    at: (i) => {
      const filter = filters[i]
      return filter === undefined ? undefined : make(filter)
    },
  }
}

function checkPriority({ priority }: FilterPlace): void {
  if (!Number.isInteger(priority) || priority < 1 || priority > 0xffff) {
    throw new NicsteerError('BAD_FILTER', `${priority} is not a filter's priority`, { hint: 'use 1 to 65535' })
  }
}

function checkReference(filter: FilterRef): void {
  checkPriority(filter)
  if (!Number.isInteger(filter.handle) || filter.handle <= 0) {
    throw new NicsteerError('BAD_FILTER', 'a filter without a handle would delete its whole priority')
  }
}

function egressDevices(filters: readonly FilterPlace[]): Set<Ifindex> {
  const devices = new Set<Ifindex>()
  for (const filter of filters) {
    if (filter.parent === 'egress' && filter.block === undefined) devices.add(filter.ifindex)
  }
  return devices
}

/**
 * An `ingress` qdisc puts filters with any parent on ingress (sch_ingress.c ingress_tcf_block), egress ones too: such a
 * mix-up would install a rule in the wrong direction, or list and delete those of the other one.
 */
function checkEgress(socket: NetlinkSocket, devices: Iterable<Ifindex>): void {
  for (const ifindex of devices) {
    const kind = ingressQdisc(socket, ifindex)?.kind
    if (kind === 'clsact') continue
    throw new NicsteerError('BAD_FILTER', `interface ${ifindex} has ${kind ?? 'no'} qdisc for egress filters`, {
      hint: 'egress filters need a clsact qdisc',
    })
  }
}
