/** A device of the test; see tc-table.test.ts. */
export type TableDevice = 'plain' | 'geneve' | 'vxlan' | 'gre'

/** A rule as tc(8) takes it: what comes after `tc filter add dev DEVICE ingress pref N`. */
export interface TcRule {
  on: TableDevice
  tc: string
}

type Words = string | readonly string[]

/** Every combination of one word of each list, in order; an empty word is left out. */
function all(...lists: readonly Words[]): string[] {
  return lists.reduce<string[]>(
    (before, list) => before.flatMap((text) => [list].flat().map((word) => `${text} ${word}`.trim())),
    [''],
  )
}

const on = (device: TableDevice, rules: readonly string[]): TcRule[] => rules.map((tc) => ({ on: device, tc }))

/** Keys of one protocol, each with all its values, and `action drop`. */
function keys(protocol: string, values: Record<string, Words>, before = ''): string[] {
  return Object.entries(values).flatMap(([key, list]) =>
    all(`protocol ${protocol}`, 'flower', before, key, list, 'action drop'),
  )
}

const macs = ['02:00:00:00:00:01', '01:00:00:00:00:00/01:00:00:00:00:00', 'aa:bb:cc:00:00:00/24', '00:00:00:00:00:00']
const ipv4 = ['10.0.0.1', '10.1.0.0/16', '192.0.2.128/25', '0.0.0.0/1']
const ipv6 = ['fd00::1', '2001:db8::/32', 'fe80::/10', '::/1', '::ffff:192.0.2.1']
const bytes = ['0', '1', '0x10', '255', '0x10/0xfc', '0x80/0x80']
const decimals = ['0', '8', '255', '16/252', '128/128']
const ports = ['0', '53', '65535', '0x1200/0xff00', '1000-2000', '1-65535']
const frags = ['frag', 'nofrag', 'firstfrag', 'nofirstfrag', 'frag/firstfrag', 'frag/nofirstfrag']
const ethernet = [
  ...keys('all', { dst_mac: macs, src_mac: macs }),
  ...all('protocol ip flower dst_mac', macs, 'src_mac 02:00:00:00:00:02 action ok'),
]

const vlan = [
  ...keys('802.1q', {
    vlan_id: ['0', '1', '4095'],
    vlan_prio: ['0', '3', '7'],
    vlan_ethtype: ['ipv4', 'ipv6', 'arp', '0x88cc'],
  }),
  ...keys('802.1ad', { vlan_id: ['2', '4094'], vlan_prio: '5', vlan_ethtype: ['ipv4', '802.1q'] }),
  ...keys('802.1q', { dst_ip: ipv4, ip_proto: ['tcp', 'udp'] }, 'vlan_id 7 vlan_ethtype ipv4'),
  ...keys(
    '802.1ad',
    { cvlan_id: ['0', '9'], cvlan_prio: ['0', '6'], cvlan_ethtype: ['ipv4', 'ipv6'] },
    'vlan_id 7 vlan_ethtype 802.1q',
  ),
  ...all(
    'protocol 802.1ad flower vlan_id 7 vlan_prio 1 vlan_ethtype 802.1q cvlan_id 8 cvlan_prio 2 cvlan_ethtype ipv6 dst_ip',
    ipv6,
    'action drop',
  ),
  ...keys('all', { num_of_vlans: ['0', '1', '2'] }),
  ...keys('802.1q', { num_of_vlans: '1' }, 'vlan_id 5'),
]

const ip = [
  ...keys('ip', {
    src_ip: ipv4,
    dst_ip: ipv4,
    ip_proto: ['tcp', 'udp', 'sctp', 'icmp', '0x2f', '50', '1'],
    ip_tos: bytes,
    ip_ttl: bytes,
    ip_flags: frags,
  }),
  ...keys('ipv6', {
    src_ip: ipv6,
    dst_ip: ipv6,
    ip_proto: ['tcp', 'icmpv6', '41'],
    ip_tos: bytes,
    ip_ttl: bytes,
    ip_flags: frags,
  }),
]

const transport = [
  ...['tcp', 'udp', 'sctp'].flatMap((proto) => keys('ip', { src_port: ports, dst_port: ports }, `ip_proto ${proto}`)),
  ...keys('ipv6', { dst_port: ports, tcp_flags: ['0x2', '0x12/0x3f', '0xfff'] }, 'ip_proto tcp'),
  ...all('protocol ip flower ip_proto udp src_port', ['1000-2000', '7'], 'dst_port', ['5-6', '9'], 'action drop'),
]

