import { uapi } from '../uapi.js'
import { ATTRIBUTE_HEADER, finishAttribute, writeAttribute } from './attribute.js'
import { type ByteWriter, HOST_LITTLE_ENDIAN as LE } from './bytes.js'
import { hex } from './codec.js'
import { compile, member } from './compile.js'
import type { Scalar } from './scalar.js'
import type { AttributeSpec, UnknownAttribute, Variant } from './schema.js'

export type Write<V> = (out: ByteWriter, values: V) => void
type Fields = [key: string, spec: AttributeSpec<never>][]

/** Asking for each field of a table is faster than asking which ones there are, up to about this many. */
const SMALL_TABLE = 24

/** Encodes the nest that a table describes. What values have beside its fields isn't for the kernel. */
export function makeWriter<V>(fields: Fields): Write<V> {
  const whole = fields.length <= SMALL_TABLE || fields.some(([, { load }]) => load !== undefined)
  return whole ? oneWriter(fields) : writerByField(fields)
}

/** One function for the whole table, in its order. */
function oneWriter<V>(fields: Fields): Write<V> {
  const scope: Record<string, unknown> = { finishAttribute, writeUnknown }
  const steps = fields.map(([key, spec]) => {
    const value = spec.load === undefined ? member('values', key) : `load${Object.keys(scope).length}(values)`
    if (spec.load !== undefined) scope[`load${Object.keys(scope).length}`] = spec.load
    return `value = ${value}; if (value !== undefined) { ${stepFor(spec, scope)} }`
  })
  return compile(
    scope,
    `return (out, values) => {
      let value
      ${steps.join('\n')}
      if (values.unknown !== undefined) writeUnknown(out, values.unknown)
    }`,
  )
}

/** One function for each field, for tables of which a value uses few. */
function writerByField<V>(fields: Fields): Write<V> {
  const writers = new Map<string, Write<unknown>>([['unknown', writeUnknown as Write<unknown>]])
  const specs = new Map(fields)
  const make = (key: string): Write<unknown> => {
    const spec = specs.get(key)
    const scope: Record<string, unknown> = { finishAttribute }
    const write = compile<Write<unknown>>(
      scope,
      `return (out, value) => { ${spec === undefined ? '' : stepFor(spec, scope)} }`,
    )
    writers.set(key, write)
    return write
  }
  return (out, values) => {
    const source = values as Record<string, unknown>
    for (const key in source) {
      const value = source[key]
      if (value !== undefined) (writers.get(key) ?? make(key))(out, value)
    }
  }
}

/** Text that writes `value` as the attribute or attributes of a field; what it refers to is added to `scope`. */
function stepFor(spec: AttributeSpec<never>, scope: Record<string, unknown>): string {
  if (spec.group !== undefined) {
    const name = `group${Object.keys(scope).length}`
    scope[name] = spec.group
    return `${name}.write(out, value)`
  }
  const [only, second] = spec.variants
  if (only === undefined) return ''
  let text = attributeText(only, scope)
  if (second !== undefined) {
    scope[`choose${only.number}`] = spec.choose
    text = `if (choose${only.number}(value) === 0) { ${text} } else { ${attributeText(second, scope)} }`
  }
  return spec.repeated ? `for (const item of value) { const value = item; ${text} }` : text
}

function attributeText({ number, codec }: Variant<unknown>, scope: Record<string, unknown>): string {
  const type = codec.nested === undefined ? number : number | uapi.NLA_F_NESTED
  const { exact, size = 0, text } = codec as Partial<Scalar<unknown>>
  if (exact && text !== undefined) {
    const length = ATTRIBUTE_HEADER + size
    const padding = Array.from({ length: -size & 3 }, (_, i) => `view.setUint8(at + ${length + i}, 0)`)
    return `const at = out.reserve(${(length + 3) & ~3}); const { view } = out
      view.setUint16(at, ${length}, ${LE}); view.setUint16(at + 2, ${type}, ${LE})
      ${[text.set(`at + ${ATTRIBUTE_HEADER}`, 'value'), ...padding].join('; ')}`
  }
  const name = `codec${number}`
  scope[name] = codec
  // NLA_FLAG says "yes" by being there.
  return `if (value !== false) {
    const at = out.reserve(${ATTRIBUTE_HEADER})
    ${name}.write(out, value)
    finishAttribute(out, at, ${type})
  }`
}

function writeUnknown(out: ByteWriter, unknown: readonly UnknownAttribute[]): void {
  for (const { type, payload } of unknown) writeAttribute(out, type, hex, payload)
}
