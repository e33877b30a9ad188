import { strict as assert } from 'node:assert'
import { parseIp } from '../../../src/base/types.js'
import type { TunnelPath } from '../../../src/offload/preflight.js'
import { CATALOGUE, reasonWithoutText, type SilentRefusal } from '../../../src/offload/reasons/index.js'

const PATH: TunnelPath = {
  localIp: parseIp('10.0.0.1'),
  remoteIp: parseIp('10.0.0.11'),
  exit: 'own-pf',
  ownPf: true,
  device: 'p0',
  nextHop: parseIp('10.0.0.11'),
  neighbour: 'valid',
}
const path = (change: Partial<TunnelPath>): TunnelPath => ({ ...PATH, ownPf: false, ...change })

/** An encap rule on a ConnectX on which nothing is wrong, as far as can be seen. */
const HEALTHY: SilentRefusal = {
  driver: 'mlx5_core',
  eswitchMode: 'switchdev',
  encapMode: 'basic',
  on: { name: 'pf0vf0', role: 'port', parent: 'ingress', skipSw: false },
  hwTcOffload: 'on',
  kernel: { mlx5ClsAct: 'y', netTcSkbExt: 'y', source: '/boot/config-6.12' },
  blockBound: true,
  tunnel: { direction: 'encap', path: PATH },
}
const ON_TUNNEL = { name: 'genev_sys_6081', role: 'tunnel', parent: 'ingress', skipSw: false } as const
const DECAP = { direction: 'decap', type: 'geneve', port: 6081, path: PATH } as const
const encap = (change: Partial<TunnelPath>): Partial<SilentRefusal> => ({
  tunnel: { direction: 'encap', path: path(change) },
})
const decap = (change: Partial<TunnelPath>): Partial<SilentRefusal> => ({
  on: ON_TUNNEL,
  tunnel: { ...DECAP, path: path(change) },
})
const without = (...names: (keyof SilentRefusal)[]): SilentRefusal =>
  Object.fromEntries(Object.entries(HEALTHY).filter(([name]) => !names.includes(name as keyof SilentRefusal)))

