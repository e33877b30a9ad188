import { type Ifindex, parseIp, parseMac, parsePciAddress } from '../../../src/base/types.js'
import type { rtnl, tc } from '../../../src/kernel/index.js'
import type { KernelPart } from '../../../src/offload/doctor/kernel-parts.js'
import type { NodeState, PfState, VtepState } from '../../../src/offload/doctor/state.js'
import { cookieOf } from '../../../src/offload/ownership.js'
import type { OvsFacts } from '../../../src/ovs/facts.js'

/** Prepared facts: a node with two ConnectX NICs of two VFs each, OVN in Open vSwitch 3.4, and all as it should be. */

export const pciOf = (k: number) => parsePciAddress(`0000:d${8 + k}:00.0`)
/** Uplink k is 10 + 10k, its representors follow. */
export const ifindexOf = (k: number, vf = -1) => (11 + 10 * k + vf) as Ifindex
const TUNNEL = 5 as Ifindex
const VTEPS = ['10.0.0.1', '10.0.0.2'].map(parseIp)
const PEER = parseIp('10.0.0.11')

const representorOf = (k: number, vf: number) => ({ name: `pf${k}vf${vf}`, ifindex: ifindexOf(k, vf), up: true })

const pf = (k: number): PfState => ({
  pci: pciOf(k),
  driver: 'mlx5_core',
  emulated: false,
  firmware: '28.43.1014',
  uplink: { name: `p${k}`, ifindex: ifindexOf(k), up: true, carrier: true, mtu: 9000 },
  switchId: `0${k}`,
  eswitchMode: 'switchdev',
  hwTcOffload: 'on',
  vteps: [VTEPS[k]!],
  totalVfs: 8,
  vfs: [0, 1].map((index) => ({
    index,
    pci: parsePciAddress(`0000:d${8 + k}:00.${index + 2}`),
    representor: representorOf(k, index),
    netdevs: [],
  })),
  vendor: '15b3',
  device: '1021',
  eswitch: { value: { mode: 'switchdev', inlineMode: 'none', encapMode: 'basic' } },
  versions: { value: { running: { 'fw.version': '28.43.1014' }, stored: { 'fw.version': '28.43.1014' } } },
  reloadFailed: false,
  reporters: [
    { bus: 'pci', dev: pciOf(k), name: 'fw', state: 'healthy', errors: 0, recoveries: 0 },
    { bus: 'pci', dev: pciOf(k), name: 'tx', state: 'healthy', errors: 2, recoveries: 2 },
  ],
  // As mlx5's are: 4789 is fixed.
  udpPorts: {
    value: [
      { size: 4, types: ['vxlan'], ports: [] },
      { size: 1, types: [], ports: [{ port: 4789, type: 'vxlan' }] },
    ],
  },
  representorOffload: { [`pf${k}vf0`]: 'on', [`pf${k}vf1`]: 'on' },
})

const link = (name: string, ifindex: Ifindex, more: Partial<rtnl.Link> = {}): rtnl.Link => ({
  ifindex,
  name,
  mtu: 1500,
  up: true,
  carrier: true,
  operState: 'up',
  altNames: [],
  ...more,
})

const linksOf = (k: number): rtnl.Link[] => [
  link(`p${k}`, ifindexOf(k), { mtu: 9000, physPortName: `p${k}`, physSwitchId: `0${k}` }),
  ...[0, 1].map((vf) =>
    link(`pf${k}vf${vf}`, ifindexOf(k, vf), {
      physPortName: `pf${k}vf${vf}`,
      physSwitchId: `0${k}`,
      slaveKind: 'openvswitch',
    }),
  ),
]

const address = (ip: string, ifindex: Ifindex): rtnl.Address => ({
  ifindex,
  ip: parseIp(ip),
  prefix: 24,
  scope: 0,
  flags: ['permanent'],
})

const rule = (priority: number, more: Partial<rtnl.Rule> = {}): rtnl.Rule => ({
  family: 4,
  priority,
  action: 'lookup',
  table: 254,
  srcPrefix: more.src === undefined ? 0 : 32,
  dstPrefix: more.dst === undefined ? 0 : 32,
  protocol: 2,
  ...more,
})

const port = (k: number, vf: number) => ({
  bus: 'pci',
  dev: pciOf(k),
  index: vf + 1,
  type: 'eth' as const,
  netdevIfindex: ifindexOf(k, vf),
  netdevName: `pf${k}vf${vf}`,
  flavour: 'pcivf' as const,
  pfNumber: k,
  vfNumber: vf,
})

const OVS: OvsFacts = {
  version: '3.4.1',
  otherConfig: { 'hw-offload': 'true' },
  externalIds: {
    'system-id': 'gpu-1',
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': '10.0.0.1,10.0.0.2',
    'ovn-encap-ip-default': '10.0.0.1',
    'ovn-pf-encap-ip-mapping': 'p0:10.0.0.1,p1:10.0.0.2',
  },
  bridges: [{ name: 'br-int', datapathType: 'system', interfaces: ['br-int', 'pf0vf0', 'pf0vf1', 'pf1vf0', 'pf1vf1'] }],
  interfaces: [],
}

const vtep = (k: number): VtepState => ({
  ip: VTEPS[k]!,
  by: 'ovn-pf-encap-ip-mapping',
  pf: pciOf(k),
  at: { device: `p${k}`, prefix: 24, flags: ['permanent'] },
  paths: [
    {
      localIp: VTEPS[k]!,
      remoteIp: PEER,
      ownPf: true,
      oif: ifindexOf(k),
      device: `p${k}`,
      nextHop: PEER,
      mtu: 9000,
      neighbour: 'valid',
      exit: 'own-pf',
      sample: false,
    },
  ],
})