const icmp = [
  ...keys('ip', { type: decimals, code: decimals }, 'ip_proto icmp'),
  ...keys('ipv6', { type: decimals, code: decimals }, 'ip_proto icmpv6'),
]

const arp = [
  ...keys('arp', {
    arp_op: ['request', 'reply'],
    arp_sip: ipv4,
    arp_tip: ipv4,
    arp_sha: macs,
    arp_tha: macs,
  }),
  ...keys('0x8035', { arp_tip: ['10.0.0.7'] }),
]

const conntrack = keys('ip', {
  ct_state: ['+trk', '-trk', '+trk+new', '+trk+est-new', '+trk-est+rel', '+trk+inv', '+trk+est+rpl'],
  ct_zone: ['0', '5', '0x100/0xff00'],
  ct_mark: ['0', '7', '0x10/0xf0', '4294967295'],
  ct_label: ['0123456789abcdef0123456789abcdef', '01/ff', '00000000000000000000000000000001'],
})

const mpls = [
  ...keys('mpls_uc', {
    mpls_label: ['0', '16', '1048575'],
    mpls_tc: ['0', '7'],
    mpls_bos: ['0', '1'],
    mpls_ttl: ['1', '255'],
    'mpls lse depth 1': ['', 'label 17', 'tc 3', 'bos 1', 'ttl 64'],
    'mpls lse depth 2': ['label 18', 'label 19 bos 1 tc 2 ttl 63'],
  }),
  'protocol mpls_mc flower mpls_label 9 mpls_tc 1 mpls_bos 1 mpls_ttl 2 action drop',
  'protocol mpls_uc flower mpls lse depth 1 label 5 bos 0 lse depth 2 label 6 bos 1 action drop',
]

const others = [
  ...keys('all', { l2_miss: ['0', '1'], indev: 'plain', hw_tc: '3' }),
  ...keys('cfm', { 'cfm op': ['1', '255'], 'cfm mdl': ['0', '7'], 'cfm mdl 5 op': '3' }),
  ...keys('ppp_ses', {
    pppoe_sid: ['0', '1', '65535'],
    ppp_proto: ['ip', 'ipv6', 'mpls_uc', '0xc021'],
    'pppoe_sid 7 ppp_proto': 'ip',
  }),
  ...keys('ppp_ses', { dst_ip: '10.0.0.1' }, 'ppp_proto ip'),
  ...keys(
    '802.1q',
    { pppoe_sid: '7', ppp_proto: ['ip', '0xc021'], 'pppoe_sid 8 ppp_proto': 'ipv6' },
    'vlan_id 5 vlan_ethtype ppp_ses',
  ),
  ...keys(
    '802.1ad',
    { 'ppp_proto ip dst_ip': '10.0.0.1', pppoe_sid: '9' },
    'vlan_ethtype 802.1q cvlan_id 6 cvlan_ethtype ppp_ses',
  ),
  'protocol all flower num_of_vlans 1 vlan_id 5 action drop',
  'protocol all flower num_of_vlans 2 vlan_id 5 cvlan_id 6 action drop',
  ...keys('ip', { l2tpv3_sid: ['0', '1', '4294967295'] }, 'ip_proto l2tp'),
  ...keys('ip', { spi: ['1', '1000', 'ffffffff'] }, 'ip_proto esp'),
  'protocol all flower classid 1:5 action drop',
  'protocol all flower verbose action drop',
  'protocol all flower skip_hw action drop',
  'protocol all handle 0x77 flower action drop',
]

