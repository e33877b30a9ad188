import type { Action } from './actions.js'
import type { Flow, Info } from './flow.js'
import type { Unknown } from './grammar.js'
import type { Attribute } from './keys.js'

/** What others ask of a flow, so that nobody walks its tables or cuts its text. */

type Named<I extends { name: string }, N extends string> = Extract<I, { name: N }>

/** The item of that name: of a key, of actions, of what a line says, or of an item's own items. */
export function itemOf<I extends { name: string }, N extends Exclude<I, Unknown>['name']>(
  items: readonly I[],
  name: N,
): Named<I, N> | undefined {
  return items.find((item): item is Named<I, N> => item.name === name)
}

/** A part of the key, also of what is behind VLAN tags. */
export function attributeOf<N extends Exclude<Attribute, Unknown>['name']>(
  key: readonly Attribute[],
  name: N,
): Named<Attribute, N> | undefined {
  const found = itemOf(key, name)
  if (found !== undefined) return found
  const behindTag = itemOf(key, 'encap')
  return behindTag && attributeOf(behindTag.keys, name)
}

/** The value of an item of which all bits matter. */
export function exact<T>(item: { value: T; mask?: unknown } | undefined): T | undefined {
  return item === undefined || item.mask !== undefined ? undefined : item.value
}

/** The port that packets come from: its name, or without names its number. */
export function inPort({ key }: Flow): string | number | undefined {
  const item = itemOf(key, 'in_port')
  return item?.mask === undefined ? item?.port : undefined
}

/** 0 for packets that have not been through another flow. */
export function recircId({ key }: Flow): number {
  return exact(itemOf(key, 'recirc_id')) ?? 0
}

/** The flows that this one hands packets to: their `recirc_id`. */
export function recirculatesTo({ actions }: Flow): number[] {
  return allActions(actions).flatMap((action) => (action.name === 'recirc' ? [action.value] : []))
}

/** All actions, those in other actions too, in their order. */
export function allActions(actions: readonly Action[]): Action[] {
  return actions.flatMap((action) => [action, ...branchesOf(action).flatMap(allActions)])
}

/** The lists of actions in an action, each of which works on a copy of the packet or is one of several ways. */
export function branchesOf(action: Action): Action[][] {
  switch (action.name) {
    case 'clone':
      return [action.actions]
    case 'sample':
    case 'check_pkt_len':
    case 'dec_ttl':
      return action.items.flatMap((item) => ('actions' in item ? [item.actions] : []))
    default:
      return []
  }
}

/** `partial` only comes from the user-space data path. Open vSwitch prints nothing for `no`. */
export function offloaded({ info, extra }: Flow): 'yes' | 'partial' | 'no' {
  const text = itemOf([...info, ...extra], 'offloaded')?.text
  return text === 'yes' || text === 'partial' ? text : 'no'
}

/** Where the flow is: `ovs`, `tc`, `dpdk` …; undefined in a dump without `-m`. */
export function layerOf({ info, extra }: Flow): string | undefined {
  return itemOf([...info, ...extra], 'dp')?.text
}

export interface Counters {
  packets: bigint
  bytes: bigint
  /** Seconds since the last packet; undefined: there was none, or the line doesn't say. */
  idle: number | undefined
}

export function countersOf({ info }: Flow): Counters {
  return {
    packets: itemOf(info, 'packets')?.value ?? 0n,
    bytes: itemOf(info, 'bytes')?.value ?? 0n,
    idle: itemOf(info, 'used')?.seconds,
  }
}

/** The text of a field that only some builds print, such as `offload_packets`. */
export function otherOf({ info, extra }: Flow, field: string): string | undefined {
  return others([...info, ...extra]).find((item) => item.field === field)?.text
}

const REASON = /(?:^|[_-])(?:reason|error|err|failure)$/

/**
 * Why a flow is not offloaded, in the words of an Open vSwitch that says so: any field such as `offload_reason` or `hw-offload-error`.
 * No release up to 4.0 has one.
 */
export function offloadReason({ info, extra }: Flow): string | undefined {
  return others([...info, ...extra]).find(({ field }) => REASON.test(field))?.text
}

const others = (info: readonly Info[]) => info.filter((item) => item.name === 'other')

/** OVS_CS_F_* of linux/openvswitch.h, lowest bit first. */
export const CT_FLAGS = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat'] as const

/** Which flags of connection tracking a flow wants on a packet, and which it must not have; by names in either form of dump. */
export function ctState({ key }: Flow): { on: string[]; off: string[] } {
  const item = itemOf(key, 'ct_state')
  if (item === undefined) return { on: [], off: [] }
  if ('flags' in item) {
    const on = item.flags.filter((flag) => flag.on).map(({ flag }) => flag)
    const off = item.signed
      ? item.flags.filter((flag) => !flag.on).map(({ flag }) => flag)
      : CT_FLAGS.filter((flag) => !on.includes(flag))
    return { on, off }
  }
  const { value, mask = 0xff } = item
  const wanted = CT_FLAGS.filter((_, bit) => mask & (1 << bit))
  const isOn = (flag: (typeof CT_FLAGS)[number]) => (value & (1 << CT_FLAGS.indexOf(flag))) !== 0
  return { on: wanted.filter(isOn), off: wanted.filter((flag) => !isOn(flag)) }
}
