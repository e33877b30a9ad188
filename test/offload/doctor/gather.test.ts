import { strict as assert } from 'node:assert'
import { release } from 'node:os'
import { join } from 'node:path'
import { examine } from '../../../src/offload/doctor/examine.js'
import { gatherState } from '../../../src/offload/doctor/gather.js'
import { Session } from '../../../src/offload/session.js'
import { insert, Ovsdb } from '../../../src/ovs/ovsdb/index.js'
import { OPEN_VSWITCH } from '../../../src/ovs/tables.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { Namespace } from '../../kernel/support/namespace.js'
import { createDatabase, OvsdbServer, temporaryFolder } from '../../ovs/support/ovsdb-server.js'
import { FILE } from '../../steering/sample.js'

const NO_OVS = 'unix:/nowhere/db.sock'

describe('what the doctor reads of a node without NIC', () => {
  let ns: Namespace
  let session: Session
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link set lo up')
    ns.ip('link add p0 type veth peer name far0')
    ns.ip('link set p0 up')
    ns.ip('address add 10.0.0.1/24 dev p0')
    session = new Session(ns.path)
  })
  after(() => {
    session?.[Symbol.dispose]()
    ns?.[Symbol.dispose]()
  })

  it('is the kernel, and what the network namespace has', async () => {
    const state = await gatherState(session, { ovs: NO_OVS })
    assert.equal(state.kernel.release, release())
    assert.equal(state.root, true)
    assert.deepEqual([state.pfs, state.vteps, 'ovs' in state, 'wanted' in state], [[], [], false, false])
    assert.ok(state.links.some(({ name }) => name === 'p0'))
    assert.ok(state.addresses.some(({ ip }) => ip === '10.0.0.1'))
    assert.ok(state.rules.some(({ table }) => table === 255))
    // It can be kept as it is.
    assert.deepEqual(JSON.parse(JSON.stringify(state)), state)
    const results = new Map(examine(state).findings.map(({ check, result }) => [check.id as string, result]))
    assert.deepEqual(
      ['nic.present', 'vtep.address', 'ovs.reachable', 'routing.local-rule', 'node.root'].map((id) => results.get(id)),
      ['FAIL', 'SKIP', 'SKIP', 'OK', 'OK'],
    )
  })

  it('is also what a file wants of it, and why that can’t be', async () => {
    const { wanted, vteps } = await gatherState(session, { ovs: NO_OVS, file: loadSteering(FILE, 'f.yaml') })
    assert.deepEqual([wanted?.refusal?.code, wanted?.encapsulation?.type, wanted?.pfs], ['UNKNOWN_PF', 'geneve', []])
    assert.match(wanted?.refusal?.text ?? '', /^line 6: this node has no PF 0000:d8:00\.0/)
    assert.deepEqual(
      vteps.map(({ ip, by, pf, at }) => [ip, by, pf, at?.device]),
      [
        ['10.0.0.1', 'spec.nics', undefined, 'p0'],
        ['10.0.0.2', 'spec.nics', undefined, undefined],
      ],
    )
  })

  describe('and of its Open vSwitch', () => {
    const folder = { path: '' }
    let server: OvsdbServer | undefined
    before(async function () {
      folder.path = temporaryFolder()
      const database = createDatabase(this, join(folder.path, 'vswitch.db'), 'vswitch')
      server = await OvsdbServer.start({ databases: [database], remotes: [`punix:${folder.path}/db.sock`] })
      using db = await Ovsdb.connect(`unix:${folder.path}/db.sock`, 'Open_vSwitch')
      const external_ids = new Map([['ovn-encap-ip', '10.0.0.1']])
      await db.transact([insert(OPEN_VSWITCH, { ovs_version: '3.5.0', external_ids })])
    })
    after(() => server?.[Symbol.asyncDispose]())

    it('is what it says, VTEPs among it', async () => {
      const { ovs, vteps } = await gatherState(session, { ovs: `unix:${folder.path}/db.sock` })
      assert.ok(ovs !== undefined && 'value' in ovs)
      assert.equal(ovs.value.version, '3.5.0')
      assert.deepEqual(
        vteps.map(({ ip, by, at }) => [ip, by, at]),
        [['10.0.0.1', 'ovn-encap-ip', { device: 'p0', prefix: 24, flags: ['permanent'] }]],
      )
    })

    it('is its silence, where its socket is there and it does not answer', async () => {
      await server?.[Symbol.asyncDispose]()
      const state = await gatherState(session, { ovs: `unix:${folder.path}/vswitch.db` })
      assert.ok(state.ovs !== undefined && 'unknown' in state.ovs)
      assert.match(state.ovs.unknown, /ECONNREFUSED/)
      const reachable = examine(state).findings.find(({ check }) => check.id === 'ovs.reachable')
      assert.equal(reachable?.result, 'WARN')
    })
  })
})
