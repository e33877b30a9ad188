import type { Action } from './actions.js'
import type { Attribute } from './keys.js'
import { Names } from './names.js'
import type { Notation } from './numeral.js'

/**
 * What a line consists of, as tables: from one description come the type of what is read, how it is read and how it is printed. The
 * formats are those of lib/odp-util.c of Open vSwitch, functions format_*().
 */

/** How a number is written where that is not as Open vSwitch writes it. */
export interface Spelling {
  value: Notation
  mask: Notation
}

interface Numbered<T> {
  value: T
  /** Bits that matter; missing: all. */
  mask?: T | undefined
  spelling?: Spelling | undefined
}

/** Text of an address, and of its mask; missing: all of it matters. */
interface Addressed {
  value: string
  mask?: string | undefined
}

export interface Flag {
  flag: string
  on: boolean
}

/** Flags by name: with signs only those that matter (`+trk-new`), without all that are set (`df|csum`). */
export interface FlagNames {
  flags: readonly Flag[]
  signed: boolean
}

/** `src=ADDRESS[-ADDRESS][:PORT[-PORT]]` of nat(); without an address any will do. */
export interface NatRange {
  address?: string | undefined
  lastAddress?: string | undefined
  port?: number | undefined
  lastPort?: number | undefined
}

/** What an item holds, by the kind of its content. */
interface Contents {
  /** The name says it all. */
  nothing: unknown
  number: Numbered<number>
  /** Open vSwitch prints nothing for some numbers of which nothing matters. */
  maybeNumber: Numbered<number | undefined>
  wide: Numbered<bigint>
  maybeWide: Numbered<bigint | undefined>
  /** With one decimal. */
  percent: { value: number }
  mac: Addressed
  ip4: Addressed
  ip6: Addressed
  word: { text: string }
  /** Text in which brackets match. */
  text: { text: string }
  maybeWord: { text?: string | undefined }
  port: { port: number | string; mask?: number | undefined }
  flags: FlagNames | Numbered<number>
  nat: NatRange
  seconds: { seconds: number | undefined; decimals: number }
  /** A key's attribute in `set()`. */
  attribute: { to: Attribute }
  keys: { keys: Attribute[] }
  actions: { actions: Action[] }
}

type Simple = keyof Contents

/** What stands between an item's name and its content. */
export type Form =
  /** `name=content` */
  | '='
  /** `name(content)` */
  | '('
  /** `name(content)`, or `name` alone */
  | '(?'
  /** `name=content`, or `name` alone */
  | '=?'
  /** `name:content` */
  | ':'
  /** `name:content`, or `name` alone */
  | ':?'
  /** `name`, or the content alone where there is no name */
  | ''

export type Spec = { form: Form } & (
  | { kind: Exclude<Simple, 'number' | 'maybeNumber' | 'wide' | 'maybeWide' | 'mac' | 'ip4' | 'ip6' | 'flags'> }
  | { kind: 'number' | 'maybeNumber'; max: number; as: Notation; mask: Notation | undefined }
  | { kind: 'wide' | 'maybeWide'; bits: number; as: Notation; mask: Notation | undefined }
  | { kind: 'mac' | 'ip4' | 'ip6'; mask: boolean }
  | { kind: 'flags'; max: number }
  | { kind: 'list'; table: Table }
  | { kind: 'groups'; table: Table }
)

export type Specs = Readonly<Record<string, Spec>>

export interface Table<S extends Specs = Specs> {
  readonly specs: S
  readonly names: Names<Entry>
  readonly byName: ReadonlyMap<string, Spec>
  /** Some items are a word alone, so that one that nobody knows may be too. */
  readonly hasWords: boolean
  /** The item that has no name. */
  readonly nameless: (Entry & { begins: Begins }) | undefined
}

/** Whether an item without a name begins here: a word of letters and digits goes from `from` to `to`, what follows is `next`. */
export type Begins = (codes: Uint16Array, from: number, to: number, next: number) => boolean

export interface Entry {
  readonly name: string
  readonly spec: Spec
}

/** Something well-formed that no table knows; what a newer Open vSwitch prints, for example. */
export interface Unknown {
  name: 'unknown'
  text: string
}

type ContentOf<S extends Spec> = S extends { kind: 'list'; table: infer T extends Table; form: '(?' }
  ? { items?: ItemOf<T>[] | undefined }
  : S extends { kind: 'list'; table: infer T extends Table }
    ? { items: ItemOf<T>[] }
    : S extends { kind: 'groups'; table: infer T extends Table }
      ? { groups: ItemOf<T>[][] }
      : S extends { kind: infer K extends Simple }
        ? Contents[K]
        : never

export type KnownItemOf<T extends Table> = {
  [N in keyof T['specs'] & string]: { name: N } & ContentOf<T['specs'][N]>
}[keyof T['specs'] & string]

/** The items of a table, to be told apart by their names. */
export type ItemOf<T extends Table> = KnownItemOf<T> | Unknown

/** An item of any table, as the reader and the printer see it. */
export interface Item {
  readonly name: string
  readonly [field: string]: unknown
}

export function table<const S extends Specs>(
  specs: S,
  nameless?: { name: keyof S & string; begins: Begins },
): Table<S> {
  const entries = Object.entries(specs).map(([name, spec]): Entry => ({ name, spec: sameShape(spec) }))
  const entry = entries.find(({ name }) => name === nameless?.name)
  return {
    specs,
    names: new Names(entries.filter((one) => one !== entry).map((one) => [one.name, one])),
    byName: new Map(entries.map((one) => [one.name, one.spec])),
    hasWords: entries.some((one) => one.spec.kind === 'nothing'),
    nameless: entry && nameless && { ...entry, begins: nameless.begins },
  }
}

/** With the same properties in the same order whatever its kind: reading them is then several times as fast. */
function sameShape(spec: Spec): Spec {
  const none = undefined
  return Object.assign({ kind: none, form: none, max: none, bits: none, as: none, mask: none, table: none }, spec)
}
