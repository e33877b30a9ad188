/**
 * How a number is written. Open vSwitch has several ways, each field its own: C's `%u`, `%#x` (zero without `0x`), `0x%x`, `0x%04x`,
 * and, in masks of MPLS, `%x`. A positive notation is `0x` and at least so many digits.
 */
export type Notation = number
export const DECIMAL = 0
/** `%#x` */
export const HEX = -1
/** `%x`: no prefix. */
export const BARE = -2
/** `0x%x` */
export const PREFIXED = 1

export function showNumber(value: number | bigint, notation: Notation): string {
  if (notation === DECIMAL) return String(value)
  const digits = value.toString(16)
  if (notation === BARE) return digits
  if (notation === HEX) return digits === '0' ? digits : `0x${digits}`
  return `0x${digits.padStart(notation, '0')}`
}

/** A number as it was found in a line. */
export interface Numeral {
  /** How many hexadecimal digits it has; 0: it is decimal. */
  digits: number
  /** Its first hexadecimal digit is 0. */
  padded: boolean
  zero: boolean
}

/** Whether the notation writes a number just as it was found. */
export function writes(notation: Notation, { digits, padded, zero }: Numeral): boolean {
  if (digits === 0) return notation === DECIMAL || (zero && notation === HEX)
  if (notation === DECIMAL || notation === BARE) return false
  if (notation === HEX) return !padded
  return padded ? digits === notation : digits >= notation
}

/** A notation that writes a number just as it was found. */
export function notationOf({ digits, padded }: Numeral): Notation {
  return digits === 0 ? DECIMAL : padded ? digits : PREFIXED
}
