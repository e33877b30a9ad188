import { type FrameSpec, frame, mac } from '../support/frame.js'

/** Traffic and OpenFlow rules that make Open vSwitch use nearly all that its data paths know. */

export interface Ports {
  from: number
  to: number
  other: number
  geneve: number
  vxlan: number
  /** Outer addresses of both tunnels. */
  local: string
  remote: string
}

const SENDER = '02:00:00:00:00:01'
const RECEIVER = '02:00:00:00:00:02'
const IPV4 = { src: '192.168.7.1', dst: '192.168.7.2' }
const IPV6 = { src: 'fd00:7::1', dst: 'fd00:7::2' }

/** What is done with UDP packets to port 1000, 1001 and so on. */
function byUdpPort({ to, other, geneve, vxlan, local, remote }: Ports): string[] {
  const outer = `set_field:${local}->tun_src,set_field:${remote}->tun_dst`
  return [
    `set_field:5001->tun_id,${outer},set_field:0x20003->tun_metadata0,output:${geneve}`,
    `set_field:7->tun_id,${outer},set_field:0x10->tun_gbp_id,output:${vxlan}`,
    `meter:1,output:${to}`,
    `dec_ttl,set_field:02:00:00:00:00:99->eth_dst,output:${to}`,
    `push_vlan:0x8100,set_field:4196->vlan_vid,output:${to}`,
    `push_mpls:0x8847,set_field:77->mpls_label,output:${to}`,
    `output(port=${to},max_len=100)`,
    `clone(set_field:10.9.9.9->ip_dst,output:${other}),output:${to}`,
    'controller(max_len=128)',
    'check_pkt_larger(100)->NXM_NX_REG0[0],resubmit(,3)',
    'group:1',
    `set_field:0x2e->ip_dscp,set_field:53->udp_dst,output:${to},output:${other}`,
    `encap(nsh(md_type=1)),set_field:0x1234->nsh_spi,encap(ethernet),set_field:02:00:00:00:00:99->eth_dst,output:${to}`,
    'drop',
  ]
}

/** For `ovs-ofctl -O OpenFlow15 add-flows`, behind the group, the meter and the TLV map that they need. */
export function rules(ports: Ports): string {
  const { from, to, other, geneve } = ports
  return [
    ...byUdpPort(ports).map((actions, n) => `priority=200,in_port=${from},udp,tp_dst=${1000 + n},actions=${actions}`),
    `priority=150,in_port=${from},tcp,tcp_flags=+syn-ack,tp_dst=81,actions=${to}`,
    `priority=100,in_port=${from},tcp,actions=ct(table=1,zone=5)`,
    `priority=100,in_port=${from},tcp6,actions=ct(table=1,zone=6)`,
    `table=1,ct_state=+trk+new,tcp,ct_nw_proto=6,ct_tp_dst=80,actions=ct(commit,zone=5,nat(src=10.1.1.1-10.1.1.9:3000-4000),exec(set_field:1->ct_mark,set_field:2->ct_label)),${to}`,
    `table=1,ct_state=+trk+new,tcp6,ct_nw_proto=6,ct_tp_dst=80,actions=ct(commit,zone=6),${to}`,
    `table=1,ct_state=+trk+est,actions=${to}`,
    `table=3,reg0=1,actions=${to}`,
    `table=3,actions=${other}`,
    `priority=100,in_port=${from},arp,actions=${to},${other}`,
    `priority=100,in_port=${from},icmp,icmp_type=8,actions=${to}`,
    `priority=100,in_port=${from},icmp6,icmp_type=135,nd_target=fd00:7::2,actions=${to}`,
    `priority=100,in_port=${from},udp6,actions=${to}`,
    `priority=100,in_port=${from},sctp,tp_dst=9,actions=${to}`,
    `priority=90,in_port=${from},ip,nw_frag=later,actions=${to}`,
    `priority=300,in_port=${from},dl_vlan=10,actions=strip_vlan,${to}`,
    `priority=300,in_port=${from},dl_vlan=11,ip,actions=set_field:4107->vlan_vid,${to}`,
    `priority=100,in_port=${from},mpls,mpls_label=5,actions=pop_mpls:0x0800,${to}`,
    `priority=100,in_port=${from},dl_dst=ff:ff:ff:ff:ff:ff,actions=${to},${other}`,
    `priority=100,in_port=${geneve},tun_id=5001,tun_metadata0=0/0xffff0000,actions=drop`,
    `priority=90,in_port=${geneve},tun_id=5001,actions=${from}`,
    'priority=0,actions=drop',
  ].join('\n')
}

