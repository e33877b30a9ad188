import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { parseIp, parseMac } from '../../../src/base/types.js'
import {
  addFdbEntry,
  appendFdbEntry,
  deleteFdbEntry,
  type FdbEntry,
  listFdb,
  listLinks,
  replaceFdbEntry,
} from '../../../src/kernel/rtnl.js'
import { Namespace } from '../support/namespace.js'

const LINES = [
  'fdb add 02:00:00:00:00:01 dev left master static',
  'fdb add 02:00:00:00:00:02 dev left master static sticky',
  'fdb add 02:00:00:00:00:03 dev left master extern_learn',
  'fdb add 02:00:00:00:00:04 dev left master permanent',
  'fdb add 02:00:00:00:00:06 dev left self permanent',
  'fdb add 02:00:00:00:00:07 dev vx1 self permanent dst 10.9.9.9',
  'fdb add 02:00:00:00:00:08 dev vx1 self static dst 10.9.9.9 port 4790 vni 7 via left',
  'fdb add 00:00:00:00:00:00 dev vx1 self permanent dst 10.9.9.9',
  'fdb append 00:00:00:00:00:00 dev vx1 self permanent dst 10.9.9.10',
  'fdb add 02:00:00:00:00:09 dev vx2 self permanent src_vni 9 dst fd00::9',
]

interface Shown {
  mac: string
  ifname: string
  flags: string[]
  state?: string
  master?: string
  dst?: string
  port?: number
  vni?: number
  src_vni?: number
  viaIf?: string
  vlan?: number
}

describe('kernel/route: forwarding entries against bridge', () => {
  let ns: Namespace
  let names: Map<number, string>
  const bridge = (args: string[], input = '') =>
    execFileSync('bridge', ['-n', ns.name, ...args], { encoding: 'utf8', input, stdio: 'pipe' })
  const shown = () => JSON.parse(bridge(['-d', '-j', 'fdb', 'show'])) as Shown[]
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link add name left type veth peer name right')
    ns.ip('link add name br0 type bridge')
    ns.ip('link set dev left master br0')
    ns.ip('link add name vx1 type vxlan id 5 dstport 4789')
    ns.ip('link add name vx2 type vxlan external dstport 4790 vnifilter local fd00::1')
    bridge(['vni', 'add', 'vni', '9', 'dev', 'vx2'])
    bridge(['-batch', '-'], LINES.join('\n'))
    names = new Map(listLinks(ns.socket).map(({ ifindex, name }) => [ifindex, name]))
  })
  after(() => ns?.[Symbol.dispose]())

  it('are read as bridge prints them, and written so that it prints the same again', () => {
    const theirs = shown()
    const ours = listFdb(ns.socket)
    assert.ok(ours.length >= LINES.length)
    assert.deepEqual(ours.map(asBridge), theirs.map(comparable))
    const made = ours.filter(({ mac }) => mac.startsWith('02:00:00:00:00') || mac === '00:00:00:00:00:00')
    assert.equal(made.length, LINES.length)
    for (const entry of made) deleteFdbEntry(ns.socket, entry)
    assert.equal(listFdb(ns.socket).length, ours.length - made.length)
    for (const entry of made) {
      if (entry.mac === '00:00:00:00:00:00') appendFdbEntry(ns.socket, entry)
      else addFdbEntry(ns.socket, entry)
    }
    const sorted = (list: Shown[]) => list.map((one) => JSON.stringify(one)).sort()
    assert.deepEqual(sorted(shown()), sorted(theirs))
  })

  it('are listed per device', () => {
    const ifindex = ns.ifindexOf('vx1')
    assert.deepEqual(
      listFdb(ns.socket, ifindex)
        .map(({ mac }) => mac)
        .sort(),
      ['00:00:00:00:00:00', '00:00:00:00:00:00', '02:00:00:00:00:07', '02:00:00:00:00:08'],
    )
  })

  it('move to another VTEP when replaced, and are added once only', () => {
    const entry = { ifindex: ns.ifindexOf('vx1'), mac: parseMac('02:00:00:00:00:0a'), of: 'self' } as const
    addFdbEntry(ns.socket, { ...entry, dst: parseIp('10.9.9.9') })
    assert.throws(() => addFdbEntry(ns.socket, { ...entry, dst: parseIp('10.9.9.9') }), { errnoName: 'EEXIST' })
    replaceFdbEntry(ns.socket, { ...entry, dst: parseIp('10.9.9.11') })
    assert.deepEqual(
      listFdb(ns.socket, entry.ifindex).flatMap(({ mac, dst }) => (mac === entry.mac ? [dst] : [])),
      ['10.9.9.11'],
    )
    deleteFdbEntry(ns.socket, entry)
  })

  function asBridge(entry: FdbEntry): Partial<Shown> {
    const name = (ifindex: number) => names.get(ifindex)
    const flags = [
      ...(entry.of === 'self' ? ['self'] : []),
      ...(entry.externLearn ? ['extern_learn'] : []),
      ...(entry.sticky ? ['sticky'] : []),
    ]
    return defined({
      mac: entry.mac,
      ifname: name(entry.ifindex) ?? '',
      flags: flags.sort(),
      state: entry.state === 'dynamic' ? undefined : entry.state,
      master: entry.master && name(entry.master),
      dst: entry.dst,
      port: entry.port,
      vni: entry.vni,
      src_vni: entry.srcVni,
      viaIf: entry.via && name(entry.via),
      vlan: entry.vlan,
    })
  }

  function comparable({ mac, ifname, flags, state, master, dst, port, vni, src_vni, viaIf, vlan }: Shown) {
    return defined({
      mac,
      ifname,
      flags: [...flags].sort(),
      state: state === '' ? undefined : state,
      master,
      dst,
      port,
      vni,
      src_vni,
      viaIf,
      vlan,
    })
  }
})

function defined(one: { [K in keyof Shown]?: Shown[K] | undefined }): Partial<Shown> {
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))
}
