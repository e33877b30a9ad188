import type { Spec, Table } from './grammar.js'
import { DECIMAL, HEX, type Notation } from './numeral.js'

/** What items of a table can be: `name=content`, where nothing else is said. */

/** As much as fits so many bits. */
export const BITS8 = 0xff
export const BITS16 = 0xffff
export const BITS32 = 0xffff_ffff

export const number = (max: number, as: Notation = DECIMAL) =>
  ({ kind: 'number', form: '=', max, as, mask: undefined }) as const
export const wide = (bits: number, as: Notation = HEX) =>
  ({ kind: 'wide', form: '=', bits, as, mask: undefined }) as const
export const mac = { kind: 'mac', form: '=', mask: false } as const
export const ip4 = { kind: 'ip4', form: '=', mask: false } as const
export const ip6 = { kind: 'ip6', form: '=', mask: false } as const
export const word = { kind: 'word', form: '=' } as const
export const text = { kind: 'text', form: '=' } as const
export const port = { kind: 'port', form: '=' } as const
export const flags = (max: number) => ({ kind: 'flags', form: '=', max }) as const
export const list = <T extends Table>(table: T) => ({ kind: 'list', form: '(', table }) as const
/** `{…}{…}` */
export const groups = <T extends Table>(table: T) => ({ kind: 'groups', form: '(', table }) as const
/** Actions in parentheses. */
export const nested = { kind: 'actions', form: '(' } as const
/** The name alone. */
export const bare = { kind: 'nothing', form: '' } as const

/** A spec with some of it changed. */
type With<S, P> = Omit<S, keyof P> & P
const change = <S, const P extends object>(spec: S, changes: P) => ({ ...spec, ...changes }) as unknown as With<S, P>

export const inParens = <S extends Spec>(spec: S) => change(spec, { form: '(' })
export const afterColon = <S extends Spec>(spec: S) => change(spec, { form: ':' })
/** With or without its parentheses. */
export const maybeInParens = <S extends Spec>(spec: S) => change(spec, { form: '(?' })
/** Where there is no name. */
export const unnamed = <S extends Spec>(spec: S) => change(spec, { form: '' })

type Numbers = Extract<Spec, { as: Notation }>
/** A number with a mask. */
export const masked = <S extends Numbers>(spec: S, mask: Notation = HEX) => change(spec, { mask })
/** An address with a mask. */
export const maskedAddress = <S extends Extract<Spec, { mask: boolean }>>(spec: S) => change(spec, { mask: true })
/** A number that may be missing. */
export const maybeNumber = <S extends Spec & { kind: 'number' }>(spec: S) => change(spec, { kind: 'maybeNumber' })
export const maybeWide = <S extends Spec & { kind: 'wide' }>(spec: S) => change(spec, { kind: 'maybeWide' })