const encIp4 = { enc_src_ip: ipv4, enc_dst_ip: ipv4 }
const encIp6 = { enc_src_ip: ipv6, enc_dst_ip: ipv6 }
const decapKeys = {
  enc_key_id: ['0', '1', '16777215', '4294967295'],
  enc_dst_port: ['0', '6081', '65535'],
  enc_tos: bytes,
  enc_ttl: bytes,
  enc_flags: ['tuncsum', 'notuncsum', 'tundf', 'notundf', 'tuncsum/notundf', 'tunoam', 'tuncrit/notunoam'],
}
const geneveOptions = [
  '0102:80:00010003',
  '0102:80:00010003/ffff:ff:0000ffff',
  '0102:80:00010003/ffff:ff:00000000',
  '0102:80:00010003,0103:01:0011223344556677',
  `0001:02:${'a5'.repeat(124)}`,
  '0000:00:00000000/0000:00:00000000',
]
const vxlanOptions = ['0', '77', '65535', '0x48ffff', '77/255']
const decap = [
  ...on('geneve', [
    ...keys('all', { ...encIp4, ...encIp6, ...decapKeys, 'enc_key_id 5001 geneve_opts': geneveOptions }),
    ...keys('ip', { dst_ip: ipv4 }, 'enc_dst_ip 10.0.0.1 enc_src_ip 10.0.0.11 enc_key_id 5001 enc_dst_port 6081'),
    ...keys('ipv6', { dst_ip: ipv6 }, 'enc_dst_ip fd00::1 enc_src_ip fd00::11 enc_key_id 5001 enc_dst_port 6081'),
  ]),
  ...on('vxlan', keys('all', { 'enc_key_id 5001 vxlan_opts': vxlanOptions })),
  ...on('gre', [
    ...keys('all', { 'enc_key_id 5 erspan_opts': ['1:2:0:0', '2:0:1:64', '1:2:0:0/1:255:0:0', '2:0:1:63/2:0:1:255'] }),
    ...keys('all', { 'enc_key_id 5 gtp_opts': ['01:05', '01:05/ff:00', '10:3f/f0:3f'] }),
    ...keys('all', { 'enc_key_id 5 pfcp_opts': ['01:0102030405060708', '01:ff/ff:00', '00:00/00:00'] }),
  ]),
]

const encap = 'tunnel_key set src_ip 10.0.0.1 dst_ip 10.0.0.11'
const tunnelKey = [
  ...all(
    'protocol all flower action',
    encap,
    'id',
    ['0', '5001', '16777215'],
    ['', 'dst_port 6081'],
    ['', 'csum', 'nocsum'],
    'action mirred egress redirect dev geneve',
  ),
  ...all('protocol all flower action', encap, 'id 7 dst_port 6081 tos', ['0', '0x10', '255'], 'ttl', ['0', '64']),
  ...all('protocol all flower action', encap, ['id 7', ''], ['nofrag', 'dst_port 4789', 'pipe'], ['', 'action drop']),
  ...all(
    'protocol all flower action tunnel_key set src_ip fd00::1 dst_ip 2001:db8::1 id 9 dst_port',
    ['4789', '6081'],
    ['nocsum', 'ttl 5'],
  ),
  ...all('protocol all flower action', encap, 'id 7 dst_port 6081 geneve_opts', [
    '0102:80:00010003',
    '0102:80:00010003,0102:81:aabbccdd',
    '0103:00:0011223344556677',
    `0001:7f:${'5a'.repeat(124)}`,
  ]),
  ...all('protocol all flower action', encap, 'id 7 dst_port 4789 vxlan_opts', ['0', '77', '65535']),
  ...all('protocol all flower action', encap, 'id 7 dst_port 4789 erspan_opts', ['1:2:0:0', '2:0:1:64']),
  ...all(
    'protocol all flower action tunnel_key unset',
    ['', 'pipe', 'continue', 'ok'],
    ['', 'action mirred egress redirect dev plain'],
  ),
]

const mirred = [
  ...all(
    'protocol all flower action mirred',
    ['egress', 'ingress'],
    ['redirect', 'mirror'],
    'dev',
    ['plain', 'other'],
    ['', 'action ok'],
  ),
  ...all('protocol all flower action mirred egress mirror dev other', ['pipe', 'drop', 'continue', 'ok']),
  'protocol all flower action mirred egress redirect blockid 4711',
  'protocol all flower action mirred egress mirror blockid 4711',
]

const gact = [
  ...all('protocol all flower action', [
    'pass',
    'drop',
    'continue',
    'trap',
    'reclassify',
    'pipe',
    'goto chain 7',
    'goto chain 268435455',
  ]),
  ...all(
    'protocol all flower action',
    ['drop', 'ok'],
    'random',
    ['netrand', 'determ'],
    ['ok 3', 'drop 100', 'continue 10000'],
  ),
]

