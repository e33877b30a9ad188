import { encodeRow, encodeValue, type RowOf, type Table, type Uuid } from './table.js'

/** Operations of a transaction, and the conditions that choose rows (RFC 7047 sections 5.1 and 5.2). */

export type Condition = readonly [column: string, test: string, value: unknown]
export type Test = '==' | '!=' | 'includes' | 'excludes' | '<' | '<=' | '>' | '>='
export interface Operation {
  op: string
  [member: string]: unknown
}

type ColumnOf<T extends Table> = keyof T['columns'] & string

/** Of a row with this column; several conditions all have to hold. */
export function where<T extends Table, K extends ColumnOf<T>>(
  { columns }: T,
  column: K,
  test: Test,
  value: RowOf<T>[K],
): Condition {
  return [column, test, encodeValue(columns[column] ?? { kind: 'map' }, value)]
}

/** Of the row with this UUID. */
export function whereUuid(uuid: Uuid): Condition {
  return ['_uuid', '==', ['uuid', uuid]]
}

export function select(table: Table, conditions: readonly Condition[], columns: readonly string[]): Operation {
  return { op: 'select', table: table.name, where: conditions, columns: ['_uuid', ...columns] }
}

/** @param name for other operations of the same transaction, wherever they want the new row's UUID */
export function insert<T extends Table>(table: T, row: Partial<RowOf<T>>, name?: string): Operation {
  return {
    op: 'insert',
    table: table.name,
    row: encodeRow(table, row),
    ...(name !== undefined && { 'uuid-name': name }),
  }
}

export function update<T extends Table>(table: T, conditions: readonly Condition[], row: Partial<RowOf<T>>): Operation {
  return { op: 'update', table: table.name, where: conditions, row: encodeRow(table, row) }
}

/** `delete`, which is a word of the language. */
export function remove(table: Table, conditions: readonly Condition[]): Operation {
  return { op: 'delete', table: table.name, where: conditions }
}

/** Adds to a set or a map. A key that a map already has keeps its value: take it out first, with {@link takeOut}. */
export function putIn<T extends Table, K extends ColumnOf<T>>(
  table: T,
  conditions: readonly Condition[],
  column: K,
  value: RowOf<T>[K],
): Operation {
  const json = encodeValue(table.columns[column] ?? { kind: 'map' }, value)
  return { op: 'mutate', table: table.name, where: conditions, mutations: [[column, 'insert', json]] }
}

/** Takes keys out of a map, or strings out of a set. */
export function takeOut<T extends Table>(
  table: T,
  conditions: readonly Condition[],
  column: ColumnOf<T>,
  keys: readonly string[],
): Operation {
  return { op: 'mutate', table: table.name, where: conditions, mutations: [[column, 'delete', ['set', keys]]] }
}

/**
 * The transaction goes on when the rows chosen have exactly these values (`==`) or others (`!=`).
 * @param seconds how long the server waits for that; then the transaction fails with `timed out`
 */
export function wait<T extends Table>(
  table: T,
  conditions: readonly Condition[],
  until: '==' | '!=',
  rows: readonly Partial<RowOf<T>>[],
  seconds: number,
): Operation {
  return {
    op: 'wait',
    table: table.name,
    where: conditions,
    columns: Object.keys(rows[0] ?? {}),
    until,
    rows: rows.map((row) => encodeRow(table, row)),
    timeout: seconds * 1000,
  }
}