/** Where frames without VLAN name what is in them; `frame` knows neither SCTP nor ICMPv6. */
const IPV4_PROTOCOL = 23
const IPV6_NEXT_HEADER = 20
const SCTP = 132
const ICMPV6 = 58
/** Label 5, bottom of the stack, TTL 64; then what may be IPv4. */
const MPLS = Buffer.concat([Buffer.from('00005140', 'hex'), Buffer.alloc(40, 0x45)])

export function frames(): Buffer[] {
  const between = { src: SENDER, dst: RECEIVER }
  const to = (spec: Partial<FrameSpec>) => frame({ ...between, ...spec })
  const arp = Buffer.concat([
    Buffer.from('0001080006040001', 'hex'),
    mac(SENDER),
    Buffer.from([192, 168, 7, 1]),
    Buffer.alloc(6),
    Buffer.from([192, 168, 7, 2]),
  ])
  // RFC 4861 section 4.3: the target, and the sender's address as an option.
  const target = Buffer.concat([
    Buffer.from('fd000007000000000000000000000002', 'hex'),
    Buffer.from([1, 1]),
    mac(SENDER),
  ])
  const solicitation = to({ ipv6: { ...IPV6, hopLimit: 255 }, icmp: { type: 135 }, payload: target })
  solicitation[IPV6_NEXT_HEADER] = ICMPV6
  const sctp = to({ ipv4: IPV4, udp: { src: 5000, dst: 9 }, payload: Buffer.alloc(20) })
  sctp[IPV4_PROTOCOL] = SCTP
  return [
    ...Array.from({ length: 14 }, (_, n) =>
      to({ ipv4: IPV4, udp: { src: 5000, dst: 1000 + n }, payload: Buffer.alloc(80) }),
    ),
    to({ ipv4: IPV4, tcp: { src: 5000, dst: 80, flags: 2 } }),
    to({ ipv4: IPV4, tcp: { src: 5000, dst: 81, flags: 2 } }),
    to({ ipv6: IPV6, tcp: { src: 5000, dst: 80, flags: 2 } }),
    to({ ipv6: IPV6, udp: { src: 5000, dst: 53 } }),
    to({ ipv6: IPV6, udp: { src: 5000, dst: 53 }, vlans: [{ id: 7, priority: 3 }] }),
    solicitation,
    sctp,
    to({ ipv4: IPV4, icmp: { type: 8 } }),
    to({ ipv4: IPV4, icmp: { type: 13 } }),
    to({ ipv4: { ...IPV4, fragmentOffset: 100 }, udp: { src: 1, dst: 2 } }),
    to({ ipv4: { ...IPV4, moreFragments: true, tos: 0xb8 }, udp: { src: 1, dst: 2 } }),
    to({ ipv4: IPV4, udp: { src: 1, dst: 2 }, vlans: [{ id: 10 }] }),
    to({ ipv4: IPV4, udp: { src: 1, dst: 2 }, vlans: [{ id: 11, priority: 5 }] }),
    to({ ipv4: IPV4, udp: { src: 1, dst: 2 }, vlans: [{ id: 12, ethertype: 0x88a8 }, { id: 13 }] }),
    to({ ethertype: 0x8847, payload: MPLS }),
    to({ ethertype: 0x0806, payload: arp, dst: 'ff:ff:ff:ff:ff:ff' }),
    to({ ethertype: 0x1234, dst: 'ff:ff:ff:ff:ff:ff' }),
    to({ ethertype: 0x1234, dst: '01:00:5e:00:00:05' }),
    to({ ethertype: 0x0540, payload: Buffer.alloc(46) }),
  ]
}

