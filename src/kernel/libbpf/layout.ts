import { formatIp, type IpAddress, ipBytes, type MacAddress } from '../../base/types.js'
import { HOST_LITTLE_ENDIAN } from '../netlink/bytes.js'
import { compile, member } from '../netlink/compile.js'
import { macText } from '../netlink/text.js'

/** A value of fixed size in a map, an event or a global variable. The scalars of netlink/codec are fields, and so is a layout. */
export interface Field<T> {
  /** Bytes. */
  readonly size: number
  get(view: DataView, at: number): T
  set(view: DataView, at: number, value: T): void
}

export interface Member {
  name: string
  offset: number
  field: Field<unknown>
}

export interface Layout<T> extends Field<T> {
  /** In the struct's order, without padding. */
  readonly members: readonly Member[]
}

type Fields = Record<string, Field<unknown>>
type LayoutValue<F extends Fields> = {
  -readonly [K in keyof F as K extends `_${string}` ? never : K]: F[K] extends Field<infer V> ? V : never
}

/** What a field or a layout stands for. */
export type ValueOf<F> = F extends Field<infer V> ? V : never

/**
 * A C struct, declared in its order. Padding is written out under a name that begins with `_`: it is written as zero (in a key
 * every byte counts) and not read. Names and places are compared with the object's BTF when a map is opened.
 */
export function layout<F extends Fields>(fields: F): Layout<LayoutValue<F>> {
  let size = 0
  const all = Object.entries(fields).map(([name, field]) => {
    const offset = size
    size += field.size
    return { name, offset, field }
  })
  const members = all.filter(({ name }) => !name.startsWith('_'))
  const get = members.map(
    ({ name, offset }) => `${JSON.stringify(name)}: ${member('fields', name)}.get(view, at + ${offset})`,
  )
  const set = all.map(
    ({ name, offset }) => `${member('fields', name)}.set(view, at + ${offset}, ${member('value', name)})`,
  )
  return {
    size,
    members,
    ...compile<Pick<Layout<LayoutValue<F>>, 'get' | 'set'>>(
      { fields },
      `return {
        get(view, at) { return { ${get.join(', ')} } },
        set(view, at, value) { ${set.join('; ')} },
      }`,
    ),
  }
}

/** A field of padding. */
export function padding(size: number): Field<never> {
  return {
    size,
    get: () => undefined as never,
    set: (view, at) => void bytesOf(view, at, size).fill(0),
  }
}

/** `count` of a field, one after the other. A value with fewer is filled up with zeroes. */
export function array<T>(field: Field<T>, count: number): Field<T[]> {
  const size = field.size * count
  const offsets = Array.from({ length: count }, (_, i) => i * field.size)
  return {
    size,
    get: (view, at) => offsets.map((offset) => field.get(view, at + offset)),
    set(view, at, values) {
      if (values.length > count) throw new RangeError(`${values.length} values for an array of ${count}`)
      bytesOf(view, at, size).fill(0)
      values.forEach((value, i) => {
        field.set(view, at + i * field.size, value)
      })
    },
  }
}

/** char[size]: UTF-8 up to a NUL, or to the end. @throws RangeError where it doesn't fit */
export function text(size: number): Field<string> {
  return {
    size,
    get(view, at) {
      const bytes = bytesOf(view, at, size)
      const end = bytes.indexOf(0)
      return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? size : end).toString()
    },
    set(view, at, value) {
      const bytes = new TextEncoder().encode(value)
      if (bytes.length > size) throw new RangeError(`"${value}" has ${bytes.length} bytes, there is room for ${size}`)
      const target = bytesOf(view, at, size).fill(0)
      target.set(bytes)
    },
  }
}

/** Any bytes; reading copies them. @throws RangeError where there are more or fewer */
export function bytes(size: number): Field<Uint8Array> {
  return {
    size,
    get: (view, at) => bytesOf(view, at, size).slice(),
    set(view, at, value) {
      if (value.length !== size) throw new RangeError(`${value.length} bytes for a field of ${size}`)
      bytesOf(view, at, size).set(value)
    },
  }
}

/** Exact in all its 64 bits, where u64 rounds beyond 2^53. Host byte order. */
export const bigU64: Field<bigint> = {
  size: 8,
  get: (view, at) => view.getBigUint64(at, HOST_LITTLE_ENDIAN),
  set: (view, at, value) => view.setBigUint64(at, value, HOST_LITTLE_ENDIAN),
}

/** __u8[6] */
export const mac: Field<MacAddress> = {
  size: 6,
  get: (view, at) => macText(bytesOf(view, at, 6), 0),
  set(view, at, value) {
    for (let i = 0; i < 6; i++) view.setUint8(at + i, Number.parseInt(value.slice(3 * i, 3 * i + 2), 16))
  },
}

/** __be32 or __u8[4]; IPv6: __u8[16], struct in6_addr. @throws RangeError for an address of the other family */
export const ipv4 = address(4)
export const ipv6 = address(16)

function address(size: 4 | 16): Field<IpAddress> {
  return {
    size,
    get: (view, at) => formatIp(bytesOf(view, at, size)),
    set(view, at, value) {
      const source = ipBytes(value)
      if (source.length !== size) throw new RangeError(`${value} doesn't have ${size} bytes`)
      bytesOf(view, at, size).set(source)
    },
  }
}

function bytesOf(view: DataView, at: number, size: number): Uint8Array<ArrayBufferLike> {
  return new Uint8Array(view.buffer, view.byteOffset + at, size)
}
