import { type Column, decodeValue, type Row, type Table } from './table.js'

/**
 * A row after an update2 `modify`: the message has columns that changed, single values as they are now, sets and maps as the difference to
 * what they were (ovsdb-server(7), "Update2").
 */
export function applyDifference({ name, columns }: Table, row: Row, json: Row): Row {
  const changed = Object.entries(json).flatMap(([key, value]) => {
    const column = columns[key]
    return column === undefined
      ? []
      : [[key, changedValue(column, row[key], decodeValue(column, value, `${name}.${key}`))]]
  })
  return { ...row, ...Object.fromEntries(changed) }
}

function changedValue(column: Column, before: unknown, difference: unknown): unknown {
  if (column.kind === 'map') return changedMap(before as Map<string, string>, difference as Map<string, string>)
  if (column.kind === 'set') return changedSet(before as unknown[], difference as unknown[])
  return difference
}

/** What is in one of the two only. */
function changedSet(before: readonly unknown[], difference: readonly unknown[]): unknown[] {
  return [...before.filter((one) => !difference.includes(one)), ...difference.filter((one) => !before.includes(one))]
}

/** A pair that was there goes; a key with another value has it from now on; another key is new. */
function changedMap(before: ReadonlyMap<string, string>, difference: ReadonlyMap<string, string>): Map<string, string> {
  const after = new Map(before)
  for (const [key, value] of difference) {
    if (before.get(key) === value) after.delete(key)
    else after.set(key, value)
  }
  return after
}
