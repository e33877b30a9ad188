import type { NicsteerError } from '../../base/errors.js'
import type { JsonRpcConnection } from './connection.js'
import { applyDifference } from './difference.js'
import type { Condition } from './operation.js'
import { OvsdbRefusal } from './refusal.js'
import { type DatabaseSchema, knownTo } from './schema.js'
import { decodeRow, type Row, type RowOf, type Table, type Uuid } from './table.js'

/** Tables to be told about, by a name of the caller's; with conditions only rows for which one of them holds (here they are alternatives). */
export type Watched = Readonly<Record<string, { table: Table; where?: readonly Condition[] }>>

/** One row that came, changed or went. `row`: as it is now, or was when it went. */
export type Change<W extends Watched> = {
  [K in keyof W]: {
    table: K
    kind: 'insert' | 'modify' | 'delete'
    uuid: Uuid
    row: RowOf<W[K]['table']>
  }
}[keyof W]

type TableUpdates = Readonly<Record<string, Readonly<Record<Uuid, Readonly<Record<string, Row | null>>>>>>

const FROM_THE_START = '00000000-0000-0000-0000-000000000000'
let monitors = 0

/**
 * Rows as the server has them, and a stream of what changes: iterating gives the changes of one transaction at a time, and ends with the
 * error that ended the connection. Uses monitor_cond_since, with older servers monitor_cond (ovsdb-server(7)).
 */
export class Monitor<W extends Watched> implements Disposable, AsyncIterable<Change<W>[]> {
  readonly #watched: W
  readonly #rows: Map<keyof W, Map<Uuid, Row>>
  readonly #names: ReadonlyMap<string, keyof W>
  readonly #unsubscribe: (() => void)[] = []
  readonly #cancel: () => void
  #batches: Change<W>[][] = []
  #wake: (() => void) | undefined
  #ended: NicsteerError | 'disposed' | undefined

  static async start<W extends Watched>(
    connection: JsonRpcConnection,
    schema: DatabaseSchema,
    watched: W,
  ): Promise<Monitor<W>> {
    monitors += 1
    const id = `nicsteer-${monitors}`
    const requests = Object.fromEntries(
      Object.values(watched).map(({ table, where }) => {
        const columns = Object.keys(knownTo(schema, table).columns)
        return [table.name, [{ columns, ...(where !== undefined && { where }) }]]
      }),
    )
    const monitor = new Monitor(connection, id, watched)
    // What the server tells right after its answer may be here before that answer was dealt with.
    let early: TableUpdates[] | undefined = []
    monitor.#unsubscribe.push(
      connection.onClosed((error) => monitor.#end(error)),
      connection.onNotification((method, params) => {
        if (params[0] !== id) return
        const updates = (
          method === 'update3' ? params[2] : method === 'update2' ? params[1] : undefined
        ) as TableUpdates
        if (updates === undefined) return
        if (early !== undefined) early.push(updates)
        else monitor.#tell(updates)
      }),
    )
    try {
      monitor.#take(await initial(connection, schema.name, id, requests))
    } catch (error) {
      monitor.#end('disposed')
      throw error
    }
    const told = early
    early = undefined
    for (const updates of told) monitor.#tell(updates)
    return monitor
  }

  private constructor(connection: JsonRpcConnection, id: string, watched: W) {
    this.#watched = watched
    this.#names = new Map(Object.entries(watched).map(([name, { table }]) => [table.name, name]))
    this.#rows = new Map(Object.keys(watched).map((name) => [name, new Map()]))
    this.#cancel = () => {
      // Its answer interests nobody; a connection that is closed has no monitors.
      connection.request('monitor_cancel', [id]).catch(() => {})
    }
  }

  /** Rows as of the last change told. */
  rows<K extends keyof W>(name: K): ReadonlyMap<Uuid, RowOf<W[K]['table']>> {
    return this.#rows.get(name) as ReadonlyMap<Uuid, RowOf<W[K]['table']>>
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change<W>[]> {
    for (;;) {
      const batch = this.#batches.shift()
      if (batch !== undefined) yield batch
      else if (this.#ended === 'disposed') return
      else if (this.#ended !== undefined) throw this.#ended
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#ended === undefined) this.#cancel()
    this.#end('disposed')
  }

  #end(why: NicsteerError | 'disposed'): void {
    this.#ended ??= why
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#wake?.()
  }

  #tell(updates: TableUpdates): void {
    const changes = this.#take(updates)
    if (changes.length === 0) return
    this.#batches.push(changes)
    this.#wake?.()
  }

  #take(updates: TableUpdates): Change<W>[] {
    return Object.entries(updates).flatMap(([table, rows]) => {
      const name = this.#names.get(table)
      if (name === undefined) return []
      return Object.entries(rows).flatMap(([uuid, update]) => this.#takeRow(name, uuid, update) ?? [])
    })
  }

  #takeRow(name: keyof W, uuid: Uuid, update: Readonly<Record<string, Row | null>>): Change<W> | undefined {
    const table = (this.#watched[name] as W[keyof W]).table
    const rows = this.#rows.get(name) as Map<Uuid, Row>
    const before = rows.get(uuid)
    const change = (kind: 'insert' | 'modify' | 'delete', row: Row) => ({ table: name, kind, uuid, row }) as Change<W>
    const whole = update.initial ?? update.insert
    if (whole !== undefined && whole !== null) {
      const row = decodeRow(table, whole)
      rows.set(uuid, row)
      return change('insert', row)
    }
    if (before === undefined) return undefined
    if (update.modify !== undefined && update.modify !== null) {
      const row = applyDifference(table, before, update.modify)
      rows.set(uuid, row)
      return change('modify', row)
    }
    rows.delete(uuid)
    return change('delete', before)
  }
}

/** What the tables hold at the start. */
async function initial(
  connection: JsonRpcConnection,
  database: string,
  id: string,
  requests: object,
): Promise<TableUpdates> {
  try {
    const answer = await connection.request('monitor_cond_since', [database, id, requests, FROM_THE_START])
    return (answer as [boolean, Uuid, TableUpdates])[2]
  } catch (error) {
    if (!(error instanceof OvsdbRefusal && error.error === 'unknown method')) throw error
    return (await connection.request('monitor_cond', [database, id, requests])) as TableUpdates
  }
}