/** A flow that Open vSwitch has in hardware, on a representor's ingress or on the tunnel device's. */
export const ovsFlow = (ifindex: Ifindex, match: tc.FlowerMatch = {}): tc.FlowerFilter => ({
  kind: 'flower',
  ifindex,
  parent: 'ingress',
  chain: 0,
  priority: 2,
  protocol: 0x800,
  handle: 1,
  match,
  actions: [
    {
      kind: 'mirred',
      operation: 'redirect',
      direction: 'egress',
      ifindex: TUNNEL,
      cookie: 'ab'.repeat(16),
    } as tc.Action,
  ],
  flags: { inHw: true },
  inHwCount: 1,
})

/** A rule of ours, behind Open vSwitch's: VF 0 of the first NIC to an endpoint elsewhere. */
export const OURS: tc.FlowerFilter = {
  kind: 'flower',
  ifindex: ifindexOf(0, 0),
  parent: 'ingress',
  chain: 0,
  priority: 49163,
  protocol: 3,
  handle: 1,
  match: { ethSrc: parseMac('02:00:00:00:00:01'), ethDst: parseMac('02:00:00:00:0f:01') },
  actions: [
    {
      kind: 'tunnel_key',
      operation: 'set',
      srcIp: VTEPS[0]!,
      dstIp: PEER,
      keyId: 5001,
      options: { geneve: [{ class: 0x102, type: 0x80, data: '00010065' }] },
    } as tc.Action,
    {
      kind: 'mirred',
      operation: 'redirect',
      direction: 'egress',
      ifindex: TUNNEL,
      cookie: cookieOf({ kind: 'encap', qdisc: false, hash: '00'.repeat(6) }),
    } as tc.Action,
  ],
  flags: { inHw: true },
  inHwCount: 1,
}

const PARTS: readonly KernelPart[] = ['flower', 'ingress', 'tunnelKey', 'mirred', 'gact', 'geneve', 'vxlan', 'clsBpf']
const BUILT_IN: readonly KernelPart[] = ['mlx5ClsAct', 'tcSkbExt']

export const HEALTHY: NodeState = {
  root: true,
  kernel: {
    release: '5.14.0-570.el9.x86_64',
    configSource: '/boot/config-5.14.0-570.el9.x86_64',
    parts: Object.fromEntries([
      ...PARTS.map((part) => [part, { config: 'm', module: 'loaded' }]),
      ...BUILT_IN.map((part) => [part, { config: 'y' }]),
    ]) as NodeState['kernel']['parts'],
    modulesFrozen: false,
  },
  bpf: {
    ringBuffer: { value: true },
    tcx: { value: false },
    tunnelLocalIp: { value: true },
    fentry: { value: true },
  },
  pfs: [pf(0), pf(1)],
  ports: [0, 1].flatMap((k) => [port(k, 0), port(k, 1)]),
  links: [
    link('lo', 1 as Ifindex),
    link('genev_sys_6081', TUNNEL, {
      mtu: 65000,
      slaveKind: 'openvswitch',
      tunnel: { kind: 'geneve', external: true, port: 6081, udpZeroCsum6Rx: true },
    }),
    ...linksOf(0),
    ...linksOf(1),
  ],
  addresses: [address('127.0.0.1', 1 as Ifindex), address('10.0.0.1', ifindexOf(0)), address('10.0.0.2', ifindexOf(1))],
  rules: [
    rule(0, { table: 255 }),
    rule(110, { src: VTEPS[0]!, table: 101 }),
    rule(110, { src: VTEPS[1]!, table: 102 }),
    rule(32766),
  ],
  qdiscs: [TUNNEL, ...[0, 1].flatMap((k) => [ifindexOf(k, 0), ifindexOf(k, 1)])].map((ifindex) => ({
    ifindex,
    kind: 'ingress',
    handle: 0xffff0000,
    parent: 0xfffffff1,
  })),
  filters: [ovsFlow(ifindexOf(0, 0)), ovsFlow(TUNNEL, { encKeyId: 5001 }), OURS],
  ovs: { value: OVS },
  ovsPorts: {
    representors: ['pf0vf0', 'pf0vf1', 'pf1vf0', 'pf1vf1'],
    tunnels: [{ type: 'geneve', port: 6081 }],
  },
  vteps: [vtep(0), vtep(1)],
  sysctls: {
    all: { rpFilter: 0, arpIgnore: 0, arpAnnounce: 0 },
    p0: { rpFilter: 2, arpIgnore: 1, arpAnnounce: 2 },
    p1: { rpFilter: 2, arpIgnore: 1, arpAnnounce: 2 },
  },
  networkd: { runs: true, keepsForeignRules: false },
}

/** A NIC as it comes: not in Open vSwitch, no rules yet. */
export const FRESH: NodeState = (() => {
  const { ovs: _, ...rest } = HEALTHY
  return {
    ...rest,
    links: HEALTHY.links.filter(({ name }) => name !== 'genev_sys_6081').map(({ slaveKind: _slave, ...one }) => one),
    qdiscs: [],
    filters: [],
    ovsPorts: { representors: [], tunnels: [] },
    vteps: HEALTHY.vteps.map((one) => ({ ...one, by: `address of ${one.at?.device}` })),
  }
})()
