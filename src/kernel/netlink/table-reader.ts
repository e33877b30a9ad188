import { ATTRIBUTE_HEADER, NLA_TYPE_MASK, refuseAttribute, refuseEnd, refuseRest } from './attribute.js'
import { type ByteSource, HOST_LITTLE_ENDIAN as LE } from './bytes.js'
import { type Codec, hex } from './codec.js'
import { compile, member } from './compile.js'
import { type Scalar, wrongSize } from './scalar.js'
import type { AttributeSpec, UnknownAttribute, Variant } from './schema.js'

export type Read<V> = (source: ByteSource, start: number, end: number) => V
type Fields = [key: string, spec: AttributeSpec<never>][]

/** What the text of a reader refers to, by name. */
type Scope = Record<string, unknown>

/** Decodes the nest that a table describes: one function with a case for each attribute. */
export function makeReader<V>(fields: Fields, constants: Record<string, string>): Read<V> {
  const scope: Scope = { ...REFUSALS, wrongSize, keepUnknown, append, object, constants }
  const groups = fields.flatMap(([key, { group }]) => (group === undefined ? [] : [{ key, fields: group.fields }]))
  const cases = [
    ...casesFor('values', fields, scope),
    ...groups.flatMap((group, i) => casesFor(`group${i}`, group.fields, scope)),
  ]
  return compile<Read<V>>(
    scope,
    `const Values = object(constants)
    ${groups.map((_, i) => `const Group${i} = object({})`).join('\n')}
    return (source, start, end) => {
      const values = new Values()
      ${groups.map(({ key }, i) => `const group${i} = ${member('values', key)} = new Group${i}()`).join('\n')}
      ${forEach(`switch (type) {
        ${cases.join('\n')}
        default: keepUnknown(${groups.length === 0 ? 'values' : 'group0'}, source, type, payload, stop)
      }`)}
      return values
    }`,
  )
}

/** Decodes a nest of numbered items into a list. */
export function makeListReader<T>(codec: Codec<T>): Read<T[]> {
  return compile<Read<T[]>>(
    { ...REFUSALS, codec, append },
    `return (source, start, end) => {
      let items
      ${forEach('items = append(items, [codec.read(source, payload, stop)])')}
      return items === undefined ? [] : items
    }`,
  )
}

/** Decodes a nest of several items of one table, one after the other; a number that an item has already begins the next. */
export function makeItemsReader<V>(read: Read<V>): Read<V[]> {
  return compile<Read<V[]>>(
    { ...REFUSALS, read, append },
    `return (source, start, end) => {
      let items, from = start, seen = 0
      ${forEach(`const bit = type < 32 ? 1 << type : 0
        if ((seen & bit) !== 0) {
          items = append(items, [read(source, from, at)])
          from = at
          seen = 0
        }
        seen |= bit`)}
      if (from < end) items = append(items, [read(source, from, end)])
      return items === undefined ? [] : items
    }`,
  )
}

const REFUSALS = { refuseAttribute, refuseRest, refuseEnd }

/** Text that runs `body` for each attribute in [start, end) of `source`, as {@link forEachAttribute} calls a function. */
function forEach(body: string): string {
  return `const { view } = source
    if (end > source.length) refuseEnd(source, end)
    let at = start
    while (end - at >= ${ATTRIBUTE_HEADER}) {
      const length = view.getUint16(at, ${LE})
      if (length < ${ATTRIBUTE_HEADER} || at + length > end) refuseAttribute(at, length, end)
      const payload = at + ${ATTRIBUTE_HEADER}, stop = at + length
      const type = view.getUint16(at + 2, ${LE}) & ${NLA_TYPE_MASK}
      ${body}
      at += (length + 3) & ~3
    }
    if (at < end) refuseRest(at, end)`
}

function casesFor(target: string, fields: Fields, scope: Scope): string[] {
  return fields.flatMap(([key, spec]) =>
    spec.variants.map(
      (variant) => `case ${variant.number}: ${caseFor(member(target, key), spec, variant, scope)} break`,
    ),
  )
}

/** Text that decodes one attribute into `place`. */
function caseFor(place: string, spec: AttributeSpec<never>, { number, codec }: Variant<unknown>, scope: Scope): string {
  const name = `codec${number}`
  scope[name] = codec
  const { exact, size = 0, text } = codec as Partial<Scalar<unknown>>
  if (spec.store !== undefined) {
    scope[`store${number}`] = spec.store
    const read = `${name}.read(source, payload, stop)`
    // A struct that only passes through `store` then needs no object.
    const value = text === undefined ? read : `length < ${size + ATTRIBUTE_HEADER} ? ${read} : ${text.get('payload')}`
    return `store${number}(values, ${value});`
  }
  if (exact && text !== undefined && !spec.repeated) {
    const check = `if (length !== ${size + ATTRIBUTE_HEADER}) wrongSize(${size}, payload, stop)`
    return `${check}; ${place} = ${text.get('payload')};`
  }
  if (spec.readItems !== undefined) {
    scope[`${name}Items`] = spec.readItems
    return `${place} = append(${place}, ${name}Items(source, payload, stop));`
  }
  if (spec.repeated) return `${place} = append(${place}, [${name}.read(source, payload, stop)]);`
  // A codec that reads `undefined` says that the attribute says nothing new (a mask of all bits).
  return `{ const value = ${name}.read(source, payload, stop); if (value !== undefined) ${place} = value }`
}

/** A constructor of plain objects: the engine learns how many fields they get, and makes room for them at once. */
function object(constants: Record<string, string>): new () => object {
  const fields = Object.entries(constants).map(([key, value]) => `${member('this', key)} = ${JSON.stringify(value)}`)
  return compile({}, `function Values() { ${fields.join('; ')} } Values.prototype = Object.prototype; return Values`)
}

function append<T>(before: T[] | undefined, items: T[]): T[] {
  if (before === undefined) return items
  // Pushing would leave room for a dozen more, which a hundred thousand rules would keep.
  if (before.length < 4) return [...before, ...items]
  for (const item of items) before.push(item)
  return before
}

function keepUnknown(values: object, source: ByteSource, type: number, start: number, end: number): void {
  const target = values as { unknown?: UnknownAttribute[] }
  target.unknown = append(target.unknown, [{ type, payload: hex.read(source, start, end) }])
}
