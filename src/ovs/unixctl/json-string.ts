const [QUOTE, BACKSLASH, U] = Array.from('"\\u', (c) => c.charCodeAt(0)) as [number, number, number]
/** What follows a backslash, and the byte that it stands for (RFC 8259 section 7). */
const SHORT = new Map(Array.from('"\\/bfnrt', (c, i) => [c.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(i)]))
/** `\u` and four digits. */
const UNIT = 6
const NOTHING = Buffer.alloc(0)
const DIGITS = /^[\da-f]{4}$/i

/** What an escape sequence stands for, in UTF-8, and how many bytes it has itself. */
interface Escape {
  bytes: Uint8Array
  length: number
}

/** Decodes one JSON string that comes in chunks, from behind its opening quote, without holding it. Gives UTF-8. */
export class JsonStringDecoder {
  /** The beginning of an escape sequence that the last chunk ended in. */
  #begun: Buffer = NOTHING
  /** The closing quote has come. */
  ended = false

  /**
   * @param give is called with each part of the text
   * @returns where in the chunk the string goes no further
   * @throws SyntaxError
   */
  push(chunk: Buffer, from: number, give: (part: Buffer) => void): number {
    const begun = this.#begun.length
    if (begun === 0) return this.#decode(chunk, from, give)
    const joined = Buffer.concat([this.#begun, chunk.subarray(from)])
    this.#begun = NOTHING
    return this.#decode(joined, 0, give) - begun + from
  }

  #decode(chunk: Buffer, from: number, give: (part: Buffer) => void): number {
    // Escape sequences are longer than what they stand for.
    const out = Buffer.allocUnsafe(chunk.length - from)
    let length = 0
    let at = from
    let quote = -1
    while (at < chunk.length) {
      if (quote < at) quote = next(chunk, QUOTE, at)
      const stop = Math.min(quote, next(chunk, BACKSLASH, at))
      length += chunk.copy(out, length, at, stop)
      at = stop
      this.ended = at === quote && at < chunk.length
      if (this.ended || at === chunk.length) break
      const sequence = escapeAt(chunk, at)
      if (sequence === undefined) {
        this.#begun = Buffer.from(chunk.subarray(at))
        at = chunk.length
      } else {
        out.set(sequence.bytes, length)
        length += sequence.bytes.length
        at += sequence.length
      }
    }
    if (length > 0) give(out.subarray(0, length))
    return this.ended ? at + 1 : at
  }
}

/** The next such byte, or the end of the chunk. */
function next(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from)
  return at === -1 ? chunk.length : at
}

const ONE_BYTE = Array.from({ length: 0x80 }, (_, byte) => {
  const stands = SHORT.get(byte)
  return stands === undefined ? undefined : { bytes: Uint8Array.of(stands), length: 2 }
})

/** @returns undefined: more of it is to come */
function escapeAt(bytes: Buffer, at: number): Escape | undefined {
  const kind = bytes[at + 1]
  if (kind === undefined) return undefined
  const short = ONE_BYTE[kind]
  if (short !== undefined) return short
  if (kind !== U) throw new SyntaxError(`\\${String.fromCharCode(kind)} is no escape sequence`)
  const unit = unitAt(bytes, at)
  if (unit === undefined) return undefined
  if (unit >= 0xd800 && unit < 0xdc00) {
    const second = secondUnit(bytes, at + UNIT)
    if (second === 'to come') return undefined
    if (second !== undefined) return { bytes: utf8(String.fromCharCode(unit, second)), length: 2 * UNIT }
  }
  return { bytes: utf8(String.fromCharCode(unit)), length: UNIT }
}

/** Half a surrogate pair becomes U+FFFD. */
const utf8 = (text: string) => new TextEncoder().encode(text)

function unitAt(bytes: Buffer, at: number): number | undefined {
  const digits = bytes.toString('latin1', at + 2, at + UNIT)
  if (digits.length < 4) return undefined
  if (!DIGITS.test(digits)) throw new SyntaxError(`\\u${digits} is no escape sequence`)
  return Number.parseInt(digits, 16)
}

/** The second half of a surrogate pair; undefined: something else follows. */
function secondUnit(bytes: Buffer, at: number): number | 'to come' | undefined {
  if (bytes[at] === undefined) return 'to come'
  if (bytes[at] !== BACKSLASH) return undefined
  if (bytes[at + 1] === undefined) return 'to come'
  if (bytes[at + 1] !== U) return undefined
  const unit = unitAt(bytes, at)
  if (unit === undefined) return 'to come'
  return unit >= 0xdc00 && unit < 0xe000 ? unit : undefined
}