const vlanActions = [
  ...all(
    'protocol all flower action vlan',
    ['pop', 'pop_eth', 'push_eth dst_mac 02:00:00:00:01:01 src_mac 02:00:00:00:00:01'],
    ['', 'action drop'],
  ),
  ...all(
    'protocol all flower action vlan',
    ['push', 'modify'],
    ['id 0', 'id 7', 'id 4094'],
    ['', 'protocol 802.1q', 'protocol 802.1ad'],
    ['', 'priority 0', 'priority 7'],
  ),
]

const skbedit = all(
  'protocol all flower action skbedit',
  [
    'priority 0',
    'priority :5',
    'priority 1:2',
    'mark 0',
    'mark 7',
    'mark 0x10/0xf0',
    'ptype host',
    'ptype otherhost',
    'ptype broadcast',
    'inheritdsfield',
    'priority 1:2 mark 5 ptype host',
  ],
  ['', 'pipe', 'continue'],
)

const csum = all(
  'protocol ip flower action csum',
  ['ip4h', 'icmp', 'igmp', 'tcp', 'udp', 'udplite', 'sctp', 'ip4h and udp', 'ip4h and tcp and icmp'],
  ['', 'pipe'],
)

const pedit = all(
  'protocol ip flower ip_proto tcp action pedit ex',
  [
    'munge eth dst set 02:00:00:00:00:09',
    'munge eth src set 02:00:00:00:00:0a',
    'munge eth type set 0x1234',
    'munge ip src set 10.0.0.7',
    'munge ip dst set 10.0.0.8 retain 0xffff0000',
    'munge ip ttl set 63',
    'munge ip ttl dec',
    'munge ip ttl add 0xff',
    'munge ip tos set 0x10 retain 0xfc',
    'munge ip protocol set 17',
    'munge ip6 src set fd00::1',
    'munge ip6 dst set 2001:db8::7',
    'munge ip6 hoplimit dec',
    'munge ip6 traffic_class set 0x20',
    'munge tcp sport set 1000',
    'munge tcp dport add 5',
    'munge tcp flags set 0x12',
    'munge udp sport set 53',
    'munge udp dport set 54',
    'munge offset 0 u32 set 0x12345678',
    'munge offset 4 u16 set 0x1234 retain 0xff',
    'munge offset 9 u8 set 1',
    'munge offset 12 u32 at 4 0xf 2 set 7',
    'munge eth dst set 02:00:00:00:00:09 munge eth src set 02:00:00:00:00:0a munge ip ttl dec',
  ],
  ['pipe action csum ip4h', 'continue'],
)
const classicPedit = all('protocol ip flower action pedit', [
  'munge offset 0 u32 set 0x12345678',
  'munge offset 4 u16 set 0x1234 retain 0xff',
  'munge offset 12 u32 clear',
  'munge ip src set 10.0.0.9',
  'munge offset 12 u32 at 4 0xf 2 set 7',
])

const police = all(
  'protocol all flower action police',
  [
    'rate 1mbit burst 10k',
    'rate 8bit burst 1',
    'rate 100gbit burst 1m',
    'rate 10gbit burst 100k mtu 9000',
    'rate 1mbit burst 10k peakrate 2mbit mtu 1500',
    'rate 1mbit burst 10k overhead 24',
    'rate 1mbit burst 10k linklayer atm',
    'rate 1mbit burst 10k mpu 64',
    'pkts_rate 1000 pkts_burst 100',
    'pkts_rate 1 pkts_burst 1',
    'mtu 1500',
  ],
  ['', 'conform-exceed drop', 'conform-exceed drop/pipe', 'conform-exceed pipe/ok', 'conform-exceed continue'],
)

const ct = all(
  'protocol ip flower action ct',
  [
    '',
    'zone 5',
    'commit',
    'commit force zone 7',
    'clear',
    'commit mark 5',
    'commit mark 0x10/0xf0',
    'commit label 0123456789abcdef0123456789abcdef',
    'commit zone 2 label 01/ff',
    'nat',
    'commit nat src addr 10.0.0.1',
    'commit nat src addr 10.0.0.1-10.0.0.9 port 1000-2000',
    'commit nat dst addr 10.0.0.2 port 80',
    'commit zone 3 nat src addr fd00::1-fd00::9',
    'helper ipv4-tcp-ftp',
    'commit zone 4 helper ipv4-udp-tftp',
  ],
  ['pipe', 'drop'],
)

