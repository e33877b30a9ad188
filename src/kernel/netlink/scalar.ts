import { MalformedMessage } from './attribute.js'
import { HOST_LITTLE_ENDIAN } from './bytes.js'
import type { Codec } from './codec.js'
import { compile } from './compile.js'

/** How a value of fixed size is read and written, as text; `view` is a DataView, `at` an offset into it. */
export interface ScalarText {
  get(at: string): string
  set(at: string, value: string): string
}

/** A number of fixed size, or a struct of them; usable as an attribute and as a field of a struct. */
export interface Scalar<T> extends Codec<T> {
  readonly size: number
  readonly text: ScalarText
  /** Exactly `size` bytes, nothing more or less; a struct is not. */
  readonly exact: boolean
  get(view: DataView, at: number): T
  set(view: DataView, at: number, value: T): void
}

export function scalar<T>(size: number, text: ScalarText): Scalar<T> {
  const functions = compile<Omit<Scalar<T>, 'size' | 'text' | 'exact'>>(
    { wrongSize },
    `return {
      get(view, at) { return ${text.get('at')} },
      set(view, at, value) { ${text.set('at', 'value')} },
      read(source, start, end) {
        if (end - start !== ${size}) wrongSize(${size}, start, end)
        const { view } = source
        return ${text.get('start')}
      },
      write(out, value) {
        const at = out.reserve(${size})
        const { view } = out
        ${text.set('at', 'value')}
      },
    }`,
  )
  return { size, text, exact: true, ...functions }
}

export function wrongSize(size: number, start: number, end: number): never {
  throw new MalformedMessage(`expected ${size} bytes at ${start}, there are ${end - start}`)
}

function number(size: number, method: string, littleEndian?: boolean): Scalar<number> {
  const order = littleEndian === undefined ? '' : `, ${littleEndian}`
  return scalar(size, {
    get: (at) => `view.get${method}(${at}${order})`,
    set: (at, value) => `view.set${method}(${at}, ${value}${order})`,
  })
}

/** Two halves are several times faster than one BigInt. */
function number64(littleEndian: boolean): Scalar<number> {
  const [high, low] = littleEndian ? [4, 0] : [0, 4]
  const half = (at: string, offset: number) => `view.getUint32(${at} + ${offset}, ${littleEndian})`
  return scalar(8, {
    get: (at) => `(${half(at, high)} * 4294967296 + ${half(at, low)})`,
    set: (at, value) => `view.setBigUint64(${at}, BigInt(${value}), ${littleEndian})`,
  })
}

const LE = HOST_LITTLE_ENDIAN

export const u8 = number(1, 'Uint8')
export const u16 = number(2, 'Uint16', LE)
export const u32 = number(4, 'Uint32', LE)
export const s32 = number(4, 'Int32', LE)
/** Exact up to 2^53; a counter beyond that is rounded to the nearest number that JSON can carry. */
export const u64 = number64(LE)
export const be16 = number(2, 'Uint16', false)
export const be32 = number(4, 'Uint32', false)
export const be64 = number64(false)