/** What is seen, what follows, and what of it is said. */
const CASES: [seen: string, refusal: SilentRefusal, code: string, said?: RegExp][] = [
  [
    'a rule on egress',
    { ...HEALTHY, on: { name: 'pf0vf0', role: 'port', parent: 'egress', skipSw: true }, errno: 'EOPNOTSUPP' },
    'EGRESS_NOT_OFFLOADED',
    /^it is on the egress of pf0vf0; /,
  ],
  [
    'a rule on the egress of a port of Open vSwitch, which is where it belongs',
    { ...HEALTHY, on: { name: 'br-ex', role: 'internal-port', parent: 'egress', skipSw: false } },
    'NO_TEXT',
  ],
  [
    'skip_sw on a tunnel device',
    { ...HEALTHY, on: { ...ON_TUNNEL, skipSw: true }, errno: 'EOPNOTSUPP' },
    'SKIP_SW_ON_TUNNEL',
  ],
  ['legacy mode', { ...HEALTHY, eswitchMode: 'legacy' }, 'LEGACY_MODE', /mode switchdev/],
  [
    'a kernel without MLX5_CLS_ACT',
    { ...HEALTHY, kernel: { mlx5ClsAct: 'n', netTcSkbExt: 'n', source: '/boot/config-6.12' } },
    'KERNEL_WITHOUT_OFFLOAD',
    /^\/boot\/config-6\.12 has MLX5_CLS_ACT n, NET_TC_SKB_EXT n; /,
  ],
  ['a kernel without NET_TC_SKB_EXT', { ...HEALTHY, kernel: { netTcSkbExt: 'n' } }, 'KERNEL_WITHOUT_OFFLOAD'],
  [
    'that kernel, and another driver',
    { ...HEALTHY, driver: 'nfp', kernel: { mlx5ClsAct: 'n', netTcSkbExt: 'n' } },
    'NO_TEXT',
  ],
  [
    'hw-tc-offload off',
    { ...HEALTHY, hwTcOffload: 'off' },
    'OFFLOAD_DISABLED',
    /^hw-tc-offload of pf0vf0 is off; ethtool -K/,
  ],
  [
    'hw-tc-offload of the uplink off, under a tunnel device',
    { ...HEALTHY, on: ON_TUNNEL, hwTcOffload: 'off', tunnel: DECAP },
    'OFFLOAD_DISABLED',
    /^hw-tc-offload of the uplink is off; /,
  ],
  ['a device that never offloads', { ...HEALTHY, hwTcOffload: 'unsupported' }, 'NO_FLOWER_OFFLOAD'],
  [
    'a device that never offloads, of a kernel whose options can’t be read',
    { ...HEALTHY, kernel: {}, hwTcOffload: 'unsupported' },
    'KERNEL_WITHOUT_OFFLOAD',
    /^pf0vf0 has no hw-tc-offload; /,
  ],
  ['EBUSY', { ...HEALTHY, errno: 'EBUSY' }, 'ESWITCH_BUSY', /^EBUSY; /],
  ['ENODEV', { ...HEALTHY, errno: 'ENODEV' }, 'BOND_NOT_READY'],
  ['ENOMEM', { ...HEALTHY, errno: 'ENOMEM' }, 'NO_MEMORY'],
  ['ENOSPC', { ...HEALTHY, errno: 'ENOSPC' }, 'NO_ROOM'],
  ['EAGAIN', { ...HEALTHY, errno: 'EAGAIN' }, 'NO_ROOM'],
  ['EIO', { ...HEALTHY, errno: 'EIO' }, 'FIRMWARE_REFUSED'],
  ['ENOSPC, and a route that is wrong too', { ...HEALTHY, ...encap({ exit: 'host' }), errno: 'ENOSPC' }, 'NO_ROOM'],
  [
    'a remote VTEP that is this node’s',
    { ...HEALTHY, ...encap({ exit: 'host', problem: 'the route is local' }), errno: 'ENETUNREACH' },
    'LOCAL_ROUTE',
    /^the route is local; /,
  ],
  ['the same, for packets that come back', { ...HEALTHY, ...decap({ exit: 'host', problem: 'local' }) }, 'LOCAL_ROUTE'],
  [
    'the same with IPv6, where the driver takes it',
    { ...HEALTHY, ...encap({ exit: 'host', localIp: parseIp('fd00::1') }) },
    'NO_TEXT',
  ],
  [
    'a route by the other PF of the card',
    { ...HEALTHY, ...encap({ exit: 'sibling-pf', problem: 'leaves by p1' }) },
    'OTHER_PF_ROUTE',
    /^leaves by p1; /,
  ],
  [
    'the same, for packets that come back',
    { ...HEALTHY, ...decap({ exit: 'sibling-pf', problem: 'p1' }) },
    'OTHER_PF_ROUTE',
  ],
  [
    'a route by another card, which the driver takes',
    { ...HEALTHY, ...encap({ exit: 'elsewhere', problem: 'p1' }) },
    'NO_TEXT',
  ],
  ['no route', { ...HEALTHY, ...encap({ exit: 'none', problem: 'no route' }) }, 'NO_ROUTE', /^no route; /],
  [
    'a source that isn’t here',
    { ...HEALTHY, ...encap({ exit: 'no-source' }) },
    'NO_SOURCE_ADDRESS',
    /^10\.0\.0\.1 is not configured here; /,
  ],
  ['EOPNOTSUPP, which no such route gives', { ...HEALTHY, ...encap({ exit: 'host' }), errno: 'EOPNOTSUPP' }, 'NO_TEXT'],
  [
    'ENETUNREACH, which a route by the other PF does not give',
    { ...HEALTHY, ...encap({ exit: 'sibling-pf' }), errno: 'ENETUNREACH' },
    'NO_ROUTE',
  ],
  ['ENETUNREACH, and a route that is right by now', { ...HEALTHY, errno: 'ENETUNREACH' }, 'NO_ROUTE'],
  ['an eswitch that encapsulates nothing', { ...HEALTHY, encapMode: 'none' }, 'ENCAP_MODE_NONE'],
  [
    'the same, and packets that come out of a tunnel',
    { ...HEALTHY, on: ON_TUNNEL, encapMode: 'none', tunnel: DECAP },
    'ENCAP_MODE_NONE',
  ],
  ['the same, and a rule without tunnel', { ...without('tunnel'), encapMode: 'none' }, 'NO_TEXT'],
  [
    'a tunnel device without a driver',
    { ...HEALTHY, on: ON_TUNNEL, blockBound: false, tunnel: DECAP },
    'BLOCK_NOT_BOUND',
    /^no driver listens to the rules of genev_sys_6081; /,
  ],
  [
    'EINVAL of a rule with skip_sw',
    {
      ...without('blockBound', 'tunnel'),
      on: { name: 'tap7', role: 'port', parent: 'ingress', skipSw: true },
      errno: 'EINVAL',
    },
    'BLOCK_NOT_BOUND',
  ],
  [
    'GENEVE on another port',
    { ...HEALTHY, on: ON_TUNNEL, tunnel: { ...DECAP, port: 6082 } },
    'GENEVE_PORT',
    /^it matches UDP port 6082; /,
  ],
  ['VXLAN on another port', { ...HEALTHY, on: ON_TUNNEL, tunnel: { ...DECAP, type: 'vxlan', port: 4790 } }, 'NO_TEXT'],
  ['a match on enc_flags', { ...HEALTHY, on: ON_TUNNEL, tunnel: { ...DECAP, matchesFlags: true } }, 'ENC_FLAGS_MATCH'],
  [
    'the same, and another driver',
    { ...HEALTHY, driver: 'nfp', on: ON_TUNNEL, tunnel: { ...DECAP, matchesFlags: true } },
    'NO_TEXT',
  ],
  [
    'a next hop that does not answer, and a driver that takes such rules',
    { ...HEALTHY, ...encap({ neighbour: 'unresolved' }) },
    'NO_TEXT',
  ],
  [
    'a next hop that does not answer, and another driver',
    { ...HEALTHY, driver: 'nfp', ...encap({ neighbour: 'unresolved' }) },
    'NEIGHBOUR_UNRESOLVED',
    /^10\.0\.0\.11 does not answer on p0; /,
  ],
  [
    'nothing wrong',
    HEALTHY,
    'NO_TEXT',
    /^nothing that can be read here explains it; not ruled out: ENCAP_HEADER_TOO_LONG, NO_ROOM, ESWITCH_BUSY, FIRMWARE_REFUSED \(/,
  ],
  [
    'nothing wrong, and an errno',
    { ...HEALTHY, errno: 'EOPNOTSUPP' },
    'NO_TEXT',
    /not ruled out: ENCAP_HEADER_TOO_LONG, FIRMWARE_REFUSED \(/,
  ],
  [
    'a tunnel device of which nothing is in hardware',
    { ...without('blockBound'), on: ON_TUNNEL, tunnel: DECAP },
    'NO_TEXT',
    /not ruled out: BLOCK_NOT_BOUND, .*; whether the ingress qdisc is older than switchdev mode can’t be known; dmesg/,
  ],
  [
    'a configuration that can’t be read',
    { ...HEALTHY, kernel: {} },
    'NO_TEXT',
    /not ruled out: KERNEL_WITHOUT_OFFLOAD, /,
  ],
  [
    'nothing at all known',
    {},
    'NO_TEXT',
    /not ruled out: OFFLOAD_DISABLED, NO_ROOM, ESWITCH_BUSY, FIRMWARE_REFUSED \(/,
  ],
]

describe('a refusal without a word', () => {
  for (const [seen, refusal, code, said] of CASES) {
    it(`with ${seen} is ${code}`, () => {
      const reason = reasonWithoutText(refusal)
      assert.equal(reason.code, code)
      assert.equal(reason.text, undefined)
      if (said) assert.match(reason.hint, said)
    })
  }

  it('of which more is wrong is named by what keeps most rules out of hardware', () => {
    const wrong: SilentRefusal = {
      ...HEALTHY,
      ...encap({ exit: 'host' }),
      eswitchMode: 'legacy',
      hwTcOffload: 'off',
      encapMode: 'none',
      kernel: { mlx5ClsAct: 'n' },
    }
    const order = ['eswitchMode', 'kernel', 'hwTcOffload', 'tunnel', 'encapMode'] as const
    const codes = order.map(
      (_, mended) =>
        reasonWithoutText({
          ...wrong,
          ...Object.fromEntries(order.slice(0, mended).map((name) => [name, HEALTHY[name]])),
        }).code,
    )
    assert.deepEqual(codes, [
      'LEGACY_MODE',
      'KERNEL_WITHOUT_OFFLOAD',
      'OFFLOAD_DISABLED',
      'LOCAL_ROUTE',
      'ENCAP_MODE_NONE',
    ])
  })

  /** Of Linux 6.12: who refuses (or takes, and does not carry) a rule without a word; the catalogue has it under that code. */
  const SILENT: [name: string, code: string][] = [
    ['mlx5e_rep_encap_entry_attach', 'TUNNEL_ENTROPY'],
    ['mlx5e_rep_setup_tc', 'EGRESS_NOT_OFFLOADED'],
    ['mlx5e_rep_setup_tc', 'KERNEL_WITHOUT_OFFLOAD'],
    ['parse_mirred', 'BOND_NOT_READY'],
    ['get_route_and_out_devs', 'WRONG_ROUTE'],
    ['get_route_and_out_devs', 'OTHER_PF_ROUTE'],
    ['mlx5e_route_lookup_ipv4_get', 'NO_SOURCE_ADDRESS'],
    ['mlx5e_route_lookup_ipv4_get', 'LOCAL_ROUTE'],
    ['mlx5e_route_lookup_ipv4_get', 'NO_ROUTE'],
    ['mlx5e_route_lookup_ipv4_get', 'NO_MEMORY'],
    ['mlx5e_attach_encap', 'ENCAP_HEADER_STALE'],
    ['mlx5e_attach_encap', 'NEIGHBOUR_UNRESOLVED'],
    ['mlx5e_attach_decap_route', 'LOCAL_ROUTE'],
    ['mlx5e_attach_decap_route', 'NO_ROUTE'],
    ['mlx5e_tc_tun_can_offload_geneve', 'BLOCK_NOT_BOUND'],
    ['mlx5e_add_fdb_flow', 'BOND_NOT_READY'],
    ['mlx5e_tc_block_ipsec_offload', 'ESWITCH_BUSY'],
    ['mlx5e_configure_flower', 'ESWITCH_BUSY'],
    ['mlx5_eswitch_add_offloaded_rule', 'LEGACY_MODE'],
    ['mlx5_eswitch_add_fwd_rule', 'ONE_DESTINATION'],
    ['tc_setup_cb_add', 'SKIP_SW_ON_TUNNEL'],
    ['fl_hw_replace_filter', 'BLOCK_NOT_BOUND'],
  ]
  // Left out: the other NICs of a node that decline a decap rule (tc_act_can_offload_mirred), which is as it should be; and headers with
  // an option of no length (mlx5e_gen_ip_tunnel_header_geneve, _vxlan), which no flower rule can ask for (act_tunnel_key.c).
  for (const [name, code] of SILENT) {
    it(`by ${name} is in the catalogue as ${code}`, () => {
      const entry = CATALOGUE.find((one) => one.code === code)
      assert.ok(entry?.sources?.some((source) => source.function === name))
    })
  }
})
