import { NicsteerError } from '../../base/errors.js'

/** Tables as we know them: from one description come the type of a row, what is asked for, and how it is read and written. */

export type Uuid = string

interface Atoms {
  string: string
  integer: number
  boolean: boolean
  uuid: Uuid
}
export type AtomType = keyof Atoms
type Atom = Atoms[AtomType]

/** What a column holds: exactly one value, at most one, any number, or pairs (RFC 7047 section 3.2, `<type>`). */
export type Column = { kind: 'one' | 'maybe' | 'set'; atom: AtomType; since?: string } | { kind: 'map'; since?: string }

type ValueOf<C extends Column> = C extends { kind: 'one'; atom: infer A extends AtomType }
  ? Atoms[A]
  : C extends { kind: 'maybe'; atom: infer A extends AtomType }
    ? Atoms[A] | undefined
    : C extends { kind: 'set'; atom: infer A extends AtomType }
      ? readonly Atoms[A][]
      : ReadonlyMap<string, string>

export type Columns = Readonly<Record<string, Column>>

export interface Table<C extends Columns = Columns> {
  name: string
  columns: C
}

export type RowOf<T extends Table> = { readonly [K in keyof T['columns']]: ValueOf<T['columns'][K]> }
export type Row = Readonly<Record<string, unknown>>

export const one = <A extends AtomType>(atom: A) => ({ kind: 'one', atom }) as const
export const maybe = <A extends AtomType>(atom: A) => ({ kind: 'maybe', atom }) as const
export const set = <A extends AtomType>(atom: A) => ({ kind: 'set', atom }) as const
/** Pairs of strings; all maps of Open vSwitch and OVN that we read are. */
export const map = { kind: 'map' } as const
/** A column that older schemas don't have: there it reads as empty. */
export const since = <C extends Column>(version: string, column: C) => ({ ...column, since: version })

export function table<const C extends Columns>(name: string, columns: C): Table<C> {
  return { name, columns }
}

/** @throws NicsteerError OVSDB_PROTOCOL: it is not what the column holds */
export function decodeValue(column: Column, json: unknown, where: string): unknown {
  const wrong = () =>
    new NicsteerError('OVSDB_PROTOCOL', `${where}: ${JSON.stringify(json)?.slice(0, 80)} is no ${column.kind} value`)
  if (column.kind === 'map') {
    const pairs = tagged(json, 'map')
    if (pairs === undefined) throw wrong()
    return new Map(pairs.map((pair) => pairOf(pair, wrong)))
  }
  // RFC 7047 section 5.1: a set of exactly one value may be written as the value.
  const atoms = (tagged(json, 'set') ?? [json]).map((atom) => decodeAtom(column.atom, atom, wrong))
  if (column.kind === 'set') return atoms
  if (atoms.length > 1 || (column.kind === 'one' && atoms.length === 0)) throw wrong()
  return atoms[0]
}

/** How RFC 7047 section 5.1 writes a value. */
export function encodeValue(column: Column, value: unknown): unknown {
  if (column.kind === 'map') return ['map', [...(value as ReadonlyMap<string, string>)]]
  if (column.kind === 'one') return encodeAtom(column.atom, value)
  const atoms = column.kind === 'set' ? (value as readonly unknown[]) : value === undefined ? [] : [value]
  return ['set', atoms.map((atom) => encodeAtom(column.atom, atom))]
}

/** What a column holds that nobody has written to. */
export function defaultValue(column: Column): unknown {
  if (column.kind === 'map') return new Map()
  if (column.kind === 'set') return []
  if (column.kind === 'maybe') return undefined
  const defaults: Atoms = { string: '', integer: 0, boolean: false, uuid: '00000000-0000-0000-0000-000000000000' }
  return defaults[column.atom]
}

/** A whole row; columns that are not in it have their defaults, as update2 leaves those out. */
export function decodeRow({ name, columns }: Table, json: Row): Row {
  return Object.fromEntries(
    Object.entries(columns).map(([key, column]) => [
      key,
      key in json ? decodeValue(column, json[key], `${name}.${key}`) : defaultValue(column),
    ]),
  )
}

export function encodeRow({ columns }: Table, row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) => {
      const column = columns[key]
      return column === undefined ? [] : [[key, encodeValue(column, value)]]
    }),
  )
}

function tagged(json: unknown, tag: string): unknown[] | undefined {
  return Array.isArray(json) && json[0] === tag && Array.isArray(json[1]) ? json[1] : undefined
}

function pairOf(json: unknown, wrong: () => Error): [string, string] {
  if (!Array.isArray(json) || typeof json[0] !== 'string' || typeof json[1] !== 'string') throw wrong()
  return [json[0], json[1]]
}

function decodeAtom(atom: AtomType, json: unknown, wrong: () => Error): Atom {
  if (atom === 'uuid') {
    if (Array.isArray(json) && json[0] === 'uuid' && typeof json[1] === 'string') return json[1]
  } else if (atom === 'integer' ? Number.isInteger(json) : typeof json === atom) return json as Atom
  throw wrong()
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** A UUID that isn't one is the name that an insert of the same transaction gives its row. */
function encodeAtom(atom: AtomType, value: unknown): unknown {
  if (atom !== 'uuid') return value
  return [UUID.test(String(value)) ? 'uuid' : 'named-uuid', value]
}
