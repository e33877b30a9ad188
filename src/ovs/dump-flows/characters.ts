const code = (character: string) => character.charCodeAt(0)

export const COMMA = code(',')
export const OPEN = code('(')
export const CLOSE = code(')')
export const OPEN_BRACE = code('{')
export const CLOSE_BRACE = code('}')
export const OPEN_BRACKET = code('[')
export const CLOSE_BRACKET = code(']')
export const EQUALS = code('=')
export const SLASH = code('/')
export const COLON = code(':')
export const SPACE = code(' ')
export const MINUS = code('-')
export const PLUS = code('+')
export const BAR = code('|')
export const DOT = code('.')
export const ZERO = code('0')
export const X = code('x')
const NINE = code('9')
const A = code('a')
const F = code('f')
const DELETE = 0x7f

export const isDigit = (c: number) => c >= ZERO && c <= NINE
export const isHexDigit = (c: number) => (c >= ZERO && c <= NINE) || (c >= A && c <= F)
/** @param c a hexadecimal digit */
export const hexValue = (c: number) => (c <= NINE ? c - ZERO : c - A + 10)
export const isControl = (c: number) => c < SPACE || c === DELETE

/** 1 for those of all characters that are in the class. */
export type CharacterClass = Uint8Array

function characterClass(pattern: RegExp): CharacterClass {
  return Uint8Array.from({ length: 0x1_0000 }, (_, c) => Number(c <= DELETE && pattern.test(String.fromCharCode(c))))
}

/** Names: of fields, flags and actions. */
export const IN_WORD = characterClass(/[\w.-]/)
/** Flags; names of unknown bits are in brackets. */
export const IN_FLAG = characterClass(/[\w[\]]/)
export const IN_IPV6 = characterClass(/[\da-f:.]/)
/** What ends a word, or the name of a port. */
export const ENDS_PLAIN = characterClass(/[,(){}\p{Cc}]/u)
/** What ends the name of a port in parentheses. */
export const ENDS_IN_PARENS = characterClass(/[)\p{Cc}]/u)
