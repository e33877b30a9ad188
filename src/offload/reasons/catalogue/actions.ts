import { type Entry, kernel, mlx5 } from '../entry.js'

/** What a rule does to a packet. */
export const ACTIONS = [
  {
    code: 'ACTION_NOT_OFFLOADED',
    texts: [
      'Not implemented offload action',
      'Action does not support offload',
      'Unsupported mirred offload',
      'Unsupported pedit command offload',
      'Unsupported tunnel key mode offload',
    ],
    meaning:
      'The rule has an action, or a form of one, that hardware never does: nat, bpf, skbmod, a mark, a mirror to ingress.',
    todo: 'do it with another action, or let software have the rule',
    sources: [
      ...mlx5('en_tc.c', 'parse_tc_actions'),
      ...kernel('net/sched/cls_api.c', 'tc_setup_offload_act'),
      ...kernel('net/sched/act_mirred.c', 'tcf_mirred_offload_act_setup'),
      ...kernel('net/sched/act_pedit.c', 'tcf_pedit_offload_act_setup'),
      ...kernel('net/sched/act_tunnel_key.c', 'tcf_tunnel_key_offload_act_setup'),
    ],
  },
  {
    code: 'NO_DESTINATION',
    texts: ['Rule must have at least one forward/drop action'],
    meaning: 'The rule, or the part of it behind a police action, neither sends the packet anywhere nor drops it.',
    todo: 'end it with a redirect, a goto or a drop',
    sources: mlx5('en_tc.c', 'verify_attr_actions'),
  },
  {
    code: 'DROP_NOT_ALONE',
    texts: ['Rule cannot support forward+drop action', 'Drop with modify header action is not supported'],
    meaning: 'The rule drops the packet and does something else with it too.',
    todo: 'let a rule that drops do nothing else',
    sources: mlx5('en_tc.c', 'verify_attr_actions'),
  },
  {
    code: 'CSUM_ACTION',
    texts: [
      'TC csum action is only offloaded with pedit',
      "can't offload TC csum action for some header/s",
      "can't offload TC csum action for some header/s - flags %#x",
    ],
    meaning:
      'The NIC mends checksums by itself when it rewrites a header, of IPv4, TCP and UDP only; it takes the csum action only along with such a rewrite.',
    todo: 'leave the csum action out, or name ip4h, tcp and udp only',
    sources: mlx5('en/tc/act/csum.c', 'csum_offload_supported'),
  },
  {
    code: 'NO_REWRITE',
    texts: ['The pedit offload action is not supported'],
    meaning: 'The NIC’s firmware rewrites no headers here.',
    todo: 'update the firmware, or let software have the rule',
    changes: 'firmware capability max_modify_header_actions',
    sources: mlx5('en/tc/act/pedit.c', 'mlx5e_tc_act_pedit_parse_action'),
  },
  {
    code: 'REWRITE_FIELD',
    texts: ['attempt to offload an unsupported field', 'attempt to offload an unsupported field (cmd %d)'],
    meaning: 'The rule rewrites a field that the NIC never does: ARP, a checksum, ECN.',
    todo: 'let software have the rule',
    sources: mlx5('en_tc.c', 'verify_offload_pedit_fields'),
  },
  {
    code: 'REWRITE_FORM',
    texts: [
      "legacy pedit isn't offloaded",
      'curr_pmask and new mask same. Acting twice on same location',
      "can't set and add to the same HW field",
      "can't set and add to the same HW field (%x)",
      "rewrite of few sub-fields isn't supported",
      "rewrite of few sub-fields (mask %lx) isn't offloaded",
    ],
    meaning:
      'The rewrite is written in a way that the NIC can’t follow: without header types, twice at the same place, or with holes in its mask.',
    todo: 'rewrite each field once, whole, with pedit ex munge',
    sources: [
      ...mlx5('en/tc/act/pedit.c', 'set_pedit_val', 'mlx5e_tc_act_pedit_parse_action'),
      ...mlx5('en_tc.c', 'offload_pedit_fields'),
    ],
  },
  {
    code: 'REWRITE_ANY_PROTOCOL',
    texts: ["can't offload re-write of non TCP/UDP"],
    meaning: 'The rule rewrites IP addresses, and its match does not say that the packet is TCP, UDP or ICMP.',
    todo: 'match ip_proto, with one rule for each protocol',
    sources: mlx5('en_tc.c', 'modify_header_match_supported'),
  },
  {
    code: 'TOO_MANY_REWRITES',
    texts: [
      "too many pedit actions, can't offload",
      'too many modify header actions %d, max supported %d',
      'Failed setting post action handle',
    ],
    meaning:
      'The rule rewrites more than the NIC does at once; tunnel keys, connection tracking and ports of Open vSwitch take some of that room too.',
    todo: 'rewrite less, or in several chains',
    changes: 'firmware capability max_modify_header_actions',
    sources: [
      ...mlx5('en_tc.c', 'offload_pedit_fields'),
      ...mlx5('fs_cmd.c', 'mlx5_cmd_modify_header_alloc'),
      ...mlx5('en/tc/act/act.c', 'mlx5e_tc_act_set_next_post_act'),
    ],
  },
  {
    code: 'VLAN_DEPTH',
    texts: ['Total vlans used is greater than supported'],
    meaning: 'The rule pushes or pops more than two VLAN tags; one of a tunnel’s underlay counts too.',
    todo: 'use two at most',
    sources: mlx5('en/tc/act/vlan.c', 'parse_tc_vlan_action'),
  },
  {
    code: 'VLAN_FIRMWARE',
    texts: ['firmware vlan actions is not supported'],
    meaning: 'The NIC’s firmware neither pushes nor pops VLAN tags.',
    todo: 'update the firmware, or let software have the rule',
    changes: 'firmware with push_vlan and pop_vlan in the FDB',
    sources: mlx5('en/tc/act/vlan.c', 'parse_tc_vlan_action'),
  },
  {
    code: 'VLAN_REWRITE',
    texts: ['VLAN rewrite action must have VLAN protocol match', 'Changing VLAN prio is not supported'],
    meaning: 'The rule changes a VLAN tag without matching it first, or changes its priority.',
    todo: 'match protocol 802.1Q and the tag, and leave its priority as it is',
    sources: mlx5('en/tc/act/vlan_mangle.c', 'mlx5e_tc_act_vlan_add_rewrite_action'),
  },
  {
    code: 'MPLS',
    texts: [
      'mpls is supported only through a bareudp device',
      'vlan pop eth is supported only with mpls push',
      'mpls pop is only supported with vlan eth push',
      'mpls push is supported only for mpls_uc protocol',
      'mpls pop supported only as first action or with decap',
      'mpls pop supported only on bareudp devices',
      'Matching on MPLS is supported only for MPLS over UDP',
    ],
    meaning: 'The NIC does MPLS only within UDP, through a bareudp device.',
    todo: 'use a bareudp device, or let software have the rule',
    sources: [
      ...mlx5('en/tc/act/mirred.c', 'tc_act_can_offload_mirred'),
      ...mlx5('en/tc/act/mpls.c', 'tc_act_can_offload_mpls_push', 'tc_act_can_offload_mpls_pop'),
      ...mlx5('en_tc.c', '__parse_cls_flower'),
    ],
  },
  {
    code: 'POLICE_FORM',
    texts: [
      'Offload not supported when conform-exceed action is not pipe, ok, jump or drop',
      'Offload not supported when peakrate/avrate/overhead is configured',
      'Cannot offload flows with nested jumps',
    ],
    meaning: 'The police action has an option that the NIC doesn’t know.',
    todo: 'use rate and burst only, with pipe, ok, drop, or one jump',
    sources: [
      ...mlx5('en/tc/act/police.c', 'police_act_validate_control', 'police_act_validate'),
      ...mlx5('en_tc.c', 'alloc_branch_attr'),
    ],
  },
  {
    code: 'NO_METER',
    texts: ['Failed to get flow meter', 'Failed to get flow meter %d'],
    meaning: 'The NIC has no meter, or none left, for a police action.',
    todo: 'police less, and look in dmesg',
    changes: 'firmware with meter objects',
    sources: mlx5('en/tc/act/police.c', 'tc_act_police_offload', 'tc_act_police_destroy', 'tc_act_police_stats'),
  },
  {
    code: 'HW_STATS',
    texts: [
      'Flow action HW stats type is not supported',
      'Mixing HW stats types for actions is not supported',
      'Driver supports only default HW stats type "any"',
      'Driver does not support selected HW stats type',
    ],
    meaning:
      'The rule asks for a kind of counters that the driver does not have: mlx5 has delayed ones only, the same for all actions.',
    todo: 'leave hw_stats out, or ask for delayed ones',
    sources: [
      ...mlx5('en_tc.c', 'flow_action_supported'),
      ...kernel('include/net/flow_offload.h', 'flow_action_mixed_hw_stats_check', '__flow_action_hw_stats_check'),
    ],
  },
  {
    code: 'DRIVER_DEFECT',
    texts: ['Unexpected action id for VLAN'],
    meaning: 'The driver met what it thinks impossible.',
    todo: 'tell the driver’s makers, with the rule and the kernel’s version',
    sources: mlx5('en/tc/act/vlan.c', 'parse_tc_vlan_action'),
  },
] as const satisfies readonly Entry[]
