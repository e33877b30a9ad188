import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { bridgesOf } from '../../src/ovs/bridges.js'
import { readOvsFacts } from '../../src/ovs/facts.js'
import { insert, Ovsdb, set, table } from '../../src/ovs/ovsdb/index.js'
import { BRIDGE, BRIDGE_PORT, INTERFACE, OPEN_VSWITCH } from '../../src/ovs/tables.js'
import { createDatabase, OvsdbServer, temporaryFolder } from './support/ovsdb-server.js'

describe('how the local Open vSwitch is set up', () => {
  let address = ''
  let server: OvsdbServer | undefined
  before(async function () {
    const folder = temporaryFolder()
    address = `unix:${join(folder, 'db.sock')}`
    const database = createDatabase(this, join(folder, 'vswitch.db'), 'vswitch')
    server = await OvsdbServer.start({ databases: [database], remotes: [`p${address}`] })
  })
  after(() => server?.[Symbol.asyncDispose]())

  it('is nothing before ovs-ctl has written its row', async () => {
    assert.deepEqual(await readOvsFacts(address), { otherConfig: {}, externalIds: {}, bridges: [], interfaces: [] })
  })

  it('is its version, its settings, and bridges with their interfaces, in one order', async () => {
    {
      const root = table('Open_vSwitch', { ...OPEN_VSWITCH.columns, bridges: set('uuid') })
      using db = await Ovsdb.connect(address, 'Open_vSwitch')
      await db.transact([
        insert(INTERFACE, { name: 'p0' }, 'i0'),
        insert(INTERFACE, { name: 'br-ex', type: 'internal' }, 'i1'),
        insert(BRIDGE_PORT, { name: 'p0', interfaces: ['i0'] }, 'port0'),
        insert(BRIDGE_PORT, { name: 'br-ex', interfaces: ['i1'] }, 'port1'),
        insert(BRIDGE, { name: 'br-ex', datapath_type: 'netdev', ports: ['port0', 'port1'] }, 'b0'),
        insert(BRIDGE, { name: 'a', ports: [] }, 'b1'),
        insert(root, {
          ovs_version: '3.5.0',
          other_config: new Map([['hw-offload', 'true']]),
          external_ids: new Map([['system-id', 'n1']]),
          bridges: ['b0', 'b1'],
        }),
      ])
    }
    const facts = await readOvsFacts(address)
    assert.deepEqual(facts, {
      version: '3.5.0',
      otherConfig: { 'hw-offload': 'true' },
      externalIds: { 'system-id': 'n1' },
      bridges: [
        { name: 'a', datapathType: '', interfaces: [] },
        { name: 'br-ex', datapathType: 'netdev', interfaces: ['br-ex', 'p0'] },
      ],
      interfaces: [
        { name: 'br-ex', type: 'internal', options: {}, externalIds: {} },
        { name: 'p0', type: '', options: {}, externalIds: {} },
      ],
    })
    assert.deepEqual(
      [...bridgesOf(facts)],
      [
        ['br-ex', ['br-ex', 'p0']],
        ['p0', ['br-ex', 'p0']],
      ],
    )
  })
})
