import { type UapiName, uapi } from '../uapi.js'
import { writeAttribute } from './attribute.js'
import type { ByteSource, ByteWriter } from './bytes.js'
import { type Codec, type Hex, isIpv6Text, string } from './codec.js'
import { makeItemsReader, makeListReader, makeReader, type Read } from './table-reader.js'
import { makeWriter, type Write } from './table-writer.js'

/** What the kernel sent and no table describes. Kept, and written back as it was. */
export interface UnknownAttribute {
  type: number
  payload: Hex
}

/** Reads another attribute of the same nest. */
export type Siblings = <T>(type: number, codec: Codec<T>) => T | undefined

/** Resolves an attribute's number inside a nest to the UAPI's name, for extended ACKs. */
export interface AttributeNames {
  attributeName(type: number): string | undefined
  /** What is inside attribute `type`; it may depend on a sibling, as options depend on a kind. */
  nestedNames(type: number, siblings: Siblings): AttributeNames | undefined
}

/** Names of a nest in which attribute `options` holds what attribute `kind` (a string) says. */
export function namesByKind(
  names: AttributeNames,
  kind: number,
  options: number,
  lookUp: (kind: string) => AttributeNames | undefined,
): AttributeNames {
  return {
    attributeName: (type) => names.attributeName(type),
    nestedNames(type, siblings) {
      if (type !== options) return names.nestedNames(type, siblings)
      const name = siblings(kind, string)
      return name === undefined ? undefined : lookUp(name)
    },
  }
}

export interface Variant<T> {
  readonly number: number
  /** Name in the UAPI header, `TCA_FLOWER_KEY_ETH_DST`. */
  readonly name: string
  readonly codec: Codec<T>
}

/** One field of a table. Mostly one attribute; two where the number depends on the value's family. */
export interface AttributeSpec<T> {
  readonly variants: readonly Variant<unknown>[]
  readonly choose: (value: T) => number
  readonly repeated: boolean
  /** One attribute may hold several items one after the other. */
  readonly readItems?: (source: ByteSource, start: number, end: number) => unknown[]
  /** See {@link stored}. */
  readonly store?: (target: unknown, value: unknown) => void
  readonly load?: (source: unknown) => unknown
  /** Fields of the same nest, see {@link group}. */
  readonly group?: Schema<unknown>
}

type Constants = Record<string, string>

export type AttributeTable = Record<string, AttributeSpec<never>>

/** The TypeScript type that follows from a table, or from any codec. */
export type Infer<C> = C extends Codec<infer V> ? V : never

export type Values<T> = {
  -readonly [K in keyof T]?: (T[K] extends AttributeSpec<infer V> ? V : never) | undefined
} & { unknown?: UnknownAttribute[] | undefined }

const first = () => 0

/** @param name as in the UAPI header; the number follows from it */
export function attribute<T>(name: UapiName, codec: Codec<T>): AttributeSpec<T> {
  return { variants: [{ number: uapi[name], name, codec: codec as Codec<unknown> }], choose: first, repeated: false }
}

/** An attribute that may come several times in its nest; the field is a list. */
export function repeated<T>(name: UapiName, codec: Codec<T>): AttributeSpec<T[]> {
  return { variants: [{ number: uapi[name], name, codec: codec as Codec<unknown> }], choose: first, repeated: true }
}

/**
 * An attribute that may come several times, one item each, and of which the kernel's own answers hold all items in one
 * nest, one after the other: a number that is there already begins the next item.
 */
export function repeatedInOne<V>(name: UapiName, item: Schema<V>): AttributeSpec<V[]> {
  return { ...repeated(name, item), readItems: (source, start, end) => item.readItems(source, start, end) }
}

/** A field for which the UAPI has an attribute per address family. */
export function byFamily<T extends string>(v4: AttributeSpec<T>, v6: AttributeSpec<T>): AttributeSpec<T> {
  return {
    variants: [...v4.variants, ...v6.variants],
    choose: (value) => (isIpv6Text(value) ? 1 : 0),
    repeated: false,
  }
}

