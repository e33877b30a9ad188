import type { ByteSource, ByteWriter } from '../../netlink/bytes.js'
import { s32, u32 } from '../../netlink/codec.js'
import type { AttributeNames, Infer, UnknownAttribute } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { type Control, controlCode, controlFromCode } from '../control.js'
import { type ActionAge, actionAge, type WireAge } from '../stats.js'

/** linux/pkt_cls.h tc_gen, the head of every action's parameters. */
export const generic = struct({ index: u32, capab: u32, action: s32, refcnt: s32, bindcnt: s32 })
export type Generic = Infer<typeof generic>

/** What every action's parameters say, whatever its kind. */
export interface ActionParameters {
  /** Only where it isn't the action's usual one: `pipe`, or `stolen` for a redirect. */
  control?: Control | undefined
  /** Index in the table of all actions of that kind. On writing: an existing action to share. */
  index?: number | undefined
  refs?: number
  binds?: number
  age?: ActionAge
  unknown?: UnknownAttribute[] | undefined
}

/** Codec of one action's TCA_ACT_OPTIONS. */
export interface ActionKind<A> {
  /** As in TCA_ACT_KIND. */
  readonly kind: string
  readonly names: AttributeNames
  write(out: ByteWriter, action: A): void
  read(source: ByteSource, start: number, end: number): A
}

export function genericOf(parameters: ActionParameters, usual: Control): Generic {
  return {
    index: parameters.index ?? 0,
    capab: 0,
    action: controlCode(parameters.control ?? usual),
    refcnt: 0,
    bindcnt: 0,
  }
}

/**
 * Adds to `action` what every kind's attributes say; returns it. The actions that every rule has (tunnel_key, mirred)
 * go without: their tables store right into the action, which takes half the time.
 */
export function withParameters<A extends ActionParameters>(
  action: A,
  parameters: Generic,
  usual: Control,
  { tm, unknown }: { tm?: WireAge | undefined; unknown?: UnknownAttribute[] | undefined },
): A {
  storeGeneric(action, parameters, usual)
  if (tm !== undefined) storeAge(action, tm)
  if (unknown !== undefined) action.unknown = unknown
  return action
}

export function storeGeneric(
  action: ActionParameters,
  { action: code, index, refcnt, bindcnt }: Generic,
  usual: Control,
): void {
  const control = controlFromCode(code)
  if (control !== usual) action.control = control
  if (index === 0) return
  action.index = index
  action.refs = refcnt
  action.binds = bindcnt
}

export function storeAge(action: ActionParameters, wire: WireAge): void {
  action.age = actionAge(wire)
}
