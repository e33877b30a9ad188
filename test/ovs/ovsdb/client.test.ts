import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { JsonFraming } from '../../../src/ovs/ovsdb/framing.js'
import {
  insert,
  map,
  Ovsdb,
  one,
  putIn,
  remove,
  set,
  since,
  type Table,
  table,
  takeOut,
  update,
  wait,
  where,
  whereUuid,
} from '../../../src/ovs/ovsdb/index.js'
import { CHASSIS, ENCAP, OPEN_VSWITCH, PORT_BINDING } from '../../../src/ovs/tables.js'
import { createDatabase, OvsdbServer, temporaryFolder } from '../support/ovsdb-server.js'

describe('OVSDB client, with a real ovsdb-server', () => {
  let folder = ''
  let server: OvsdbServer | undefined
  const unix = () => `unix:${join(folder, 'db.sock')}`
  before(async function () {
    folder = temporaryFolder()
    const databases = [
      createDatabase(this, join(folder, 'vswitch.db'), 'vswitch'),
      createDatabase(this, join(folder, 'sb.db'), 'ovn-sb'),
    ]
    server = await OvsdbServer.start({ databases, remotes: [`p${unix()}`, 'ptcp:0:127.0.0.1'] })
  })
  after(() => server?.[Symbol.asyncDispose]())

  it('reads the schema, over unix and tcp', async () => {
    for (const address of [unix(), `tcp:127.0.0.1:${server?.port}`]) {
      using db = await Ovsdb.connect(address, 'OVN_Southbound')
      assert.equal(db.address, address)
      assert.ok(db.schema.tables.Port_Binding?.columns.logical_port)
    }
  })

  it('inserts rows that refer to each other, and reads them typed', async () => {
    using db = await Ovsdb.connect(unix(), 'OVN_Southbound')
    const options = new Map([['csum', 'true']])
    await db.transact([
      insert(ENCAP, { type: 'geneve', ip: '10.0.0.1', chassis_name: 'a', options }, 'first'),
      insert(CHASSIS, { name: 'a', encaps: ['first'], transport_zones: ['z1', 'z2'] }),
    ])
    const [chassis] = await db.select(CHASSIS, [where(CHASSIS, 'name', '==', 'a')])
    const [encap] = await db.select(ENCAP, [whereUuid(chassis?.encaps[0] ?? '')])
    assert.deepEqual(chassis, {
      uuid: chassis?.uuid,
      name: 'a',
      hostname: '',
      encaps: [encap?.uuid],
      other_config: new Map(),
      transport_zones: ['z1', 'z2'],
    })
    assert.deepEqual(encap, { uuid: encap?.uuid, type: 'geneve', ip: '10.0.0.1', chassis_name: 'a', options })
    assert.deepEqual(await db.select(PORT_BINDING), [])
    await db.transact([remove(CHASSIS, [])])
  })

  it('waits for a condition within a transaction, and fails as a whole when it does not come', async () => {
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    await db.transact([insert(OPEN_VSWITCH, { external_ids: new Map([['system-id', 'n1']]) })])
    const [row] = await db.select(OPEN_VSWITCH)
    const here = [whereUuid(row?.uuid ?? '')]
    const put = putIn(OPEN_VSWITCH, here, 'external_ids', new Map([['ovn-encap-ip', '10.0.0.1']]))
    const as = (external_ids: ReadonlyMap<string, string>) => wait(OPEN_VSWITCH, here, '==', [{ external_ids }], 0)
    await assert.rejects(db.transact([as(new Map()), put]), { code: 'OVSDB_REFUSED', error: 'timed out' })
    assert.deepEqual((await db.select(OPEN_VSWITCH))[0]?.external_ids, new Map([['system-id', 'n1']]))
    await db.transact([
      as(row?.external_ids ?? new Map()),
      takeOut(OPEN_VSWITCH, here, 'external_ids', ['system-id']),
      put,
    ])
    assert.deepEqual((await db.select(OPEN_VSWITCH))[0]?.external_ids, new Map([['ovn-encap-ip', '10.0.0.1']]))
    await db.transact([remove(OPEN_VSWITCH, [])])
  })

  it('tells what changes, transaction by transaction', async () => {
    using db = await Ovsdb.connect(unix(), 'OVN_Southbound')
    using writer = await Ovsdb.connect(unix(), 'OVN_Southbound')
    const named = (name: string) => [where(CHASSIS, 'name', '==', name)]
    const encap = (ip: string) => insert(ENCAP, { type: 'geneve', ip, chassis_name: 'm' }, 'e')
    await writer.transact([
      encap('10.0.0.9'),
      insert(CHASSIS, { name: 'm', encaps: ['e'], transport_zones: ['a', 'b'] }),
    ])
    using monitor = await db.monitor({ chassis: { table: CHASSIS, where: named('m') }, encaps: { table: ENCAP } })
    const [uuid = ''] = monitor.rows('chassis').keys()
    assert.deepEqual(monitor.rows('chassis').get(uuid)?.transport_zones, ['a', 'b'])
    assert.equal(monitor.rows('encaps').size, 1)

    const changes = monitor[Symbol.asyncIterator]()
    const next = async () => {
      const { value, done } = await changes.next()
      return done ? [] : value
    }
    await writer.transact([
      update(CHASSIS, named('m'), { hostname: 'host', transport_zones: ['b', 'c'] }),
      putIn(CHASSIS, named('m'), 'other_config', new Map(Object.entries({ x: '1', y: '2' }))),
    ])
    const [modified] = await next()
    assert.equal(modified?.kind, 'modify')
    assert.deepEqual(monitor.rows('chassis').get(uuid)?.transport_zones, ['b', 'c'])
    await writer.transact([update(CHASSIS, named('m'), { other_config: new Map(Object.entries({ y: '3', z: '4' })) })])
    await next()
    const { hostname, other_config } = monitor.rows('chassis').get(uuid) ?? {}
    assert.deepEqual([hostname, other_config], ['host', new Map(Object.entries({ y: '3', z: '4' }))])

    await writer.transact([remove(CHASSIS, named('m'))])
    const gone = await next()
    assert.deepEqual(gone.map(({ kind, table }) => `${kind} ${String(table)}`).sort(), [
      'delete chassis',
      'delete encaps',
    ])
    assert.equal(monitor.rows('chassis').size, 0)
    monitor[Symbol.dispose]()
    assert.deepEqual(await changes.next(), { value: undefined, done: true })
  })

  it('is told the same by a server too old for monitor_cond_since', async () => {
    const old = join(folder, 'old.sock')
    const relay = createServer((socket) => {
      const real = connect(join(folder, 'db.sock'))
      const framing = new JsonFraming()
      real.pipe(socket)
      socket.on('close', () => real.destroy())
      socket.on('data', (data) => {
        for (const message of framing.push(data) as { method?: string; id?: number }[]) {
          const { method, id } = message
          if (method !== 'monitor_cond_since') real.write(JSON.stringify(message))
          else socket.write(JSON.stringify({ id, result: null, error: { error: 'unknown method', details: method } }))
        }
      })
    })
    await new Promise<void>((resolve) => relay.listen(old, resolve))
    {
      using db = await Ovsdb.connect(`unix:${old}`, 'Open_vSwitch')
      using monitor = await db.monitor({ here: { table: OPEN_VSWITCH } })
      assert.equal(monitor.rows('here').size, 0)
      await db.transact([insert(OPEN_VSWITCH, { external_ids: new Map([['system-id', 'n1']]) })])
      for await (const [change] of monitor) {
        assert.deepEqual([change?.kind, change?.row.external_ids], ['insert', new Map([['system-id', 'n1']])])
        break
      }
      await db.transact([remove(OPEN_VSWITCH, [])])
    }
    await new Promise((resolve) => relay.close(resolve))
  })

  it('takes an answer of megabytes', async () => {
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    const big = new Map(Array.from({ length: 20_000 }, (_, n) => [`key ${n}`, `"}{][\\ ü ${'x'.repeat(200)}`]))
    await db.transact([insert(OPEN_VSWITCH, { external_ids: big })])
    assert.deepEqual((await db.select(OPEN_VSWITCH))[0]?.external_ids, big)
    await db.transact([remove(OPEN_VSWITCH, [])])
  })

  it('says what the server refused', async () => {
    using db = await Ovsdb.connect(unix(), 'OVN_Southbound')
    const twice = ['10.0.0.1', '10.0.0.2'].flatMap((ip, n) => [
      insert(ENCAP, { type: 'geneve', ip, chassis_name: 'c' }, `e${n}`),
      insert(CHASSIS, { name: 'c', encaps: [`e${n}`] }),
    ])
    await assert.rejects(db.transact(twice), {
      code: 'OVSDB_REFUSED',
      message: /refused the commit: constraint violation: /,
    })
    await assert.rejects(db.transact([{ op: 'nonsense' }]), { code: 'OVSDB_REFUSED' })
  })

  it('knows what a schema lacks before it asks', async () => {
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    const cases: [of: Table, words: string][] = [
      [table('Fridge', {}), 'has no table Fridge'],
      [table('Bridge', { colour: one('string') }), 'has no column Bridge.colour'],
      [table('Bridge', { name: map }), 'something else in Bridge.name'],
      [table('Bridge', { ports: one('uuid') }), 'something else in Bridge.ports'],
    ]
    for (const [of, words] of cases) {
      await assert.rejects(db.select(of), (error: Error & { code: string }) => {
        return error.code === 'OVSDB_SCHEMA' && error.message.includes(words)
      })
    }
    const newer = table('Open_vSwitch', { next_cfg: one('integer'), colour: since('tomorrow', set('string')) })
    await db.transact([insert(OPEN_VSWITCH, {})])
    const [row] = await db.select(newer)
    assert.deepEqual(row, { uuid: row?.uuid, next_cfg: 0, colour: [] })
    await db.transact([remove(OPEN_VSWITCH, [])])
  })

  it('names every address that it tried', async () => {
    const nowhere = `unix:${join(folder, 'nothing.sock')}`
    await assert.rejects(Ovsdb.connect(nowhere, 'Open_vSwitch'), {
      code: 'OVSDB_UNREACHABLE',
      message: `${nowhere}: ENOENT`,
    })
    await assert.rejects(Ovsdb.connect(`${nowhere},tcp:127.0.0.1:1`, 'Open_vSwitch'), {
      code: 'OVSDB_UNREACHABLE',
      message: /nothing\.sock: ENOENT; tcp:127\.0\.0\.1:1: ECONNREFUSED/,
    })
    using db = await Ovsdb.connect(`${nowhere},${unix()}`, 'Open_vSwitch')
    assert.equal(db.address, unix())
    await assert.rejects(Ovsdb.connect(unix(), 'OVN_Northbound'), { code: 'OVSDB_NO_DATABASE', hint: /OVN_Southbound/ })
  })
})

