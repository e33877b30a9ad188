import { strict as assert } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import {
  type Action,
  type Attribute,
  allActions,
  type DumpOptions,
  datapaths,
  dumpFlows,
  itemOf,
  layerOf,
  offloaded,
  parseLine,
  printItem,
} from '../../../src/ovs/dump-flows/index.js'
import { control } from '../../../src/ovs/unixctl/index.js'
import { REMOTE_MAC, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { frame } from '../support/frame.js'
import { restartOvs, startOvs, stopOvs, vsctl } from '../support/ovs.js'
import { PacketSocket } from '../support/packet-socket.js'
import { run, sh } from '../support/shell.js'
import { poke, useTopology } from '../support/topology.js'
import { waitFor } from '../support/wait.js'
import { ACTIONS, frames, inGeneve, KEYS, type Ports, rules } from './workload.js'

const FORMS: DumpOptions[] = [
  { more: true },
  { more: true, names: false },
  { more: false },
  { more: false, names: true },
]

/** What the lines of a dump have, by its names. */
interface Seen {
  lines: number
  has: Set<string>
}

/** What Open vSwitch does not know itself: the kernel's IPv6 extension headers (OVS_KEY_ATTR_IPV6_EXTHDRS) are `key32`, and bytes. */
const UNKNOWN_TO_OVS = /^key\d+\(/
const namesIn = (key: readonly Attribute[]): string[] =>
  key.flatMap((item) => {
    if (item.name === 'encap') return ['encap', ...namesIn(item.keys)]
    return item.name === 'unknown' && UNKNOWN_TO_OVS.test(item.text) ? [] : [item.name]
  })
const setBy = (action: Action) => (action.name === 'set' ? [`set ${action.to.name}`] : [])

/** Reads a dump in one of its forms; each line has to be a flow or a header, all of it known, and to print again as it was. */
async function read(options: DumpOptions): Promise<Seen> {
  const has = new Set<string>()
  let lines = 0
  for await (const line of dumpFlows(options)) {
    lines += 1
    const item = parseLine(line, lines)
    assert.ok(
      item.kind === 'flow' || item.kind === 'header',
      `${item.kind === 'error' ? item.error.message : item.kind}: ${line}`,
    )
    assert.equal(printItem(item), line)
    if (item.kind === 'header') has.add('header')
    else {
      const { flow } = item
      const actions = allActions(flow.actions)
      const names = [...namesIn(flow.key), ...actions.flatMap((action) => [action.name, ...setBy(action)])]
      assert.ok(!names.includes('unknown'), line)
      assert.ok(![...flow.info, ...flow.extra].some(({ name }) => name === 'other'), line)
      for (const name of [...names, `dp:${layerOf(flow)}`, `offloaded:${offloaded(flow)}`]) has.add(name)
      if (itemOf(flow.extra, 'dp-extra-info')) has.add('dp-extra-info')
    }
  }
  return { lines, has }
}

/** Waits until the dump has all of these. */
async function untilSeen(datapath: string, wanted: readonly string[]): Promise<Seen> {
  let missing: string[] = []
  try {
    return await waitFor('the dump has all that is wanted', async () => {
      const seen = await read({ datapath })
      missing = wanted.filter((name) => !seen.has.has(name))
      return missing.length === 0 && seen
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}; missing: ${missing.join(', ')}`)
  }
}

async function ask(command: string, ...args: string[]): Promise<void> {
  for await (const _ of control(command, args));
}

/** All that counts or ages taken out: what two dumps, one after the other, have in common. */
async function still(options: DumpOptions): Promise<string[]> {
  const lines: string[] = []
  for await (const line of dumpFlows(options)) lines.push(line.replace(/packets:\d+, bytes:\d+, used:[^,]+/, ''))
  return lines.sort()
}

/** In all forms every line reads and prints again; the socket and ovs-appctl give the same. */
function isRead(datapath: string): void {
  it('is read line by line, and prints again byte for byte, in all forms', async () => {
    for (const form of FORMS) assert.ok((await read({ ...form, datapath })).lines > 10)
  })

  it('is the same by the socket and by ovs-appctl', async () => {
    await ask('revalidator/pause')
    try {
      for (const form of FORMS) {
        // A packet that nobody sent on purpose may make a flow between the two.
        await waitFor('two dumps, one after the other, are the same', async () => {
          const bySocket = await still({ ...form, datapath })
          const byAppctl = await still({ ...form, datapath, by: 'ovs-appctl' })
          return bySocket.length > 10 && isDeepStrictEqual(byAppctl, bySocket)
        })
      }
    } finally {
      await ask('revalidator/resume')
    }
  })
}

const ofctl = (...args: string[]) => run('ovs-ofctl', '-O', 'OpenFlow15', ...args)

function program(bridge: string, ports: Ports): void {
  ofctl('add-meter', bridge, 'meter=1,pktps,burst,band=type=drop,rate=1000,burst_size=10')
  ofctl('add-tlv-map', bridge, '{class=0x102,type=0x80,len=4}->tun_metadata0')
  const buckets = [ports.to, ports.other].map((port, n) => `bucket=bucket_id:${n + 1},weight:1,actions=output:${port}`)
  ofctl('add-group', bridge, `group_id=1,type=select,selection_method=dp_hash,${buckets.join(',')}`)
  writeFileSync('/tmp/dump-flows.rules', rules(ports))
  ofctl('add-flows', bridge, '/tmp/dump-flows.rules')
}

function tunnels(bridge: string): string {
  const options = 'options:remote_ip=flow options:local_ip=flow options:key=flow'
  return `add-port ${bridge} gnv -- set interface gnv type=geneve ofport_request=10 ${options} -- add-port ${bridge} vxl -- set interface vxl type=vxlan ofport_request=11 ${options} options:exts=gbp`
}

function send(ns: string, device: string, sent: readonly Uint8Array[]): void {
  using socket = new PacketSocket(ns, device)
  for (const one of sent) socket.send(one)
}

describe('what a real Open vSwitch dumps', function () {
  this.timeout(300_000)
  useTopology('single', 'max_delay_ms=50')
  before(() => {
    startOvs()
    vsctl('set Open_vSwitch . other_config:max-idle=600000')
  })
  after(stopOvs)

  const SYSTEM = 'system@ovs-system'
  const PORTS = ['pf0vf0', 'pf0vf1', 'pf1vf0']
  const ports: Ports = { from: 1, to: 2, other: 3, geneve: 10, vxlan: 11, local: vtep(0), remote: '10.0.0.11' }
  const traffic = () => {
    send('vf00', 'eth0', frames())
    send('remote', 'eth0', [frame({ src: REMOTE_MAC, dst: vfMac(0, 0), ethertype: 0x1234 })])
  }
  /** What both of the system's data paths have. */
  const COMMON = [
    'recirc_id',
    'in_port',
    'eth',
    'eth_type',
    'ipv4',
    'ipv6',
    'arp',
    'tcp',
    'udp',
    'icmp',
    'vlan',
    'encap',
    'tunnel',
  ]
  const COMMON_ACTIONS = [
    'output',
    'set tunnel',
    'set eth',
    'push_vlan',
    'pop_vlan',
    'ct',
    'recirc',
    'meter',
    'userspace',
    'drop',
  ]

  describe('of TC and the kernel, with hw-offload', () => {
    before(async () => {
      vsctl('add-br br-int -- set bridge br-int fail-mode=secure')
      for (const [n, port] of PORTS.entries())
        vsctl(`add-port br-int ${port} -- set interface ${port} ofport_request=${n + 1}`)
      vsctl(tunnels('br-int'))
      program('br-int', ports)
      assert.deepEqual(await datapaths(), [SYSTEM])
      traffic()
    })
    it('is in hardware, in TC and in the kernel', () =>
      untilSeen(SYSTEM, [...COMMON, ...COMMON_ACTIONS, 'dp:tc', 'dp:ovs', 'offloaded:yes', 'offloaded:no']))
    isRead(SYSTEM)
  })

  describe('of the kernel alone', () => {
    before(async () => {
      // What it leaves in TC would keep packets from the kernel's data path: without offload it does not clean up there.
      await ask('dpctl/del-flows', SYSTEM)
      vsctl('set Open_vSwitch . other_config:hw-offload=false')
      restartOvs()
      for (const what of ['del-flows', 'del-meters', 'del-groups', 'del-tlv-map']) ofctl(what, 'br-int')
      program('br-int', ports)
      traffic()
    })
    it('has whatever the kernel knows', async () => {
      const more = [
        'icmpv6',
        'nd',
        'mpls',
        'sctp',
        'ct_state',
        'ct_tuple4',
        'ct_tuple6',
        'tcp_flags',
        'trunc',
        'check_pkt_len',
        'hash',
      ]
      const { has } = await untilSeen(SYSTEM, [
        ...COMMON,
        ...COMMON_ACTIONS,
        ...more,
        'push_mpls',
        'pop_mpls',
        'push_nsh',
        'push_eth',
        'dp:ovs',
      ])
      assert.ok(!has.has('dp:tc'))
    })
    isRead(SYSTEM)
  })

  describe('of the user-space data path', () => {
    const NETDEV = 'netdev@ovs-netdev'
    before(async () => {
      vsctl('del-br br-int')
      sh('modprobe tun')
      vsctl('add-br br-user -- set bridge br-user datapath_type=netdev fail-mode=secure')
      vsctl('add-br br-phy -- set bridge br-phy datapath_type=netdev')
      for (const n of [1, 2, 3, 4]) {
        sh(`ip link add u${n} type veth peer name e${n}`)
        for (const device of [`u${n}`, `e${n}`]) poke(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, '1')
        sh(`ip link set u${n} up`)
        sh(`ip link set e${n} up`)
      }
      for (const n of [1, 2, 3]) vsctl(`add-port br-user u${n} -- set interface u${n} ofport_request=${n}`)
      vsctl('add-port br-phy u4')
      vsctl(tunnels('br-user'))
      sh('ip address add 10.9.0.1/24 dev br-phy')
      sh('ip link set br-phy up')
      await ask('tnl/neigh/set', 'br-phy', '10.9.0.2', '02:aa:00:00:00:02')
      program('br-user', { ...ports, local: '10.9.0.1', remote: '10.9.0.2' })
      send('node', 'e1', frames())
      const address = readFileSync('/sys/class/net/br-phy/address', 'latin1').trim()
      send('node', 'e4', [inGeneve(address, { src: '10.9.0.2', dst: '10.9.0.1' })])
    })
    after(() => {
      for (const bridge of ['br-user', 'br-phy']) vsctl(`del-br ${bridge}`)
      for (const n of [1, 2, 3, 4]) sh(`ip link delete u${n}`)
    })
    it('has what only that has, and says which thread a flow is of', () =>
      untilSeen(NETDEV, [
        ...COMMON.filter((name) => name !== 'tunnel'),
        'packet_type',
        'tnl_push',
        'tnl_pop',
        'header',
        'dp:ovs',
        'dp-extra-info',
      ]))
    isRead(NETDEV)

    it('is read with whatever else that takes as a flow', async () => {
      await ask('revalidator/pause')
      try {
        const before = (await read({ datapath: NETDEV })).lines
        const keys = [...KEYS.map((key) => [key, 'drop']), ...ACTIONS.map((actions) => [KEYS[0] ?? '', actions])]
        for (const [n, [key = '', actions = '']] of keys.entries()) {
          // The key of each is its own, whatever else it is.
          await ask('dpctl/add-flow', NETDEV, `recirc_id(${0x1000 + n}),in_port(1),${key}`, actions)
        }
        for (const form of FORMS) assert.ok((await read({ ...form, datapath: NETDEV })).lines >= before + keys.length)
      } finally {
        await ask('revalidator/resume')
      }
    })
  })
})