/**
 * An attribute that says several things of ours at once: `store` sets them in what the table decodes to, `load` makes
 * the attribute's value of them again; without it, it is written only where the value has the field.
 */
export function stored<T, V>(
  spec: AttributeSpec<T>,
  store: (target: V, value: T) => void,
  load?: (source: V) => T,
): AttributeSpec<T> {
  return {
    ...spec,
    store: store as (target: unknown, value: unknown) => void,
    ...(load !== undefined && { load: load as (source: unknown) => unknown }),
  }
}

/**
 * Fields of this nest that stand together in an object of their own on our side; it is there even if it is empty, and
 * what the nest has that nobody knows is kept in it.
 */
export function group<V>(fields: Schema<V>): AttributeSpec<V> {
  return { variants: [], choose: first, repeated: false, group: fields as Schema<unknown> }
}

/** A nest of attributes: encoding, decoding, names and type of one table. */
export class Schema<V> implements Codec<V>, AttributeNames {
  readonly #table: AttributeTable
  readonly #constants: Constants
  readonly #names = new Map<number, Variant<unknown>>()
  #write: Write<V> | undefined
  #read: Read<V> | undefined
  #readItems: Read<V[]> | undefined

  constructor(table: AttributeTable, constants: Constants) {
    this.#table = table
    this.#constants = constants
    for (const { variants, group: fields } of Object.values(table)) {
      for (const variant of [...variants, ...(fields === undefined ? [] : fields.#names.values())]) {
        if (this.#names.has(variant.number)) throw new TypeError(`${variant.name}: number taken twice`)
        this.#names.set(variant.number, variant)
      }
    }
  }

  get nested(): AttributeNames {
    return this
  }

  /** Fields in the table's order. */
  get fields(): [key: string, spec: AttributeSpec<never>][] {
    return Object.entries(this.#table)
  }

  attributeName(type: number): string | undefined {
    return this.#names.get(type)?.name
  }

  nestedNames(type: number): AttributeNames | undefined {
    return this.#names.get(type)?.codec.nested
  }

  /** The kernel doesn't care about the order inside a nest. */
  write(out: ByteWriter, values: V): void {
    this.#write ??= makeWriter<V>(this.fields)
    this.#write(out, values)
  }

  /** @throws MalformedMessage */
  read(source: ByteSource, start: number, end: number): V {
    this.#read ??= makeReader<V>(this.fields, this.#constants)
    return this.#read(source, start, end)
  }

  /** Decodes a nest of several items; a number that an item has already begins the next one. */
  readItems(source: ByteSource, start: number, end: number): V[] {
    this.#readItems ??= makeItemsReader((from, at, stop) => this.read(from, at, stop))
    return this.#readItems(source, start, end)
  }
}

/** @param constants what each decoded value has beside the table's fields; not written */
export function attributes<T extends Record<keyof T, AttributeSpec<never>>>(
  table: T,
  constants: Constants = {},
): Schema<Values<T>> {
  return new Schema<Values<T>>(table, constants)
}

/**
 * A nest whose attributes are numbered 1, 2, 3 … instead of named: a list in order.
 * @param maximum how many the kernel takes; more is an error of the caller
 */
export function indexedList<T>(codec: Codec<T>, maximum = 0x3fff): Codec<T[]> {
  let read: Read<T[]> | undefined
  return {
    nested: {
      attributeName: (type) => `[${type}]`,
      nestedNames: () => codec.nested,
    },
    write(out, items) {
      if (items.length > maximum) throw new RangeError(`${items.length} entries, at most ${maximum} are possible`)
      const flags = codec.nested === undefined ? 0 : uapi.NLA_F_NESTED
      for (let i = 0; i < items.length; i++) writeAttribute(out, (i + 1) | flags, codec, items[i] as T)
    },
    read(source, start, end) {
      read ??= makeListReader(codec)
      return read(source, start, end)
    },
  }
}