describe('OVSDB client, with servers that misbehave', () => {
  let listener: Server | undefined
  let path = ''
  const sockets: Socket[] = []
  /** Answers requests as `reply` says; a real server can't be made to fail at will. */
  const listen = (reply: (method: string, id: number, socket: Socket) => void) =>
    new Promise<string>((resolve) => {
      listener = createServer((socket) => {
        sockets.push(socket)
        socket.on('data', (data) => {
          const { method, id } = JSON.parse(data.toString()) as { method: string; id: number }
          reply(method, id, socket)
        })
      }).listen(path, () => resolve(`unix:${path}`))
    })
  const schema = (id: number) => JSON.stringify({ id, error: null, result: { name: 'd', version: '1', tables: {} } })
  const databases = (id: number) => JSON.stringify({ id, error: null, result: ['d'] })
  before(() => {
    path = join(temporaryFolder(), 'fake.sock')
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    listener?.close()
  })

  it('does not wait for ever', async () => {
    const address = await listen(() => {})
    await assert.rejects(Ovsdb.connect(address, 'd', { seconds: 0.05 }), { code: 'OVSDB_TIMEOUT', message: /list_dbs/ })
  })

  it('says that a connection was closed under a request', async () => {
    const address = await listen((_, __, socket) => socket.end())
    await assert.rejects(Ovsdb.connect(address, 'd'), { code: 'OVSDB_CLOSED' })
  })

  it('says that something else listens there', async () => {
    const address = await listen((_, __, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n'))
    await assert.rejects(Ovsdb.connect(address, 'd'), { code: 'OVSDB_PROTOCOL', message: /HTTP/ })
  })

  it('answers an echo', async () => {
    const echoes: unknown[] = []
    const address = await listen((method, id, socket) => {
      if (method === 'list_dbs') socket.write(databases(id))
      else if (method === 'get_schema') socket.write(`{"method":"echo","params":["hello"],"id":"echo"}${schema(id)}`)
      else echoes.push([method, id])
    })
    const answer = new Promise((resolve) => {
      listener?.on('connection', (socket: Socket) => {
        socket.on('data', (data) => {
          const message = JSON.parse(data.toString()) as { id: unknown; result?: unknown }
          if (message.id === 'echo') resolve(message)
        })
      })
    })
    using _db = await Ovsdb.connect(address, 'd')
    assert.deepEqual(await answer, { result: ['hello'], error: null, id: 'echo' })
  })
})

describe('OVSDB client over TLS', () => {
  it('trusts the certificates of its CA and no others', async function () {
    const folder = temporaryFolder()
    const database = createDatabase(this, join(folder, 'db'), 'vswitch')
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    for (const ca of ['ca', 'other']) {
      openssl('req', '-x509', ...key, '-keyout', `${ca}-key.pem`, '-out', `${ca}.pem`, '-subj', `/CN=${ca}`)
    }
    for (const who of ['server', 'client']) {
      openssl('req', ...key, '-keyout', `${who}-key.pem`, '-out', `${who}.csr`, '-subj', `/CN=ovs id:${who}`)
      openssl('x509', '-req', '-in', `${who}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-out', `${who}.pem`)
    }
    const file = (name: string) => join(folder, name)
    await using server = await OvsdbServer.start({
      databases: [database],
      remotes: ['pssl:0:127.0.0.1'],
      options: [
        `--private-key=${file('server-key.pem')}`,
        `--certificate=${file('server.pem')}`,
        `--ca-cert=${file('ca.pem')}`,
      ],
    })
    const tls = { privateKey: file('client-key.pem'), certificate: file('client.pem'), caCert: file('ca.pem') }
    const address = `ssl:127.0.0.1:${server.port}`
    using db = await Ovsdb.connect(address, 'Open_vSwitch', { tls })
    assert.deepEqual(await db.select(OPEN_VSWITCH), [])
    const other = { ...tls, caCert: file('other.pem') }
    await assert.rejects(Ovsdb.connect(address, 'Open_vSwitch', { tls: other }), { code: 'OVSDB_UNREACHABLE' })
    await assert.rejects(Ovsdb.connect(address, 'Open_vSwitch'), { code: 'OVSDB_NO_TLS', hint: /set-ssl/ })
    const missing = { ...tls, privateKey: file('nothing.pem') }
    await assert.rejects(Ovsdb.connect(address, 'Open_vSwitch', { tls: missing }), {
      code: 'OVSDB_NO_TLS',
      message: /ENOENT/,
    })
  })
})

/** Quietly; a failure throws with what it printed. */
const run = (program: string, args: string[]) => execFileSync(program, args, { stdio: 'pipe' })

describe('OVSDB client, with a cluster', () => {
  it('prefers the leader, wherever it stands in the list', async function () {
    const folder = temporaryFolder()
    const standalone = createDatabase(this, join(folder, 'standalone.db'), 'ovn-sb')
    const raft = (n: number) => `unix:${join(folder, `raft${n}`)}`
    const db = (n: number) => join(folder, `member${n}.db`)
    const client = (n: number) => `unix:${join(folder, `${n}.sock`)}`
    run('ovsdb-tool', ['create-cluster', db(1), standalone, raft(1)])
    await using _first = await OvsdbServer.start({ databases: [db(1)], remotes: [`p${client(1)}`] })
    run('ovsdb-tool', ['join-cluster', db(2), 'OVN_Southbound', raft(2), raft(1)])
    await using _second = await OvsdbServer.start({ databases: [db(2)], remotes: [`p${client(2)}`] })
    run('ovsdb-client', ['wait', client(2), 'OVN_Southbound', 'connected'])
    for (const list of [`${client(2)},${client(1)}`, `${client(1)},${client(2)}`]) {
      using found = await Ovsdb.connect(list, 'OVN_Southbound')
      assert.equal(found.address, client(1))
    }
    using follower = await Ovsdb.connect(client(2), 'OVN_Southbound')
    assert.deepEqual(await follower.select(CHASSIS), [])
  })
})
