import { isIPv6 } from 'node:net'
import { endianness } from 'node:os'
import * as c from './characters.js'
import { DumpFlowsError } from './error.js'
import type { Numeral } from './numeral.js'

/** Brackets in brackets: no real line comes near it, and the stack must hold. */
const DEEPEST = 64
/** inet_ntop() never needs more: INET6_ADDRSTRLEN. */
const LONGEST_IPV6 = 45

/** A shape of hexadecimal digits and other characters. */
const shapeOf = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0))
const [HEX_DIGIT] = shapeOf('h')
const MAC = shapeOf('hh:hh:hh:hh:hh:hh')
const UUID = shapeOf('hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh')

/**
 * The characters of the line that is being read, and a 0 behind them. An array is read several times as fast as a string is, and one for
 * all lines will do: a line is read in one go.
 */
let codes = new Uint16Array(0x1000)
let bytes = Buffer.from(codes.buffer)
const SWAPPED = endianness() === 'BE'

function codesOf(text: string): Uint16Array {
  const { length } = text
  if (length >= codes.length) {
    codes = new Uint16Array(2 * length)
    bytes = Buffer.from(codes.buffer)
  }
  bytes.write(text, 'utf16le')
  if (SWAPPED) bytes.subarray(0, 2 * length).swap16()
  codes[length] = 0
  return codes
}

/** Reads a line from left to right. What it cannot read is a {@link DumpFlowsError} at the place where it stands. */
export class Scanner implements Numeral {
  readonly text: string
  /** Its characters, and 0 where it ends. Valid until the next scanner is made. */
  readonly codes: Uint16Array
  at = 0
  /** Of the number that was read last: see {@link Numeral}. */
  digits = 0
  padded = false
  zero = false
  #depth = 0

  constructor(text: string) {
    this.text = text
    this.codes = codesOf(text)
  }

  get ended(): boolean {
    return this.at >= this.text.length
  }

  /** The character that stands there; 0 at the end. */
  codeAt(at: number): number {
    return this.codes[at] as number
  }

  /** The character here. */
  get here(): number {
    return this.codes[this.at] as number
  }

  fail(expected: string, at = this.at): DumpFlowsError {
    return new DumpFlowsError(this.text, at, expected)
  }

  /** Steps over one character. */
  expect(code: number): void {
    if (!this.skip(code)) throw this.fail(JSON.stringify(String.fromCharCode(code)))
  }

  /** Steps over a character if it is there. */
  skip(code: number): boolean {
    if (this.here !== code) return false
    this.at += 1
    return true
  }

