import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { parseMac } from '../../src/base/types.js'
import { LOCAL_OVS, readLocalOvs } from '../../src/ovs/local.js'
import { type RemoteVteps, readRemoteVteps, remoteVteps } from '../../src/ovs/remote-vteps.js'
import { openSouthbound, readSouthbound, type Southbound } from '../../src/ovs/southbound.js'
import { type OvnState, write } from './support/ovn.js'
import { createDatabase, OvsdbServer, temporaryFolder } from './support/ovsdb-server.js'

const [A, B, C, D, E] = ['10.0.0.1', '10.0.0.2', '10.0.0.11', '10.0.0.12', '10.0.9.1'] as const
const REPRESENTORS = new Set(['pf0vf0'])
const macOf = (key: number) => parseMac(`02:00:00:00:00:${key.toString(16).padStart(2, '0')}`)

/** Network 5001 of our port a; and a transit switch, of which the database knows the other zone's end. */
const state = (settings: Record<string, string>): OvnState => ({
  settings: { 'system-id': 'n1', 'ovn-encap-ip': `${A},${B}`, ...settings },
  interfaces: { pf0vf0: { 'iface-id': 'a', 'encap-ip': A } },
  chassis: { n1: { encaps: [A, B] }, n2: { encaps: [C, D] }, n3: { encaps: [E], config: { 'is-remote': 'true' } } },
  switches: {
    ls: {
      key: 5001,
      ports: [
        { name: 'a', key: 1, chassis: 'n1', encap: A },
        { name: 'tied', key: 2, chassis: 'n2', encap: D },
        { name: 'free', key: 3, chassis: 'n2' },
        { name: 'nowhere', key: 4 },
        { name: 'gateway', key: 5, chassis: 'n2', type: 'l3gateway' },
        {
          name: 'twice',
          key: 6,
          chassis: 'n2',
          encap: C,
          mac: ['02:00:00:00:00:06', '02:00:00:00:00:16 192.168.7.16'],
        },
        { name: 'same', key: 7, chassis: 'n2', encap: D, mac: ['02:00:00:00:00:06'] },
        { name: 'floods', key: 8, chassis: 'n2', mac: ['unknown'] },
      ],
    },
    transit: { key: 70001, ports: [{ name: 'ts-n3', key: 9, chassis: 'n3', encap: E, type: 'remote' }] },
    other: { key: 5002, ports: [{ name: 'o', key: 10, chassis: 'n2', encap: C }] },
  },
})

describe('where OVN’s database has a MAC', () => {
  let folder = ''
  let server: OvsdbServer
  const address = () => `unix:${join(folder, 'db.sock')}`
  before(async function () {
    folder = temporaryFolder()
    const databases = [
      createDatabase(this, join(folder, 'vswitch.db'), 'vswitch'),
      createDatabase(this, join(folder, 'sb.db'), 'ovn-sb'),
    ]
    server = await OvsdbServer.start({ databases, remotes: [`p${address()}`] })
    await write(address(), state({ 'ovn-remote': address() }))
  })
  after(() => server?.[Symbol.asyncDispose]())

  async function asked(): Promise<RemoteVteps> {
    const found = await readRemoteVteps(await readLocalOvs(address()), REPRESENTORS)
    assert.ok(found)
    return found
  }
  async function southbound(): Promise<Southbound> {
    using db = await openSouthbound(address(), {})
    return await readSouthbound(db, ['a'])
  }
  const geneve = (vni: number) => ({ type: 'geneve', vni }) as const

  const CASES: [what: string, key: number, vni: number, vteps: string[] | undefined][] = [
    ['tied to an encapsulation is behind that', 2, 5001, [D]],
    ['tied to none is behind any of its chassis', 3, 5001, [C, D]],
    ['with several addresses is behind the same for each', 0x16, 5001, [C]],
    ['of the same MAC as another is behind either', 6, 5001, [C, D]],
    ['of another zone is behind any of that chassis, whatever the network', 9, 70001, [E]],
    ['here has no tunnel that is expected', 1, 5001, undefined],
    ['that is not bound has none', 4, 5001, undefined],
    ['that is no VIF has none', 5, 5001, undefined],
    ['without an address has none', 8, 5001, undefined],
    ['in another network is not known', 2, 5002, undefined],
    ['in a network without a VF of ours is not known', 10, 5002, undefined],
  ]
  for (const [what, key, vni, vteps] of CASES) {
    it(`a port ${what}`, async () => assert.deepEqual((await asked())(macOf(key), geneve(vni)), vteps))
  }

  it('a VXLAN’s VNI has the logical port in its upper half', async () => {
    const found = await asked()
    const vni = (2 << 12) | (5001 & 0xfff)
    assert.equal(found(macOf(2), { type: 'vxlan', vni }), undefined, 'key 5001 has more than 12 bits')
    const { datapaths, ...rest } = await southbound()
    const small = { ...rest, datapaths: datapaths.map((one) => ({ ...one, tunnel_key: 7 })) }
    const byKey = remoteVteps({ systemId: 'n1' }, small)
    assert.deepEqual(byKey?.(macOf(2), { type: 'vxlan', vni: (2 << 12) | 7 }), [D])
    assert.equal(byKey?.(macOf(2), { type: 'geneve', vni: (2 << 12) | 7 }), undefined)
  })

  it('a port that is being migrated is behind any of both chassis, and unknown when one is here', async () => {
    const read = await southbound()
    const uuidOf = (name: string) => [...read.chassis.values()].find((one) => one.name === name)?.uuid as string
    const migrating = (to: string) =>
      remoteVteps(
        { systemId: 'n1' },
        { ...read, ports: read.ports.map((port) => ({ ...port, additional_chassis: [uuidOf(to)] })) },
      )
    assert.deepEqual(migrating('n3')?.(macOf(2), geneve(5001)), [C, D, E])
    assert.equal(migrating('n1')?.(macOf(2), geneve(5001)), undefined)
  })

  it('a port of another zone’s chassis in our network is behind any of it, also where it is tied', async () => {
    const read = await southbound()
    const chassis = new Map([...read.chassis].map(([uuid, one]) => [uuid, { ...one, isRemote: one.name === 'n2' }]))
    assert.deepEqual(remoteVteps({ systemId: 'n1' }, { ...read, chassis })?.(macOf(2), geneve(5001)), [C, D])
  })

  it('nobody knows where the node is no chassis, has no port, or the database does not answer', async () => {
    const local = await readLocalOvs(address())
    assert.equal(remoteVteps({ systemId: 'n9' }, await southbound()), undefined)
    assert.equal(await readRemoteVteps({ ...local, systemId: undefined }, REPRESENTORS), undefined)
    assert.equal(await readRemoteVteps(local, new Set()), undefined)
    for (const remote of [undefined, 'unix:/nowhere/db.sock', 'nonsense', LOCAL_OVS]) {
      assert.equal(await readRemoteVteps({ ...local, setting: () => remote }, REPRESENTORS), undefined, remote)
    }
  })
})
