import { type Entry, kernel, mlx5 } from '../entry.js'

/** Out of a tunnel: what a rule on a tunnel device matches of the outer header. */
export const DECAP = [
  {
    code: 'TUNNEL_MATCH_REFUSED',
    texts: ['Failed to parse tunnel attributes'],
    meaning:
      'The NIC can’t match the outer header as the rule wants it. This text overwrites the true one, which is in the kernel’s log just before, and in the tracepoint netlink:netlink_extack.',
    todo: 'look in dmesg for the line before it, or let nicsteer trace extack hear the true text; usual causes: an enc_flags match (Open vSwitch 3.5 on kernels from 6.11), a GENEVE option, the UDP port',
    sources: mlx5('en_tc.c', 'parse_tunnel_attr'),
  },
  {
    code: 'ENC_FLAGS_MATCH',
    texts: ['Unsupported match on enc_control.flags %#x'],
    meaning:
      'The rule matches flags of the tunnel (don’t fragment, checksum, OAM, critical option), which the NIC never does. Open vSwitch 3.5 writes such a match into every decap rule on kernels from 6.11.',
    todo: 'match no enc_flags; with Open vSwitch use a release or a kernel that does not write it',
    changes: 'Open vSwitch, or a kernel before 6.11, which has no such match',
    sources: [
      ...kernel('include/net/flow_offload.h', 'flow_rule_is_supp_enc_control_flags'),
      ...mlx5('en/tc_tun.c', 'mlx5e_tc_tun_parse'),
    ],
  },
  {
    code: 'TUNNEL_PORT_MATCH',
    texts: [
      'UDP tunnel decap filter must include enc_dst_port condition',
      'UDP tunnel decap filter must match enc_dst_port fully',
    ],
    meaning: 'A rule that takes packets out of a tunnel has to match the outer UDP port, all of its bits.',
    todo: 'match enc_dst_port with a full mask',
    sources: mlx5('en/tc_tun.c', 'mlx5e_tc_tun_parse_udp_ports'),
  },
  {
    code: 'GENEVE_PORT',
    texts: [
      'Matched UDP dst port is not registered as a GENEVE port',
      'UDP port %d is not registered as a GENEVE port',
    ],
    meaning: 'The NIC takes only UDP port 6081 for GENEVE, whatever port the device has.',
    todo: 'use GENEVE on port 6081',
    sources: mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_check_udp_dport_geneve'),
  },
  {
    code: 'GENEVE_PARSER',
    texts: [
      'Matching on GENEVE VNI is not supported',
      'Matching on GENEVE options is not supported',
      'Matching on GENEVE options len is not supported',
      'Matching on GENEVE OAM is not supported',
      'Failed creating Geneve TLV opt object class:type:len = 0x%x:0x%x:%d (err=%d)',
    ],
    meaning: 'The NIC’s firmware does not parse that part of a GENEVE header.',
    todo: 'choose a flex parser profile with GENEVE (mlxconfig set FLEX_PARSER_PROFILE_ENABLE) and reset the NIC, or update its firmware; until then decap stays in software',
    changes: 'firmware: flex parser profile, capabilities geneve_tlv_option_0_data, outer_geneve_vni, outer_geneve_oam',
    sources: [
      ...mlx5(
        'en/tc_tun_geneve.c',
        'mlx5e_tc_tun_parse_geneve_vni',
        'mlx5e_tc_tun_parse_geneve_options',
        'mlx5e_tc_tun_parse_geneve_params',
      ),
      ...mlx5('lib/geneve.c', 'mlx5_geneve_tlv_option_add'),
    ],
  },
  {
    code: 'GENEVE_OPTION_SIZE',
    texts: [
      'Matching on GENEVE options: unsupported options len',
      'Matching on GENEVE options: unsupported options len (len=%d)',
      'Matching on GENEVE options: unsupported option len',
      'Matching on GENEVE options: unsupported option len (key=%d, mask=%d)',
    ],
    meaning: 'The rule matches more GENEVE options, or longer ones, than the NIC can: usually one option of 4 bytes.',
    todo: 'match one option of 4 bytes (OVN’s fits), and leave the others out of the match',
    changes: 'firmware capabilities max_geneve_tlv_options, max_geneve_tlv_option_data_len',
    sources: mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_parse_geneve_options'),
  },
  {
    code: 'GENEVE_OPTION_ZERO',
    texts: ["Matching on GENEVE options: can't match on 0 data field"],
    meaning: 'The NIC can’t match a GENEVE option whose data is all zero.',
    todo: 'give every endpoint a key that isn’t 0, or leave the option out of the match',
    sources: mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_parse_geneve_options'),
  },
  {
    code: 'GENEVE_OPTION_CLASS',
    texts: [
      'Matching on GENEVE options: failed creating TLV opt object',
      'Matching on GENEVE options: failed creating TLV opt object (class:type:len = 0x%x:0x%x:%d)',
      "Won't create Geneve TLV opt object with class:type:len = 0x%x:0x%x:%d (another class:type already exists)",
    ],
    meaning: 'A NIC matches GENEVE options of one class and type at a time, and rules with another one are installed.',
    todo: 'use one option class and type on each NIC; remove all rules with the other one first',
    sources: [
      ...mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_parse_geneve_options'),
      ...mlx5('lib/geneve.c', 'mlx5_geneve_tlv_option_add'),
    ],
  },
  {
    code: 'GENEVE_OPTION_MASK',
    texts: ["Partial match of tunnel options in chain > 0 isn't supported"],
    meaning:
      'In a chain other than 0, or with goto, class and type of a tunnel option are matched whole or not at all.',
    todo: 'mask class with 0xffff and type with 0xff, or mask out the whole option',
    sources: mlx5('en_tc.c', 'enc_opts_is_dont_care_or_full_match'),
  },
  {
    code: 'TUNNEL_OPTION_TYPE',
    texts: ['Matching on GENEVE options: option type is not GENEVE'],
    meaning: 'The rule matches an option of another kind of tunnel on a GENEVE device.',
    todo: 'match GENEVE options (geneve_opts), or none',
    sources: mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_parse_geneve_options'),
  },
  {
    code: 'VXLAN_GBP',
    texts: [
      'Matching on VxLAN GBP is not supported',
      'Wrong VxLAN option type: not GBP',
      'VxLAN GBP option/mask len is not 32 bits',
      'Wrong VxLAN GBP mask(0x%08X)',
    ],
    meaning: 'The rule matches VXLAN’s group policy in a way that the NIC does not.',
    todo: 'match no group policy (vxlan_opts), or one of 32 bits without reserved bits in the mask',
    changes: 'firmware with custom tunnel headers',
    sources: mlx5('en/tc_tun_vxlan.c', 'mlx5e_tc_tun_parse_vxlan_gbp_option'),
  },
  {
    code: 'VXLAN_PARSER',
    texts: ['Matching on VXLAN VNI is not supported'],
    meaning: 'The NIC’s firmware can’t match VXLAN’s VNI.',
    todo: 'update the firmware; until then decap stays in software',
    changes: 'firmware capability outer_vxlan_vni',
    sources: mlx5('en/tc_tun_vxlan.c', 'mlx5e_tc_tun_parse_vxlan'),
  },
  {
    code: 'TUNNEL_ECN',
    texts: [
      "Partial match on enc_tos ecn bits isn't supported",
      "Matching on tos ecn bits without also matching enc_tos ecn bits isn't supported",
      "Partial match on tos ecn bits with match on enc_tos ecn bits isn't supported",
      "Match on enc_tos ecn = ECT(1) isn't supported",
      "Match on tos enc_tos ecn = CE while match on tos ecn != CE isn't supported",
    ],
    meaning: 'The rule matches inner and outer ECN bits in a combination that the NIC can’t.',
    todo: 'leave ECN out of both matches (ip_tos and enc_tos with mask 0xfc)',
    sources: mlx5('en_tc.c', 'mlx5e_tc_verify_tunnel_ecn'),
  },
] as const satisfies readonly Entry[]
