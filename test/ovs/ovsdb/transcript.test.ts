import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { type Entry, Transcript, useTranscript } from '../../../src/base/transcript.js'
import { insert, map, Ovsdb, one, table, where } from '../../../src/ovs/ovsdb/index.js'
import { createDatabase, OvsdbServer, temporaryFolder } from '../support/ovsdb-server.js'

const QOS = table('QoS', { type: one('string'), other_config: map })

describe('OVSDB in a transcript', () => {
  let folder = ''
  let server: OvsdbServer | undefined
  const unix = () => `unix:${join(folder, 'db.sock')}`
  before(async function () {
    folder = temporaryFolder()
    server = await OvsdbServer.start({
      databases: [createDatabase(this, join(folder, 'vswitch.db'), 'vswitch')],
      remotes: [`p${unix()}`],
    })
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    const other_config = new Map([
      ['max-rate', '10'],
      ['psk', 'swordfish'],
      ['ipsec_psk', 'swordfish'],
    ])
    await db.transact([insert(QOS, { type: 'linux-htb', other_config })])
  })
  after(() => server?.[Symbol.asyncDispose]())

  async function rates(): Promise<string[]> {
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    const rows = await db.select(QOS, [where(QOS, 'type', '==', 'linux-htb')])
    return rows.map(({ other_config }) => other_config.get('max-rate') ?? '')
  }
  const nobody = () => Ovsdb.connect(`unix:${join(folder, 'nobody')}`, 'Open_vSwitch')

  it('answers as the server did, when there is none, but keeps no secret', async () => {
    const transcript = new Transcript()
    {
      using _ = useTranscript(transcript, 'record')
      assert.deepEqual(await rates(), ['10'])
      await assert.rejects(nobody(), { code: 'OVSDB_UNREACHABLE' })
    }
    const text = JSON.stringify([...transcript.entries()])
    assert.match(text, /max-rate/)
    assert.doesNotMatch(text, /swordfish/)
    await server?.[Symbol.asyncDispose]()
    server = undefined
    await assert.rejects(rates(), { code: 'OVSDB_UNREACHABLE' })

    using _ = useTranscript(Transcript.of(JSON.parse(text) as Entry[]), 'replay')
    assert.deepEqual(await rates(), ['10'])
    await assert.rejects(nobody(), { code: 'OVSDB_UNREACHABLE', hint: /ovsdb-server/ })
    using db = await Ovsdb.connect(unix(), 'Open_vSwitch')
    await assert.rejects(db.select(QOS), { code: 'NOT_IN_BUNDLE' })
  })
})
