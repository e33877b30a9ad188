/**
 * Lines as dpctl/dump-flows -m prints them, of all that a node with OVN has: encapsulation, decapsulation, connection tracking, ARP, IPv6,
 * VLANs, slow path; each with values of its own. Without what the Python parser of Open vSwitch 3.1 (Debian 12) refuses: `offloaded:`,
 * `dp-extra-info:`, push_eth, tnl_pop by name.
 */
export function* lines(count: number): Generator<string> {
  const random = generator(1)
  for (let at = 0; at < count; at += 1) {
    const shape = SHAPES[at % SHAPES.length] as Shape
    yield `ufid:${uuid(random)}, ${shape(random)}`
  }
}

type Random = (below: number) => number
type Shape = (random: Random) => string

/** A linear congruential generator (Numerical Recipes): the same lines every time. */
function generator(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const word = (random: Random, digits: number) => hex(random(16 ** digits), digits)
const uuid = (r: Random) => `${word(r, 8)}-${word(r, 4)}-4${word(r, 3)}-8${word(r, 3)}-${word(r, 6)}${word(r, 6)}`
const mac = (r: Random) => `02:00:${word(r, 2)}:${word(r, 2)}:${word(r, 2)}:${word(r, 2)}`
const ip4 = (r: Random) => `10.${r(256)}.${r(256)}.${1 + r(254)}`
const ip6 = (r: Random) => `fd00:${word(r, 4)}::${1 + r(0xfff)}`
const vf = (r: Random) => `pf${r(4)}vf${r(64)}`
const number = (r: Random) => `0x${(1 + r(0xffff)).toString(16)}`
const option = (r: Random, mask = '') =>
  `geneve({class=0x102,type=0x80,len=4,0x${(1 + r(0x7fff)).toString(16)}${word(r, 4)}${mask}})`

const ANY4 = 'src=0.0.0.0/0.0.0.0,dst=0.0.0.0/0.0.0.0,proto=0/0,tos=0/0,ttl=0/0,frag=no'
const CT = 'ct_state(0/0),ct_zone(0/0),ct_mark(0/0),ct_label(0/0)'
const head = (port: string, recirc = '0', tunnel = '', ct = CT) =>
  `recirc_id(${recirc}),dp_hash(0/0),skb_priority(0/0),${tunnel}in_port(${port}),skb_mark(0/0),${ct}`
const eth = (r: Random) => `eth(src=${mac(r)},dst=${mac(r)})`
const stats = (r: Random, flags = '', layer = 'ovs') =>
  `packets:${r(1e6)}, bytes:${r(2 ** 40)}, used:${r(10)}.${String(r(1000)).padStart(3, '0')}s${flags}, dp:${layer}`
const encap = (r: Random) =>
  `set(tunnel(tun_id=${number(r)},src=${ip4(r)},dst=${ip4(r)},ttl=64,tp_dst=6081,${option(r)},flags(df|csum|key))),genev_sys_6081`

const SHAPES: Shape[] = [
  // Encapsulation by TC and by the kernel's data path.
  (r) =>
    `${head(vf(r))},packet_type(ns=0/0,id=0/0),${eth(r)},eth_type(0x0800),ipv4(${ANY4}), ${stats(r, '', 'tc')}, actions:${encap(r)}`,
  (r) =>
    `${head(vf(r))},${eth(r)},eth_type(0x0800),ipv4(src=${ip4(r)},dst=${ip4(r)},proto=6,tos=0/0x3,ttl=64,frag=no),tcp(src=${r(65536)},dst=443), ${stats(r, ', flags:SFP.')}, actions:ct_clear,set(eth(src=${mac(r)},dst=${mac(r)})),set(ipv4(ttl=63)),${encap(r)}`,
  // Decapsulation.
  (r) =>
    `${head('genev_sys_6081', '0', `tunnel(tun_id=${number(r)},src=${ip4(r)},dst=${ip4(r)},ttl=0/0,tp_dst=6081,${option(r, '/0x7fffffff')},flags(-df+csum+key)),`)},${eth(r)},eth_type(0x0800),ipv4(${ANY4}), ${stats(r)}, actions:${vf(r)}`,
  // Connection tracking: both flows of a chain.
  (r) =>
    `${head(vf(r))},${eth(r)},eth_type(0x0800),ipv4(${ANY4}), ${stats(r)}, actions:ct(zone=${1 + r(100)},nat),recirc(${number(r)})`,
  (r) =>
    `${head(vf(r), number(r), '', `ct_state(0x22/0x32),ct_zone(${number(r)}),ct_mark(0/0x1),ct_label(0/0)`)},${eth(r)},eth_type(0x0800),ipv4(src=0.0.0.0/0.0.0.0,dst=${ip4(r)},proto=17,tos=0/0x3,ttl=64,frag=no),udp(src=0/0,dst=${r(65536)}), ${stats(r)}, actions:ct(commit,zone=${1 + r(100)},mark=0x1/0x1,nat(src=${ip4(r)})),${encap(r)}`,
  // Broadcast to the network's own VFs and to other nodes.
  (r) =>
    `${head(vf(r))},eth(src=${mac(r)},dst=ff:ff:ff:ff:ff:ff),eth_type(0x0806),arp(sip=${ip4(r)},tip=${ip4(r)},op=1/0xff,sha=${mac(r)},tha=00:00:00:00:00:00), ${stats(r)}, actions:${vf(r)},${vf(r)},${encap(r)},${encap(r)}`,
  (r) =>
    `${head(vf(r))},eth(src=${mac(r)},dst=33:33:00:00:00:01),eth_type(0x86dd),ipv6(src=${ip6(r)},dst=ff02::1,label=0/0,proto=58,tclass=0/0,hlimit=255,frag=no),icmpv6(type=135,code=0),nd(target=${ip6(r)},sll=${mac(r)},tll=00:00:00:00:00:00), ${stats(r)}, actions:userspace(pid=4294967295,slow_path(action))`,
  // VLAN, and the dump of a port that has no rule.
  (r) =>
    `${head(vf(r))},${eth(r)},eth_type(0x8100),vlan(vid=${1 + r(4094)},pcp=0),encap(eth_type(0x0800),ipv4(${ANY4})), ${stats(r)}, actions:pop_vlan,push_vlan(vid=${1 + r(4094)},pcp=0),p0`,
  (r) =>
    `${head(vf(r))},${eth(r)},eth_type(0x0800),ipv4(${ANY4}), packets:0, bytes:0, used:never, dp:ovs, actions:drop`,
  // Packets that are too large for the tunnel.
  (r) =>
    `${head(vf(r))},${eth(r)},eth_type(0x0800),ipv4(src=${ip4(r)},dst=${ip4(r)},proto=1,tos=0/0,ttl=64,frag=no),icmp(type=8,code=0), ${stats(r)}, actions:check_pkt_len(size=1414,gt(userspace(pid=4294967295,controller(reason=1,dont_send=0,continuation=0,recirc_id=${r(1000)},rule_cookie=${number(r)},controller_id=0,max_len=65535))),le(${encap(r)}))`,
  // The user-space data path.
  (r) =>
    `${head(vf(r))},packet_type(ns=0,id=0),${eth(r)},eth_type(0x0800),ipv4(${ANY4}), ${stats(r)}, actions:clone(tnl_push(tnl_port(6),header(size=58,type=5,eth(dst=${mac(r)},src=${mac(r)},dl_type=0x0800),ipv4(src=${ip4(r)},dst=${ip4(r)},proto=17,tos=0,ttl=64,frag=0x4000),udp(src=0,dst=6081,csum=0xffff),geneve(crit,vni=${number(r)},options({class=0x102,type=0x80,len=4,0x${(1 + r(0xfffff)).toString(16)}}))),out_port(2)),1)`,
]