/** A frame in GENEVE with OVN's option (RFC 8926 section 3.4), between the VTEPs of the user-space data path. */
export function inGeneve(dst: string, vteps: { src: string; dst: string }): Buffer {
  const header = Buffer.from(`02006558${(5001).toString(16).padStart(6, '0')}000102800100650001`, 'hex')
  const inner = frame({ src: RECEIVER, dst: SENDER, ipv4: IPV4, udp: { src: 1, dst: 2 } })
  const payload = Buffer.concat([header, inner])
  return frame({ src: '02:aa:00:00:00:02', dst, ipv4: vteps, udp: { src: 40000, dst: 6081 }, payload })
}

const KEY = 'packet_type(ns=0,id=0),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02)'
const V4 = `${KEY},eth_type(0x0800),ipv4(src=10.0.0.0/255.255.255.0,dst=10.0.1.2,proto=6,tos=0/0x3,ttl=64,frag=no)`
const GENEVE = 'geneve({class=0x102,type=0x80,len=4,0x20003})'
const PUSH =
  'eth(dst=02:bc:12:44:34:b6,src=02:bc:12:46:58:e0,dl_type=0x0800),ipv4(src=10.0.0.1,dst=10.0.1.2,proto=17,tos=0x8,ttl=64,frag=0x4000)'

const PUSH6 =
  'eth(dst=02:bc:12:44:34:b6,src=02:bc:12:46:58:e0,dl_type=0x86dd),ipv6(src=fd00::1,dst=fd00::2,label=0,proto=17,tclass=0x0,hlimit=64)'

/** What no traffic makes easily, as dpctl/add-flow takes it for a user-space data path: keys of flows. */
export const KEYS = [
  `${KEY},eth_type(0x0800),ipv4(frag=first)`,
  `tunnel(tun_id=0x7f10354/0xff,src=10.10.10.10/255.255.255.0,dst=20.20.20.20/255.255.255.0,ttl=64,geneve({class=0,type=0,len=4,0xa/0xff}{class=0xffff,type=0x1,len=8,0xffffffff00000000}),flags(-df+csum+key)),${V4},tcp(src=80/0xff00,dst=8080/0xff)`,
  `tunnel(tun_id=0xfedcba9876543210,ipv6_src=fd00::1,ipv6_dst=fd00::2,tos=0x8,ttl=128,vxlan(gbp(id=10/0xff,flags=0xb)),flags(csum|key)),${KEY},eth_type(0x1234)`,
  `tunnel(tun_id=0x1,src=10.0.0.1,dst=10.0.0.2,ttl=128,erspan(ver=2,dir=1,hwid=0x7/0xf),flags(df|key)),${KEY},eth_type(0x1234)`,
  `skb_priority(0x1234/0xff),skb_mark(0x1234/0xfff0),${KEY},eth_type(0x86dd),ipv6(src=fd00::1/ffff:ffff::,dst=::2,label=0/0xf0,proto=58,tclass=0x70/0xf0,hlimit=128,frag=no),icmpv6(type=136,code=0),nd(target=fd00::3,sll=00:00:00:00:00:00/00:00:00:00:00:00,tll=00:0a:0b:0c:0d:0e/ff:ff:ff:ff:ff:00)`,
  `ct_state(+est-new+trk),ct_zone(0x5/0xff),ct_mark(0x10305070/0xf0f0f0f0),ct_label(0x1234567890abcdef1234567890abcdef/0x102030405060708090a0b0c0d0e0f0),ct_tuple4(src=10.10.10.10,dst=20.20.20.20,proto=17,tp_src=1,tp_dst=2),${V4},tcp(src=80,dst=443)`,
  `${KEY},eth_type(0x8847),mpls(label=100/0xff,tc=7/7,ttl=64/0xff,bos=1/1)`,
  `${KEY},eth_type(0x8100),vlan(vid=99/0xff0,pcp=7/0x6),encap(eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2/255.0.0.0,proto=1,tos=0,ttl=128,frag=no),icmp(type=1/0xf0,code=2))`,
  `${KEY},eth_type(0x0806),arp(sip=1.2.3.4/255.255.255.250,tip=5.6.7.8,op=1/0xf0,sha=00:0f:10:11:12:13/ff:ff:ff:ff:ff:00,tha=00:14:15:16:17:18)`,
  `${V4.replace('proto=6', 'proto=132')},sctp(src=1,dst=0/0)`,
  `${V4},tcp(src=1,dst=2),tcp_flags(+syn-ack)`,
  'packet_type(ns=1,id=0x800),eth_type(0x0800),ipv4(src=10.0.0.1)',
]

