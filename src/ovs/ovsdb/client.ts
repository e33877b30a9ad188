import { NicsteerError } from '../../base/errors.js'
import { type OvsdbAddress, parseAddresses } from './address.js'
import { JsonRpcConnection, type TlsFiles } from './connection.js'
import { Monitor, type Watched } from './monitor.js'
import { type Condition, type Operation, select, where } from './operation.js'
import { refusalIn } from './refusal.js'
import { type DatabaseSchema, knownTo } from './schema.js'
import { decodeRow, maybe, one, type Row, type RowOf, type Table, table, type Uuid } from './table.js'

export interface OvsdbOptions {
  /** How long to wait for a connection, and for each answer; 10 where missing. */
  seconds?: number
  /** Needed with `ssl:`. */
  tls?: TlsFiles | undefined
}

export type Found<T extends Table> = RowOf<T> & { readonly uuid: Uuid }

/** Rows of a table: all, or those for which all conditions of one of the lists hold. A row that two lists choose comes twice. */
export interface Question {
  table: Table
  anyOf?: readonly (readonly Condition[])[]
}

/** ovsdb-server's database about itself (ovsdb-server(5)); servers before 2.9 have none. */
const SERVER = '_Server'
const DATABASE = table('Database', {
  name: one('string'),
  model: one('string'),
  connected: one('boolean'),
  leader: one('boolean'),
  sid: maybe('uuid'),
})

/** A connection to one database of an OVSDB server. */
export class Ovsdb implements Disposable {
  readonly schema: DatabaseSchema
  readonly #connection: JsonRpcConnection

  /**
   * Connects to the first server that answers and has the database. Of a cluster its leader is preferred: followers may be behind.
   * @param addresses as `ovn-remote` has them: separated by commas
   * @throws NicsteerError OVSDB_BAD_ADDRESS, OVSDB_UNREACHABLE, OVSDB_NO_DATABASE, OVSDB_NO_TLS, OVSDB_TIMEOUT
   */
  static async connect(addresses: string, database: string, { seconds = 10, tls }: OvsdbOptions = {}): Promise<Ovsdb> {
    const failures: NicsteerError[] = []
    let follower: JsonRpcConnection | undefined
    for (const address of parseAddresses(addresses)) {
      const connection = await attempt(address, database, { seconds, tls }, failures)
      if (connection === undefined) continue
      if (connection.leads) {
        follower?.[Symbol.dispose]()
        return Ovsdb.#on(connection.to, database)
      }
      if (follower === undefined) follower = connection.to
      else connection.to[Symbol.dispose]()
    }
    if (follower !== undefined) return Ovsdb.#on(follower, database)
    const [first, ...others] = failures
    if (first === undefined || others.length === 0) throw first ?? new Error('no address')
    throw new NicsteerError('OVSDB_UNREACHABLE', failures.map(({ message }) => message).join('; '), {
      hint: first.hint ?? '',
    })
  }

