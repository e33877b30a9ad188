import { type Ifindex, parseIp, parseMac } from '../../../src/base/types.js'
import {
  ETH_P_8021AD,
  ETH_P_8021Q,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  type FlowerFilter,
} from '../../../src/kernel/tc/index.js'

/** One rule said twice: as tc(8) takes it, and as ours. */
export interface Case {
  /** What comes after `tc filter add dev X ingress`, with `protocol` and `pref` left out where they are all and 10. */
  tc: string
  ours: Pick<FlowerFilter, 'match' | 'actions'> & Partial<FlowerFilter>
  on?: 'dummy' | 'geneve' | 'vxlan'
}

export interface Devices {
  dummy: Ifindex
  other: Ifindex
  geneve: Ifindex
  vxlan: Ifindex
}

const M1 = parseMac('02:00:00:00:00:01')
const M2 = parseMac('02:00:00:00:01:01')
const drop = [{ kind: 'gact', control: 'drop' }] satisfies FlowerFilter['actions']
const ip4 = { protocol: ETH_P_IP }
const ip6 = { protocol: ETH_P_IPV6 }

export function cases(devices: Devices): Case[] {
  const redirect = (ifindex: Ifindex) =>
    ({ kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex }) as const
  const mirror = (ifindex: Ifindex) => ({ kind: 'mirred', operation: 'mirror', direction: 'egress', ifindex }) as const
  const encap = {
    kind: 'tunnel_key',
    operation: 'set',
    srcIp: parseIp('10.0.0.1'),
    dstIp: parseIp('10.0.0.11'),
    keyId: 5001,
    dstPort: 6081,
  } as const
  const encap6 = { ...encap, srcIp: parseIp('fd00::1'), dstIp: parseIp('fd00::11') }
  const unset = { kind: 'tunnel_key', operation: 'unset' } as const
  const encapTc = 'action tunnel_key set src_ip 10.0.0.1 dst_ip 10.0.0.11 id 5001 dst_port 6081'
  const ovn = { geneve: [{ class: 0x102, type: 0x80, data: '00010003' }] }

  return [
    // Ethernet, VLAN
    { tc: 'flower dst_mac 02:00:00:00:01:01 action drop', ours: { match: { ethDst: M2 }, actions: drop } },
    {
      tc: 'flower src_mac 02:00:00:00:00:01 dst_mac 02:00:00:00:01:01 action drop',
      ours: { match: { ethSrc: M1, ethDst: M2 }, actions: drop },
    },
    {
      tc: 'flower dst_mac 01:00:00:00:00:00/01:00:00:00:00:00 action drop',
      ours: {
        match: { ethDst: parseMac('01:00:00:00:00:00'), ethDstMask: parseMac('01:00:00:00:00:00') },
        actions: drop,
      },
    },
    { tc: 'flower action drop', ours: { match: {}, actions: drop } },
    {
      tc: 'protocol 802.1q flower vlan_id 7 vlan_prio 3 vlan_ethtype ipv4 dst_ip 10.1.0.0/16 action drop',
      ours: {
        protocol: ETH_P_8021Q,
        match: {
          ethType: ETH_P_8021Q,
          vlanId: 7,
          vlanPrio: 3,
          vlanEthType: ETH_P_IP,
          dstIp: parseIp('10.1.0.0'),
          dstIpMask: parseIp('255.255.0.0'),
        },
        actions: drop,
      },
    },
    {
      tc: 'protocol 802.1ad flower vlan_id 7 vlan_ethtype 802.1q cvlan_id 8 cvlan_ethtype ipv6 action drop',
      ours: {
        protocol: ETH_P_8021AD,
        match: {
          ethType: ETH_P_8021AD,
          vlanId: 7,
          vlanEthType: ETH_P_8021Q,
          cvlanId: 8,
          cvlanEthType: ETH_P_IPV6,
        },
        actions: drop,
      },
    },
    // IPv4, IPv6 and above
    {
      tc: 'protocol ip flower src_ip 10.0.0.1 dst_ip 10.0.0.2 action drop',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP, srcIp: parseIp('10.0.0.1'), dstIp: parseIp('10.0.0.2') },
        actions: drop,
      },
    },
    {
      tc: 'protocol ip flower ip_proto tcp dst_port 80 src_port 1024 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 6, tcpDst: 80, tcpSrc: 1024 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_proto udp dst_port 0x1200/0xff00 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 17, udpDst: 0x1200, udpDstMask: 0xff00 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_proto sctp dst_port 5 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 132, sctpDst: 5 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_proto tcp tcp_flags 0x2/0x12 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 6, tcpFlags: 2, tcpFlagsMask: 0x12 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_proto icmp type 8 code 0 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 1, icmpType: 8, icmpCode: 0 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_tos 0x10/0xfc ip_ttl 64 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipTos: 0x10, ipTosMask: 0xfc, ipTtl: 64 }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_flags frag/nofirstfrag action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipFlags: 1, ipFlagsMask: 3 }, actions: drop },
    },
    {
      tc: 'protocol ipv6 flower dst_ip fd00::/64 src_ip fd01::1 action drop',
      ours: {
        ...ip6,
        match: {
          ethType: ETH_P_IPV6,
          dstIp: parseIp('fd00::'),
          dstIpMask: parseIp('ffff:ffff:ffff:ffff::'),
          srcIp: parseIp('fd01::1'),
        },
        actions: drop,
      },
    },
    {
      tc: 'protocol ipv6 flower ip_proto icmpv6 type 135 action drop',
      ours: { ...ip6, match: { ethType: ETH_P_IPV6, ipProto: 58, icmpv6Type: 135 }, actions: drop },
    },
    {
      tc: 'protocol arp flower arp_op request arp_tip 192.168.7.2 arp_sha 02:00:00:00:00:01 action drop',
      ours: {
        protocol: ETH_P_ARP,
        match: { ethType: ETH_P_ARP, arpOp: 1, arpTip: parseIp('192.168.7.2'), arpSha: M1 },
        actions: drop,
      },
    },
    {
      tc: 'protocol ip flower ct_state +trk+est ct_zone 5 ct_mark 0x10/0xf0 action drop',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP, ctState: 10, ctStateMask: 10, ctZone: 5, ctMark: 0x10, ctMarkMask: 0xf0 },
        actions: drop,
      },
    },
    // Decapsulation
    {
      tc: 'flower enc_key_id 5001 action tunnel_key unset pipe action mirred egress redirect dev dummy0',
      on: 'geneve',
      ours: { match: { encKeyId: 5001 }, actions: [unset, redirect(devices.dummy)] },
    },
    {
      tc: 'flower enc_dst_ip 10.0.0.1 enc_src_ip 10.0.0.11 enc_key_id 5001 enc_dst_port 6081 dst_mac 02:00:00:00:00:01 action tunnel_key unset action mirred egress redirect dev dummy0',
      on: 'geneve',
      ours: {
        match: {
          encDstIp: parseIp('10.0.0.1'),
          encSrcIp: parseIp('10.0.0.11'),
          encKeyId: 5001,
          encDstPort: 6081,
          ethDst: M1,
        },
        actions: [unset, redirect(devices.dummy)],
      },
    },
    {
      tc: 'flower enc_dst_ip fd00::1 enc_src_ip fd00::/64 enc_key_id 5001 action tunnel_key unset action mirred egress redirect dev dummy0',
      on: 'vxlan',
      ours: {
        match: {
          encDstIp: parseIp('fd00::1'),
          encSrcIp: parseIp('fd00::'),
          encSrcIpMask: parseIp('ffff:ffff:ffff:ffff::'),
          encKeyId: 5001,
        },
        actions: [unset, redirect(devices.dummy)],
      },
    },
    {
      tc: 'flower enc_key_id 5001 geneve_opts 0102:80:00010003 action drop',
      on: 'geneve',
      ours: { match: { encKeyId: 5001, encOpts: ovn }, actions: drop },
    },
    {
      tc: 'flower enc_key_id 5001 geneve_opts 0102:80:00010003/ffff:ff:0000ffff action drop',
      on: 'geneve',
      ours: {
        match: {
          encKeyId: 5001,
          encOpts: ovn,
          encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: '0000ffff' }] },
        },
        actions: drop,
      },
    },
    {
      tc: 'flower enc_key_id 5001 geneve_opts 0102:80:00010003,0103:01:0011223344556677 action drop',
      on: 'geneve',
      ours: {
        match: {
          encKeyId: 5001,
          encOpts: { geneve: [...ovn.geneve, { class: 0x103, type: 1, data: '0011223344556677' }] },
        },
        actions: drop,
      },
    },
    {
      tc: 'flower enc_key_id 5001 vxlan_opts 77 action drop',
      on: 'vxlan',
      ours: {
        match: {
          encKeyId: 5001,
          encOpts: { vxlan: { gbp: 77 } },
          // The bits that exist, VXLAN_GBP_MASK of include/net/vxlan.h.
          encOptsMask: { vxlan: { gbp: 0x0048ffff } },
        },
        actions: drop,
      },
    },
    {
      tc: 'flower enc_key_id 5001 enc_tos 0x10/0xfc enc_ttl 64 action drop',
      on: 'geneve',
      ours: { match: { encKeyId: 5001, encTos: 0x10, encTosMask: 0xfc, encTtl: 64 }, actions: drop },
    },
    {
      tc: 'flower enc_key_id 5001 enc_flags tuncsum/notundf action drop',
      on: 'geneve',
      ours: { match: { encKeyId: 5001, encFlags: 4, encFlagsMask: 12 }, actions: drop },
    },
    // Encapsulation
    {
      tc: `flower dst_mac 02:00:00:00:01:01 ${encapTc} action mirred egress redirect dev gen1`,
      ours: { match: { ethDst: M2 }, actions: [encap, redirect(devices.geneve)] },
    },
    {
      tc: `flower dst_mac 02:00:00:00:01:01 ${encapTc} geneve_opts 0102:80:00010003 ttl 64 tos 0x10 action mirred egress redirect dev gen1`,
      ours: {
        match: { ethDst: M2 },
        actions: [{ ...encap, options: ovn, ttl: 64, tos: 0x10 }, redirect(devices.geneve)],
      },
    },
    {
      tc: `flower ${encapTc} geneve_opts 0102:80:00010003,0102:81:aabbccdd nocsum action mirred egress redirect dev gen1`,
      ours: {
        match: {},
        actions: [
          {
            ...encap,
            options: { geneve: [...ovn.geneve, { class: 0x102, type: 0x81, data: 'aabbccdd' }] },
            noCsum: true,
          },
          redirect(devices.geneve),
        ],
      },
    },
    {
      tc: `flower ${encapTc} nofrag action mirred egress redirect dev gen1`,
      ours: { match: {}, actions: [{ ...encap, noFrag: true }, redirect(devices.geneve)] },
    },
    {
      tc: 'flower action tunnel_key set src_ip fd00::1 dst_ip fd00::11 id 5001 dst_port 6081 action mirred egress redirect dev gen1',
      ours: { match: {}, actions: [encap6, redirect(devices.geneve)] },
    },
    {
      tc: `flower ${encapTc} vxlan_opts 77 action mirred egress redirect dev vx1`,
      ours: { match: {}, actions: [{ ...encap, options: { vxlan: { gbp: 77 } } }, redirect(devices.vxlan)] },
    },
    // Other keys
    {
      tc: 'protocol ip flower ip_proto udp dst_port 1000-2000 src_port 1-65535 action drop',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP, ipProto: 17, dstPortMin: 1000, dstPortMax: 2000, srcPortMin: 1, srcPortMax: 65535 },
        actions: drop,
      },
    },
    {
      tc: 'protocol mpls_uc flower mpls_label 17 mpls_tc 3 mpls_bos 1 mpls_ttl 64 action drop',
      ours: {
        protocol: 0x8847,
        match: { ethType: 0x8847, mplsLabel: 17, mplsTc: 3, mplsBos: 1, mplsTtl: 64 },
        actions: drop,
      },
    },
    {
      tc: 'protocol mpls_uc flower mpls lse depth 1 label 5 lse depth 2 bos 1 action drop',
      ours: {
        protocol: 0x8847,
        match: {
          ethType: 0x8847,
          mplsLse: [
            { depth: 1, label: 5 },
            { depth: 2, bos: 1 },
          ],
        },
        actions: drop,
      },
    },
    {
      tc: 'protocol ppp_ses flower pppoe_sid 7 ppp_proto ip dst_ip 10.0.0.2 action drop',
      ours: {
        protocol: 0x8864,
        match: { ethType: 0x8864, pppoeSid: 7, pppProto: 0x21, dstIp: parseIp('10.0.0.2') },
        actions: drop,
      },
    },
    {
      tc: 'protocol 802.1q flower vlan_id 5 vlan_ethtype ppp_ses pppoe_sid 7 action drop',
      ours: {
        protocol: ETH_P_8021Q,
        match: { ethType: ETH_P_8021Q, vlanId: 5, vlanEthType: 0x8864, pppoeSid: 7 },
        actions: drop,
      },
    },
    {
      tc: 'protocol cfm flower cfm mdl 5 op 3 action drop',
      ours: { protocol: 0x8902, match: { ethType: 0x8902, cfm: { level: 5, opcode: 3 } }, actions: drop },
    },
    {
      tc: 'protocol ip flower ip_proto l2tp l2tpv3_sid 9 action drop',
      ours: { ...ip4, match: { ethType: ETH_P_IP, ipProto: 115, l2tpv3Sid: 9 }, actions: drop },
    },
    // Other actions
    {
      tc: 'protocol ip flower action pedit ex munge eth dst set 02:00:00:00:01:01 munge ip ttl dec pipe action csum ip4h pipe',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP },
        actions: [
          {
            kind: 'pedit',
            keys: [
              { header: 'eth', command: 'set', offset: 0, value: 0x02000000, mask: 0 },
              { header: 'eth', command: 'set', offset: 4, value: 0x01010000, mask: 0xffff },
              { header: 'ip4', command: 'add', offset: 8, value: 0xff000000, mask: 0xffffff },
            ],
          },
          { kind: 'csum', update: ['ip4h'] },
        ],
      },
    },
    {
      tc: 'flower action pedit munge offset 4 u16 set 0x1234 pipe',
      ours: {
        match: {},
        actions: [
          {
            kind: 'pedit',
            classic: true,
            keys: [{ header: 'network', command: 'set', offset: 4, value: 0x12340000, mask: 0xffff }],
          },
        ],
      },
    },
    {
      tc: 'flower action police rate 1mbit burst 10k peakrate 2mbit mtu 1500 conform-exceed drop/pipe',
      ours: {
        match: {},
        actions: [
          {
            kind: 'police',
            rate: 125_000,
            burst: 10_240,
            peakRate: 250_000,
            mtu: 1500,
            exceed: 'drop',
            conform: 'pipe',
          },
        ],
      },
    },
    {
      tc: 'flower action police rate 100gbit burst 1000000 mtu 9000 conform-exceed drop',
      ours: {
        match: {},
        actions: [{ kind: 'police', rate: 12_500_000_000, burst: 1_000_000, mtu: 9000, exceed: 'drop' }],
      },
    },
    {
      tc: 'flower action police pkts_rate 1000 pkts_burst 100 conform-exceed drop',
      ours: { match: {}, actions: [{ kind: 'police', packetRate: 1000, packetBurst: 100, exceed: 'drop' }] },
    },
    {
      tc: 'protocol ip flower ct_state -trk action ct zone 5 pipe action goto chain 3',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP, ctState: 0, ctStateMask: 8 },
        actions: [
          { kind: 'ct', zone: 5 },
          { kind: 'gact', control: { gotoChain: 3 } },
        ],
      },
    },
    {
      tc: 'protocol ip flower action ct commit force zone 5 mark 0x10/0xf0 label 01/ff nat src addr 10.0.0.1-10.0.0.9 port 1000-2000 pipe',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP },
        actions: [
          {
            kind: 'ct',
            commit: true,
            force: true,
            zone: 5,
            mark: 0x10,
            markMask: 0xf0,
            label: `01${'00'.repeat(15)}`,
            labelMask: `ff${'00'.repeat(15)}`,
            nat: { direction: 'src', ip: parseIp('10.0.0.1'), maxIp: parseIp('10.0.0.9'), port: 1000, maxPort: 2000 },
          },
        ],
      },
    },
    {
      tc: 'protocol ip flower action ct clear',
      ours: { ...ip4, match: { ethType: ETH_P_IP }, actions: [{ kind: 'ct', clear: true }] },
    },
    {
      tc: 'flower action mpls push label 16 tc 1 ttl 64 bos 1 protocol mpls_uc action mpls modify ttl 9',
      ours: {
        match: {},
        actions: [
          { kind: 'mpls', operation: 'push', protocol: 0x8847, label: 16, tc: 1, ttl: 64, bos: 1 },
          { kind: 'mpls', operation: 'modify', ttl: 9 },
        ],
      },
    },
    {
      tc: 'flower action sample rate 1000 group 5 trunc 100',
      ours: { match: {}, actions: [{ kind: 'sample', rate: 1000, group: 5, truncate: 100 }] },
    },
    {
      tc: 'flower action mirred egress mirror dev dummy1 action mirred egress redirect dev dummy1',
      ours: { match: {}, actions: [mirror(devices.other), redirect(devices.other)] },
    },
    {
      tc: 'flower action mirred ingress redirect dev dummy1',
      ours: { match: {}, actions: [{ ...redirect(devices.other), direction: 'ingress' }] },
    },
    { tc: 'flower action pass', ours: { match: {}, actions: [{ kind: 'gact', control: 'ok' }] } },
    { tc: 'flower action trap', ours: { match: {}, actions: [{ kind: 'gact', control: 'trap' }] } },
    { tc: 'flower action goto chain 5', ours: { match: {}, actions: [{ kind: 'gact', control: { gotoChain: 5 } }] } },
    {
      tc: 'chain 5 flower action drop cookie 6e63737401',
      ours: { chain: 5, match: {}, actions: [{ kind: 'gact', control: 'drop', cookie: '6e63737401' }] },
    },
    {
      tc: 'flower action drop random netrand ok 3',
      ours: {
        match: {},
        actions: [{ kind: 'gact', control: 'drop', random: { type: 'netrand', value: 3, control: 'ok' } }],
      },
    },
    {
      tc: 'flower action vlan push id 7 priority 2 protocol 802.1q action mirred egress redirect dev dummy1',
      ours: {
        match: {},
        actions: [{ kind: 'vlan', operation: 'push', id: 7, protocol: 0x8100, priority: 2 }, redirect(devices.other)],
      },
    },
    { tc: 'flower action vlan pop', ours: { match: {}, actions: [{ kind: 'vlan', operation: 'pop' }] } },
    {
      tc: 'flower action vlan modify id 9 priority 1',
      ours: { match: {}, actions: [{ kind: 'vlan', operation: 'modify', id: 9, protocol: 0x8100, priority: 1 }] },
    },
    {
      tc: 'flower action vlan push_eth dst_mac 02:00:00:00:01:01 src_mac 02:00:00:00:00:01',
      ours: { match: {}, actions: [{ kind: 'vlan', operation: 'push_eth', dstMac: M2, srcMac: M1 }] },
    },
    {
      tc: 'flower action skbedit priority 5 mark 7',
      ours: { match: {}, actions: [{ kind: 'skbedit', priority: 5, mark: 7 }] },
    },
    {
      tc: 'flower action skbedit ptype host',
      ours: { match: {}, actions: [{ kind: 'skbedit', ptype: 0 }] },
    },
    {
      tc: 'protocol ip flower action csum ip4h and udp',
      ours: {
        ...ip4,
        match: { ethType: ETH_P_IP },
        actions: [{ kind: 'csum', update: ['ip4h', 'udp'], control: 'ok' }],
      },
    },
    {
      tc: 'flower action drop hw_stats delayed',
      ours: { match: {}, actions: [{ kind: 'gact', control: 'drop', hwStats: ['delayed'] }] },
    },
    {
      tc: 'flower skip_hw action drop',
      ours: { match: {}, actions: drop, flags: { skipHw: true } },
    },
    {
      tc: 'flower verbose classid 1:5 action drop',
      ours: { match: {}, actions: drop, flags: { verbose: true }, classId: 0x10005 },
    },
  ].map((one) => one as Case)
}