const mplsActions = all(
  'protocol all flower action mpls',
  [
    'pop protocol ip',
    'pop protocol ipv6',
    'push label 16',
    'push label 1048575 tc 7 ttl 255 protocol mpls_mc',
    'push label 5 bos 1',
    'mac_push label 7 tc 1 ttl 2 bos 1',
    'modify label 8',
    'modify tc 2 ttl 9',
    'dec_ttl',
  ],
  ['', 'pipe'],
)

const rest = [
  ...all('protocol all flower action sample rate', ['1', '1000'], 'group', ['0', '5'], ['', 'trunc 100']),
  'protocol all flower action sample rate 7 group 1 index 99',
  ...all('protocol all flower action', [
    'nat ingress 10.0.0.0/24 10.1.0.0',
    'nat egress any 192.0.2.1',
    'skbmod dmac 02:00:00:00:00:05',
    'skbmod set smac 02:00:00:00:00:06',
    'skbmod swap mac',
    'simple sdata hello',
    'connmark zone 3',
    'ctinfo cpmark',
    'ife encode allow mark dst 02:00:00:00:00:05',
    'bpf bytecode "1,6 0 0 4294967295,"',
  ]),
]

const common = [
  ...all(
    'protocol all flower action',
    ['drop', 'pass', 'mirred egress redirect dev other', 'tunnel_key unset', 'vlan pop', 'police rate 1mbit burst 10k'],
    'cookie',
    ['6e63737401', '000102030405060708090a0b0c0d0e0f', 'a1'],
  ),
  ...all('protocol all flower action', ['drop', 'mirred egress redirect dev other', 'vlan pop'], 'hw_stats', [
    'immediate',
    'delayed',
    'disabled',
  ]),
  ...all('protocol all flower action drop', ['no_percpu', 'index 4242']),
  `protocol all flower ${Array.from({ length: 32 }, () => 'action mirred egress mirror dev other').join(' ')}`,
]

const protocols = all(
  'protocol',
  ['all', 'ip', 'ipv6', 'arp', '802.1q', '802.1ad', 'mpls_uc', 'ppp_ses', 'lldp', '0x88f7', 'cfm'],
  ['', 'chain 3', 'chain 268435455'],
  'flower action drop',
)

const otherKinds = [
  ...all(
    'protocol',
    ['all', 'ip'],
    'matchall',
    ['', 'skip_hw', 'classid 1:3'],
    [
      'action drop',
      'action mirred egress redirect dev other',
      `action ${encap} id 7 action mirred egress redirect dev geneve`,
    ],
  ),
  'protocol all handle 0x9 matchall action ok',
  ...all(
    'protocol all bpf bytecode',
    ['"1,6 0 0 4294967295,"', '"4,40 0 0 12,21 0 1 2048,6 0 0 4294967295,6 0 0 0,"'],
    ['action drop', 'classid 1:4', 'direct-action', 'skip_hw'],
  ),
]

/** Of `basic` tc prints JSON that is none, so these are compared as text. */
const rawKinds = [
  ...all(
    'protocol ip u32',
    ['match ip dst 10.0.0.1/32', 'match u32 0 0', 'match ip protocol 6 0xff match ip dport 80 0xffff'],
    ['flowid 1:1', 'action drop'],
  ),
  'protocol ip handle 7 fw action drop',
  'protocol all basic match "meta(pkt_len gt 1)" action drop',
]

/** Name of a group → its rules. */
export const table: Readonly<Record<string, readonly TcRule[]>> = {
  Ethernet: on('plain', ethernet),
  'VLAN and QinQ': on('plain', vlan),
  'IPv4 and IPv6': on('plain', ip),
  'ports and TCP flags': on('plain', transport),
  ICMP: on('plain', icmp),
  ARP: on('plain', arp),
  'connection tracking': on('plain', conntrack),
  MPLS: on('plain', mpls),
  'other keys': on('plain', others),
  decapsulation: decap,
  tunnel_key: on('plain', tunnelKey),
  mirred: on('plain', mirred),
  gact: on('plain', gact),
  'vlan actions': on('plain', vlanActions),
  skbedit: on('plain', skbedit),
  csum: on('plain', csum),
  pedit: on('plain', [...pedit, ...classicPedit]),
  police: on('plain', police),
  'ct actions': on('plain', ct),
  'mpls actions': on('plain', mplsActions),
  'other actions': on('plain', rest),
  'what every action has': on('plain', common),
  'protocols and chains': on('plain', protocols),
  'matchall and bpf': on('plain', otherKinds),
  'other classifiers': on('plain', rawKinds),
}
