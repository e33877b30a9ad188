import { BAR, CLOSE_BRACKET, COLON, DOT, isDigit, MINUS, OPEN_BRACKET, PLUS } from './characters.js'
import type { Flag, FlagNames, Item, NatRange } from './grammar.js'
import { readNumber, showNumbered } from './numbers.js'
import { DECIMAL, HEX, showNumber, writes } from './numeral.js'
import type { Scanner } from './scanner.js'
import { BITS16, BITS32 } from './specs.js'

/** Values that are neither numbers nor addresses: each read and printed here. */

const PORT_NUMBER = /^(?:0|[1-9]\d{0,9})$/
const PERCENTAGE = /(?:0|[1-9]\d{0,2})\.\d(?=%)/y
const SECONDS = /never|-?(?:0|[1-9]\d{0,11})(?:\.\d{1,3})?(?=s)/y

/** A port by its number or by its name. In parentheses a name may have a comma, and a number a mask. */
export function readPort(s: Scanner, name: string, inParens: boolean): Item {
  const from = s.at
  const isName = !isDigit(s.here)
  const text = inParens ? s.inParens('a port') : s.plain('a port')
  if (isName) return { name, port: text, mask: undefined }
  // No network device has a slash in its name (dev_valid_name() in net/core/dev.c).
  const slash = inParens ? text.indexOf('/') : -1
  const head = slash === -1 ? text : text.slice(0, slash)
  if (!PORT_NUMBER.test(head) || Number(head) > BITS32) return { name, port: text, mask: undefined }
  if (slash === -1) return { name, port: Number(head), mask: undefined }
  s.at = from + slash + 1
  const mask = s.number(BITS32)
  if (!writes(HEX, s)) throw s.fail('a hexadecimal mask', from + slash + 1)
  return { name, port: Number(head), mask }
}

export function showPort(item: Item): string {
  const { port, mask } = item as { port?: number | string; mask?: number }
  return mask === undefined ? String(port) : `${port}/${showNumber(mask, HEX)}`
}

/** Bits, `+trk-new` or `new|trk`: format_flags(), format_flags_masked() of lib/flow.c. */
export function readFlags(s: Scanner, name: string, max: number): Item {
  const first = s.here
  if (isDigit(first)) return readNumber(s, name, flagBits(max))
  const signed = first === PLUS || first === MINUS
  const flags: Flag[] = []
  let on = true
  for (;;) {
    if (signed) {
      on = s.here === PLUS
      s.at += 1
    }
    flags.push({ flag: s.flag(), on })
    const next = s.here
    if (signed ? next !== PLUS && next !== MINUS : next !== BAR) return { name, flags, signed }
    if (!signed) s.at += 1
  }
}

export function showFlags(item: Item, max: number): string {
  if (!('flags' in item)) return showNumbered(item, flagBits(max))
  const { flags, signed } = item as unknown as FlagNames
  if (!signed) return flags.map(({ flag }) => flag).join('|')
  return flags.map(({ flag, on }) => (on ? `+${flag}` : `-${flag}`)).join('')
}

const flagBits = (max: number) => ({ kind: 'number', form: '', max, as: HEX, mask: HEX }) as const

/** format_odp_ct_nat(): an IPv6 address is in brackets where a port follows. */
export function readNat(s: Scanner, name: string): Item {
  const inBrackets = s.here === OPEN_BRACKET
  const read = inBrackets ? () => bracketed(s) : beginsIp4(s) ? () => s.ip4() : () => s.ip6()
  const address = read()
  const lastAddress = s.skip(MINUS) ? read() : undefined
  if (inBrackets && s.here !== COLON) throw s.fail('":" and a port')
  if (!s.skip(COLON)) return { name, address, lastAddress, port: undefined, lastPort: undefined }
  const port = readDecimal(s)
  return { name, address, lastAddress, port, lastPort: s.skip(MINUS) ? readDecimal(s) : undefined }
}

export function showNat(item: Item): string {
  const { address = '', lastAddress, port, lastPort } = item as NatRange
  const shown = (ip: string) => (port !== undefined && ip.includes(':') ? `[${ip}]` : ip)
  const addresses = shown(address) + (lastAddress === undefined ? '' : `-${shown(lastAddress)}`)
  if (port === undefined) return addresses
  return `${addresses}:${port}${lastPort === undefined ? '' : `-${lastPort}`}`
}

function bracketed(s: Scanner): string {
  s.expect(OPEN_BRACKET)
  const address = s.ip6()
  s.expect(CLOSE_BRACKET)
  return address
}

function beginsIp4(s: Scanner): boolean {
  let digits = 0
  while (isDigit(s.codeAt(s.at + digits))) digits += 1
  return s.codeAt(s.at + digits) === DOT
}

function readDecimal(s: Scanner): number {
  const at = s.at
  const value = s.number(BITS16)
  if (!writes(DECIMAL, s)) throw s.fail('a decimal number', at)
  return value
}

/** `50.0%` */
export function readPercent(s: Scanner, name: string): Item {
  const value = Number(s.matching(PERCENTAGE, 'a percentage with one decimal'))
  s.at += 1
  return { name, value }
}

export function showPercent(item: Item): string {
  return `${Number(item.value).toFixed(1)}%`
}

/** `1.230s` or `never`: dpif_flow_stats_format() of lib/dpif.c. Few enough digits for a double to give them back. */
export function readSeconds(s: Scanner, name: string): Item {
  const from = s.at
  const text = s.matching(SECONDS, 'seconds, or "never"')
  if (text === 'never') return { name, seconds: undefined, decimals: 3 }
  s.at += 1
  const dot = text.indexOf('.')
  const seconds = Number(text)
  if (Object.is(seconds, -0)) throw s.fail('seconds, or "never"', from)
  return { name, seconds, decimals: dot === -1 ? 0 : text.length - dot - 1 }
}

export function showSeconds(item: Item): string {
  const { seconds, decimals } = item as { seconds?: number; decimals?: number }
  return seconds === undefined ? 'never' : `${seconds.toFixed(decimals)}s`
}
