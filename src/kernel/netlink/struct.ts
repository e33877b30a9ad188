import { MalformedMessage } from './attribute.js'
import type { Codec, Scalar } from './codec.js'

/** Fields in the order of the C struct. A key that begins with `_` is padding: written as zero, not read. */
type Fields = Record<string, Scalar<never> | Scalar<number>>

export type StructValue<F extends Fields> = {
  -readonly [K in keyof F as K extends `_${string}` ? never : K]: F[K] extends Scalar<infer V> ? V : never
}

export interface Struct<T> extends Codec<T> {
  readonly size: number
}

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
 * A C struct of scalars. Padding is written out, so that the layout is what is read here and nothing else.
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
  return {
    size,
    write(out, value) {
      const base = out.reserve(size)
      for (const { name, at, field } of layout)
        field.set(out.view, base + at, (value as Record<string, number>)[name] ?? 0)
    },
    read(source, start, end) {
      if (end - start < atLeast) {
        throw new MalformedMessage(`expected a struct of ${atLeast} bytes at ${start}, there are ${end - start}`)
      }
      const value: Record<string, number> = {}
      for (const { name, at, end: fieldEnd, field } of named) {
        value[name] = start + fieldEnd <= end ? field.get(source.view, start + at) : 0
      }
      return value as Value
    },
  }
}
