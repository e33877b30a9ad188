import { MalformedMessage } from './attribute.js'
import type { Scalar } from './codec.js'

/** Fields in the order of the C struct. A key that begins with `_` is padding: written as zero, not read. */
type Fields = Record<string, Scalar<never> | Scalar<number> | Scalar<object>>

export type StructValue<F extends Fields> = {
  -readonly [K in keyof F as K extends `_${string}` ? never : K]: F[K] extends Scalar<infer V> ? V : never
}

/** Itself a field that another struct can begin with. */
export type Struct<T> = Scalar<T>

/** `size` bytes of padding. */
export function pad(size: number): Scalar<never> {
  return {
    size,
    get: () => 0 as never,
    set: (view, at) => {
      for (let i = 0; i < size; i++) view.setUint8(at + i, 0)
    },
    write: (out) => out.bytes.fill(0, out.reserve(size), out.length),
    read: () => 0 as never,
  }
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
    return {
      name: name as keyof Value & string,
      at,
      end: size,
      field: field as Scalar<number>,
      padding: name.startsWith('_'),
    }
  })
  const named = layout.filter((field) => !field.padding)
  const atLeast = minimum ?? size
  const get = (view: DataView, base: number, available = size): Value => {
    const value: Record<string, number> = {}
    for (const { name, at, end, field } of named) value[name] = end <= available ? field.get(view, base + at) : 0
    return value as Value
  }
  const set = (view: DataView, base: number, value: Value): void => {
    for (const { name, at, field } of layout) field.set(view, base + at, (value as Record<string, number>)[name] ?? 0)
  }
  return {
    size,
    get,
    set,
    write(out, value) {
      const base = out.reserve(size)
      set(out.view, base, value)
    },
    read(source, start, end) {
      if (end - start < atLeast) {
        throw new MalformedMessage(`expected a struct of ${atLeast} bytes at ${start}, there are ${end - start}`)
      }
      return get(source.view, start, end - start)
    },
  }
}