  enter(): void {
    this.#depth += 1
    if (this.#depth > DEEPEST) throw this.fail(`no more than ${DEEPEST} brackets in brackets`)
  }

  leave(): void {
    this.#depth -= 1
  }

  /** Where the word ends that begins at `from`: letters, digits, `_`, `-` and `.`. */
  wordEnd(from = this.at): number {
    let at = from
    while (c.IN_WORD[this.codeAt(at)] === 1) at += 1
    return at
  }

  /** A number that fits a double exactly. */
  number(max: number): number {
    const from = this.at
    const first = this.#digits()
    let value = 0
    if (this.digits > 0) for (let at = first; at < this.at; at += 1) value = value * 16 + c.hexValue(this.codeAt(at))
    else for (let at = first; at < this.at; at += 1) value = value * 10 + this.codeAt(at) - c.ZERO
    if (value > max) throw this.fail(`a number of 0 to ${max}`, from)
    this.zero = value === 0
    return value
  }

  /** A number of up to so many bits. */
  wide(bits: number): bigint {
    const from = this.at
    const first = this.#digits()
    const length = this.at - first
    // A decimal number of 64 bits has 20 digits at most; nothing wider is decimal.
    const tooLong = this.digits > 0 ? length * 4 > bits : length > 20
    const value = tooLong ? undefined : bigint(this.text.slice(from, this.at))
    if (value === undefined || (length === 20 && value >> BigInt(bits) !== 0n)) {
      throw this.fail(`a number of up to ${bits} bits`, from)
    }
    this.zero = value === 0n
    return value
  }

  /** `%x`: hexadecimal without a prefix. */
  bareHex(max: number): number {
    const from = this.at
    while (c.isHexDigit(this.here)) this.at += 1
    const value = Number.parseInt(this.text.slice(from, this.at), 16)
    const padded = this.at - from > 1 && this.codeAt(from) === c.ZERO
    if (this.at === from || padded || value > max) throw this.fail(`a bare hexadecimal number of 0 to ${max}`, from)
    return value
  }

  mac(): string {
    return this.#shaped(MAC, 'a MAC address')
  }

  uuid(): string {
    return this.#shaped(UUID, 'a UUID')
  }

  ip4(): string {
    let at = this.at
    for (let part = 0; part < 4; part += 1) {
      if (part > 0 && this.codeAt(at++) !== c.DOT) throw this.fail('an IPv4 address')
      const first = at
      let value = 0
      for (; c.isDigit(this.codeAt(at)); at += 1) value = value * 10 + this.codeAt(at) - c.ZERO
      const padded = at - first > 1 && this.codeAt(first) === c.ZERO
      if (at === first || value > 255 || padded) throw this.fail('an IPv4 address')
    }
    const address = this.text.slice(this.at, at)
    this.at = at
    return address
  }

  ip6(): string {
    const address = this.#while(c.IN_IPV6)
    if (address.length > LONGEST_IPV6 || !isIPv6(address)) throw this.fail('an IPv6 address', this.at - address.length)
    return address
  }

  flag(): string {
    const flag = this.#while(c.IN_FLAG)
    if (flag === '') throw this.fail('a flag')
    return flag
  }

  /** Text up to a comma or a bracket. */
  plain(expected: string): string {
    return this.#upTo(c.ENDS_PLAIN, expected)
  }

  /** Text up to a closing parenthesis. */
  inParens(expected: string): string {
    return this.#upTo(c.ENDS_IN_PARENS, expected)
  }

  /** Text in which all brackets match, up to a comma, a closing bracket or the end; commas in brackets belong to it. */
  balanced(expected: string): string {
    const { text } = this
    const from = this.at
    const open: number[] = []
    let at = from
    for (; at < text.length; at += 1) {
      const code = this.codeAt(at)
      if (code === c.OPEN || code === c.OPEN_BRACE) open.push(code === c.OPEN ? c.CLOSE : c.CLOSE_BRACE)
      else if (code === c.CLOSE || code === c.CLOSE_BRACE) {
        if (open.length === 0) break
        if (open.pop() !== code) throw this.fail('brackets that match', at)
      } else if (code === c.COMMA && open.length === 0) break
      else if (c.isControl(code)) throw this.fail('printable text', at)
    }
    const missing = open.at(-1)
    if (missing !== undefined) throw this.fail(JSON.stringify(String.fromCharCode(missing)), at)
    if (at === from) throw this.fail(expected)
    this.at = at
    return text.slice(from, at)
  }

  /** @param pattern with the flag `y` */
  matching(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found === undefined) throw this.fail(expected)
    this.at += found.length
    return found
  }

  /** Steps over a number. @returns where its digits begin, behind `0x` */
  #digits(): number {
    const from = this.at
    const hexadecimal = this.here === c.ZERO && this.codeAt(from + 1) === c.X
    const first = hexadecimal ? from + 2 : from
    let at = first
    if (hexadecimal) while (c.isHexDigit(this.codeAt(at))) at += 1
    else while (c.isDigit(this.codeAt(at))) at += 1
    const leadingZero = this.codeAt(first) === c.ZERO
    if (at === first) throw this.fail(hexadecimal ? 'a hexadecimal number' : 'a number')
    if (!hexadecimal && leadingZero && at - first > 1) throw this.fail('a number without leading zeros')
    this.digits = hexadecimal ? at - first : 0
    this.padded = hexadecimal && leadingZero
    this.at = at
    return first
  }

  #shaped(shape: Uint8Array, expected: string): string {
    const from = this.at
    for (let at = 0; at < shape.length; at += 1) {
      const code = this.codeAt(from + at)
      if (shape[at] === HEX_DIGIT ? !c.isHexDigit(code) : shape[at] !== code) throw this.fail(expected)
    }
    this.at = from + shape.length
    return this.text.slice(from, this.at)
  }

  #while(characters: c.CharacterClass): string {
    const from = this.at
    let at = from
    while (characters[this.codeAt(at)] === 1) at += 1
    this.at = at
    return this.text.slice(from, at)
  }

  #upTo(ending: c.CharacterClass, expected: string): string {
    const from = this.at
    let at = from
    while (ending[this.codeAt(at)] === 0) at += 1
    if (at < this.text.length && c.isControl(this.codeAt(at))) throw this.fail('printable text', at)
    if (at === from) throw this.fail(expected)
    this.at = at
    return this.text.slice(from, at)
  }
}

/** Short numbers go by way of a double, which is several times as fast. */
function bigint(digits: string): bigint {
  if (digits === '0') return 0n
  return BigInt(digits.length <= 14 ? Number(digits) : digits)
}
