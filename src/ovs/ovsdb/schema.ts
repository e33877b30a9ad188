import { NicsteerError } from '../../base/errors.js'
import type { Column, Table } from './table.js'

/** What of a database's schema matters to us (RFC 7047 section 3.2). */
export interface DatabaseSchema {
  name: string
  version: string
  tables: Readonly<Record<string, { columns: Readonly<Record<string, { type: ColumnType }>> }>>
}
type ColumnType = string | { key: unknown; value?: unknown; max?: number | 'unlimited' }

/**
 * The part of a table that this server has: columns of newer schemas are left out.
 * @throws NicsteerError OVSDB_SCHEMA: it lacks the table or a column, or keeps something else there
 */
export function knownTo<T extends Table>(schema: DatabaseSchema, table: T): T {
  const columns = schema.tables[table.name]?.columns
  const refuse = (what: string) =>
    new NicsteerError('OVSDB_SCHEMA', `${schema.name} ${schema.version} ${what}`, {
      hint: 'see docs/limitations.md for versions',
    })
  if (columns === undefined) throw refuse(`has no table ${table.name}`)
  const present = Object.entries(table.columns).filter(([name, column]) => {
    const there = columns[name]
    if (there === undefined && column.since === undefined) throw refuse(`has no column ${table.name}.${name}`)
    if (there !== undefined && !holds(there.type, column)) throw refuse(`has something else in ${table.name}.${name}`)
    return there !== undefined
  })
  return { ...table, columns: Object.fromEntries(present) }
}

/** Maps and sets have to be of more than one element: monitors write differences of those only. */
function holds(type: ColumnType, column: Column): boolean {
  const [isMap, many] =
    typeof type === 'string'
      ? [false, false]
      : [type.value !== undefined, type.max === 'unlimited' || (type.max ?? 1) > 1]
  return isMap === (column.kind === 'map') && many === (column.kind === 'map' || column.kind === 'set')
}
