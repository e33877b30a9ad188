import { MalformedMessage } from './attribute.js'
import { compile, member } from './compile.js'
import { type Scalar, type ScalarText, scalar } from './scalar.js'

/** Fields in the order of the C struct. A key that begins with `_` is padding: written as zero, not read. */
type Fields = Record<string, Scalar<never> | Scalar<number> | Scalar<object>>

export type StructValue<F extends Fields> = {
  -readonly [K in keyof F as K extends `_${string}` ? never : K]: F[K] extends Scalar<infer V> ? V : never
}

/** Itself a field that another struct can begin with. */
export type Struct<T> = Scalar<T>

/** `size` bytes of padding. */
export function pad(size: number): Scalar<never> {
  const offsets = Array.from({ length: size }, (_, i) => i)
  return scalar(size, {
    get: () => '0',
    set: (at) => offsets.map((offset) => `view.setUint8(${at} + ${offset}, 0)`).join('; '),
  })
}

/**
 * A C struct of scalars and other structs. Padding is written out, so that the layout is what is read here and nothing else.
 * The kernel only ever appends fields to a struct: a longer one is read as far as it is known, one that is shorter
 * (an older kernel's) has zero in the fields that are missing, as long as it has the first `minimum` bytes.
 */
export function struct<F extends Fields>(fields: F, minimum?: number): Struct<StructValue<F>> {
  type Value = StructValue<F>
  let size = 0
  const layout = Object.entries(fields).map(([name, field]) => {
    const at = size
    size += field.size
    return { name, at, end: size, field: field as Scalar<number>, padding: name.startsWith('_') }
  })
  const named = layout.filter((field) => !field.padding)
  const text: ScalarText = {
    get: (at) =>
      `({ ${named.map(({ name, at: offset, field }) => `${JSON.stringify(name)}: ${field.text.get(`${at} + ${offset}`)}`).join(', ')} })`,
    set: (at, value) =>
      layout
        .map(({ name, at: offset, field }) => field.text.set(`${at} + ${offset}`, `(${member(value, name)} ?? 0)`))
        .join('; '),
  }
  const atLeast = minimum ?? size
  const readShort = (view: DataView, base: number, available: number): Value => {
    if (available < atLeast) {
      throw new MalformedMessage(`expected a struct of ${atLeast} bytes at ${base}, there are ${available}`)
    }
    const value: Record<string, number> = {}
    for (const { name, at, end, field } of named) value[name] = end <= available ? field.get(view, base + at) : 0
    return value as Value
  }
  return {
    ...scalar<Value>(size, text),
    exact: false,
    read: compile(
      { readShort },
      `return (source, start, end) => {
        const { view } = source
        return end - start < ${size} ? readShort(view, start, end - start) : ${text.get('start')}
      }`,
    ),
  }
}