/** The same, actions of flows. */
export const ACTIONS = [
  'userspace(pid=6633,sFlow(vid=9,pcp=7,output=10),actions,tunnel_out_port=10)',
  'userspace(pid=9765,slow_path(cfm|action))',
  'userspace(pid=1234567,userdata(0102030405060708090a0b0c0d0e0f),actions)',
  'userspace(pid=6633,flow_sample(probability=123,collector_set_id=1234,obs_domain_id=2345,obs_point_id=3456,output_port=1,egress))',
  'userspace(pid=6633,ipfix(output_port=1))',
  'userspace(pid=6633,controller(reason=1,dont_send=0,continuation=1,recirc_id=4444,rule_cookie=0x5555,controller_id=0,max_len=65535))',
  'set(eth(src=00:01:02:03:04:05,dst=10:11:12:13:14:15/ff:ff:ff:00:00:00)),1',
  'set(ipv4(src=35.8.2.41/255.255.255.0,tos=0x80/0xfc,ttl=128)),1',
  'set(ipv6(label=0/0xfff,proto=10,tclass=0x70/0x70)),set(icmpv6(type=1,code=2)),1',
  'set(tcp(src=80/0xff00)),set(udp(dst=6633)),set(sctp(src=82)),1',
  'set(skb_mark(0x1/0xff)),set(skb_priority(0x10002)),set(ct_mark(0x1)),1',
  'push_vlan(tpid=0x9100,vid=13,pcp=5,cfi=0),pop_vlan,1',
  'add_mpls(label=200,tc=7,ttl=64,bos=1,eth_type=0x8847),1',
  'push_nsh(flags=0,ttl=63,mdtype=1,np=3,spi=0x1234,si=255,c1=0x11223344,c2=0x0,c3=0x0,c4=0x0),pop_nsh(),1',
  'sample(sample=9.7%,actions(1,2,push_vlan(vid=1,pcp=2))),psample(group=12,cookie=0xf1020304)',
  `set(tunnel(tun_id=0xabcdef1234567890,src=1.1.1.1,dst=2.2.2.2,ttl=64,tp_dst=6081,${GENEVE},flags(df|csum|key))),1`,
  'set(tunnel(tun_id=0x1,ipv6_src=fd00::1,ipv6_dst=fd00::2,ttl=64,erspan(ver=1,idx=0x7),flags(df|key))),1',
  `tnl_push(tnl_port(6),header(size=58,type=5,${PUSH},udp(src=0,dst=6081,csum=0x0),geneve(crit,vni=0x1c7,options({class=0xffff,type=0x80,len=4,0xa}))),out_port(1))`,
  `tnl_push(tnl_port(6),header(size=50,type=4,${PUSH},udp(src=0,dst=4789,csum=0x0),vxlan(flags=0x8000000,vni=0x1c7)),out_port(1))`,
  `tnl_push(tnl_port(6),header(size=46,type=3,${PUSH.replace('proto=17', 'proto=47')},gre((flags=0xa000,proto=0x6558),csum=0x0,key=0x1e241)),out_port(1))`,
  `tnl_push(tnl_port(6),header(size=94,type=112,${PUSH6.replace('proto=17', 'proto=43')},srv6(segments_left=1,segs(fd00::90,fd00::91))),out_port(1))`,
  'tnl_pop(4)',
  'ct(commit,zone=5,mark=0xa0a0a0a0/0xfefefefe,label=0x3/0x7,timeout=ovs_tp_1_tcp4,nat(src=10.0.0.240-10.0.0.254:32768-65535,persistent)),1',
  'ct(force_commit,helper=ftp,nat(dst=fe80::20c:29ff:fe88:1-fe80::20c:29ff:fe88:a18b,random)),1',
  'ct(commit,nat(src=[fe80::20c:29ff:fe88:1]-[fe80::20c:29ff:fe88:a18b]:255-4096,random)),ct_clear,ct,recirc(7)',
  'check_pkt_len(size=200,gt(ct(nat)),le(drop)),clone(clone(push_vlan(vid=12,pcp=0),2),1)',
  'meter(3),trunc(100),lb_output(1),2',
  'drop',
]
