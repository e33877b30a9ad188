import { type UapiName, uapi } from '../uapi.js'
import { beginAttribute, endAttribute, forEachAttribute } from './attribute.js'
import type { ByteSource, ByteWriter } from './bytes.js'
import { type Codec, type Hex, hex, string } from './codec.js'

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

interface Variant<T> {
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
}

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
    choose: (value) => (value.includes(':') ? 1 : 0),
    repeated: false,
  }
}

interface Field extends Variant<unknown> {
  readonly key: string
  readonly repeated: boolean
  readonly readItems: AttributeSpec<never>['readItems']
}

type Target = Record<string, unknown>

/** A nest of attributes: encoding, decoding, names and type of one table. */
export class Schema<V> implements Codec<V>, AttributeNames {
  readonly #byNumber: (Field | undefined)[] = []
  readonly #byKey = new Map<string, AttributeSpec<never>>()

  constructor(table: AttributeTable) {
    for (const [key, spec] of Object.entries(table)) {
      this.#byKey.set(key, spec)
      for (const variant of spec.variants) {
        if (this.#byNumber[variant.number] !== undefined) throw new TypeError(`${variant.name}: number taken twice`)
        this.#byNumber[variant.number] = { ...variant, key, repeated: spec.repeated, readItems: spec.readItems }
      }
    }
  }

  get nested(): AttributeNames {
    return this
  }

  attributeName(type: number): string | undefined {
    return this.#byNumber[type]?.name
  }

  nestedNames(type: number): AttributeNames | undefined {
    return this.#byNumber[type]?.codec.nested
  }

  /** Fields are written in the order the object has them; the kernel doesn't care about the order inside a nest. */
  write(out: ByteWriter, values: V): void {
    const source = values as Target
    for (const key in source) {
      const value = source[key]
      if (value === undefined) continue
      const spec = this.#byKey.get(key)
      if (spec !== undefined) writeField(out, spec, value)
      else if (key === 'unknown') writeUnknown(out, value as UnknownAttribute[])
    }
  }

  read(source: ByteSource, start: number, end: number): V {
    const values: Target = {}
    forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
      if (!this.readField(values, source, type, payload, payloadEnd))
        keepUnknown(values, source, type, payload, payloadEnd)
    })
    return values as V
  }

  /** Decodes a nest of several items; a number that an item has already begins the next one. */
  readItems(source: ByteSource, start: number, end: number): V[] {
    const items: Target[] = []
    let seen = new Set<number>()
    forEachAttribute(source, start, end, (type, payload, payloadEnd) => {
      if (items.length === 0 || seen.has(type)) {
        items.push({})
        seen = new Set()
      }
      seen.add(type)
      const item = items.at(-1) as Target
      if (!this.readField(item, source, type, payload, payloadEnd)) keepUnknown(item, source, type, payload, payloadEnd)
    })
    return items as V[]
  }

  /**
   * Decodes one attribute into `values`; false when the table doesn't have its number. A codec that reads `undefined`
   * says that the attribute says nothing new (a mask of all bits).
   */
  readField(values: object, source: ByteSource, type: number, start: number, end: number): boolean {
    const field = this.#byNumber[type]
    if (field === undefined) return false
    const target = values as Target
    if (field.repeated) {
      const items = field.readItems?.(source, start, end) ?? [field.codec.read(source, start, end)]
      const before = target[field.key] as unknown[] | undefined
      if (before === undefined) target[field.key] = items
      else before.push(...items)
      return true
    }
    const value = field.codec.read(source, start, end)
    if (value !== undefined) target[field.key] = value
    return true
  }
}

export function keepUnknown(values: object, source: ByteSource, type: number, start: number, end: number): void {
  const target = values as { unknown?: UnknownAttribute[] }
  const kept = { type, payload: hex.read(source, start, end) }
  if (target.unknown === undefined) target.unknown = [kept]
  else target.unknown.push(kept)
}

function writeField(out: ByteWriter, spec: AttributeSpec<never>, value: unknown): void {
  const variant = spec.variants[spec.choose(value as never)]
  if (variant === undefined) throw new TypeError('no attribute for this value')
  if (!spec.repeated) writeAttribute(out, variant, value)
  else for (const item of value as unknown[]) writeAttribute(out, variant, item)
}

function writeAttribute(out: ByteWriter, variant: Variant<unknown>, value: unknown): void {
  // NLA_FLAG says "yes" by being there.
  if (value === false) return
  const at = beginAttribute(
    out,
    variant.codec.nested === undefined ? variant.number : variant.number | uapi.NLA_F_NESTED,
  )
  variant.codec.write(out, value)
  endAttribute(out, at)
}

export function writeUnknown(out: ByteWriter, unknown: readonly UnknownAttribute[]): void {
  for (const { type, payload } of unknown) {
    const at = beginAttribute(out, type)
    hex.write(out, payload)
    endAttribute(out, at)
  }
}

export function attributes<T extends Record<keyof T, AttributeSpec<never>>>(table: T): Schema<Values<T>> {
  return new Schema<Values<T>>(table)
}

/**
 * A nest whose attributes are numbered 1, 2, 3 … instead of named: a list in order.
 * @param maximum how many the kernel takes; more is an error of the caller
 */
export function indexedList<T>(codec: Codec<T>, maximum = 0x3fff): Codec<T[]> {
  return {
    nested: {
      attributeName: (type) => `[${type}]`,
      nestedNames: () => codec.nested,
    },
    write(out, items) {
      if (items.length > maximum) throw new RangeError(`${items.length} entries, at most ${maximum} are possible`)
      items.forEach((item, i) => {
        const at = beginAttribute(out, codec.nested === undefined ? i + 1 : (i + 1) | uapi.NLA_F_NESTED)
        codec.write(out, item)
        endAttribute(out, at)
      })
    },
    read(source, start, end) {
      const items: T[] = []
      forEachAttribute(source, start, end, (_, payload, payloadEnd) => {
        items.push(codec.read(source, payload, payloadEnd))
      })
      return items
    },
  }
}