  static async #on(connection: JsonRpcConnection, database: string): Promise<Ovsdb> {
    try {
      return new Ovsdb(connection, (await connection.request('get_schema', [database])) as DatabaseSchema)
    } catch (error) {
      connection[Symbol.dispose]()
      throw error
    }
  }

  private constructor(connection: JsonRpcConnection, schema: DatabaseSchema) {
    this.#connection = connection
    this.schema = schema
  }

  get address(): string {
    return this.#connection.address
  }

  /** Rows of a table: all of them, or those for which every condition holds. */
  async select<T extends Table>(of: T, conditions: readonly Condition[] = []): Promise<Found<T>[]> {
    const { rows } = await this.selectAll({ rows: { table: of, anyOf: [conditions] } })
    return rows
  }

  /** Rows of several questions, all as of one moment: one transaction. */
  async selectAll<Q extends Readonly<Record<string, Question>>>(
    questions: Q,
  ): Promise<{ [K in keyof Q]: Found<Q[K]['table']>[] }> {
    const asked = Object.entries(questions).flatMap(([name, { table, anyOf }]) => {
      const known = knownTo(this.schema, table)
      return (anyOf ?? [[]]).map((conditions) => ({
        name,
        operation: select(known, conditions, Object.keys(known.columns)),
      }))
    })
    const results = asked.length === 0 ? [] : await this.transact(asked.map(({ operation }) => operation))
    const rows = Object.fromEntries(
      Object.entries(questions).map(([name, { table }]) => [
        name,
        asked.flatMap((one, index) => (one.name === name ? rowsIn(table, results[index]) : [])),
      ]),
    )
    return rows as { [K in keyof Q]: Found<Q[K]['table']>[] }
  }

  /**
   * All operations, or none. With `wait` among them the server may take its time: give the client more of it.
   * @returns a result for each operation, as RFC 7047 section 5.2 describes
   * @throws OvsdbRefusal; NicsteerError OVSDB_TIMEOUT, OVSDB_CLOSED
   */
  async transact(operations: readonly Operation[]): Promise<Row[]> {
    return transact(this.#connection, this.schema.name, operations)
  }

  /** Rows of several tables, kept up to date by what the server tells. */
  monitor<W extends Watched>(watched: W): Promise<Monitor<W>> {
    return Monitor.start(this.#connection, this.schema, watched)
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}

async function transact(
  connection: JsonRpcConnection,
  database: string,
  operations: readonly Operation[],
): Promise<Row[]> {
  const results = (await connection.request('transact', [database, ...operations])) as (Row | null)[]
  // One more result than operations: the commit itself failed (RFC 7047 section 4.1.3).
  for (const [index, result] of results.entries()) {
    if (result?.error === undefined) continue
    const refusal = refusalIn(`${connection.address} refused ${operations[index]?.op ?? 'the commit'}`, result)
    if (refusal !== undefined) throw refusal
  }
  return results.map((result) => result ?? {})
}

async function attempt(
  address: OvsdbAddress,
  database: string,
  options: { seconds: number; tls: TlsFiles | undefined },
  failures: NicsteerError[],
): Promise<{ to: JsonRpcConnection; leads: boolean } | undefined> {
  let to: JsonRpcConnection | undefined
  try {
    to = await JsonRpcConnection.open(address, options)
    return { to, leads: await leads(to, database) }
  } catch (error) {
    to?.[Symbol.dispose]()
    if (!(error instanceof NicsteerError)) throw error
    failures.push(error)
    return undefined
  }
}

/** False for a member of a cluster that only follows. @throws NicsteerError OVSDB_NO_DATABASE */
async function leads(connection: JsonRpcConnection, database: string): Promise<boolean> {
  const databases = (await connection.request('list_dbs', [])) as string[]
  const refuse = (what: string) =>
    new NicsteerError('OVSDB_NO_DATABASE', `${connection.address} ${what}`, { hint: `it has: ${databases.join(', ')}` })
  if (!databases.includes(database)) throw refuse(`has no database ${database}`)
  if (!databases.includes(SERVER)) return true
  const question = select(DATABASE, [where(DATABASE, 'name', '==', database)], Object.keys(DATABASE.columns))
  const [about] = rowsIn(DATABASE, (await transact(connection, SERVER, [question]))[0])
  if (about?.model !== 'clustered') return true
  if (!about.connected) throw refuse(`is cut off from the cluster of ${database}`)
  return about.leader
}

function rowsIn<T extends Table>(of: T, result: Row | undefined): Found<T>[] {
  const rows = Array.isArray(result?.rows) ? (result.rows as Row[]) : []
  return rows.map((json) => ({ ...(decodeRow(of, json) as RowOf<T>), uuid: uuidOf(json) }))
}

function uuidOf({ _uuid }: Row): Uuid {
  if (Array.isArray(_uuid) && typeof _uuid[1] === 'string') return _uuid[1]
  throw new NicsteerError('OVSDB_PROTOCOL', 'a row without _uuid')
}
