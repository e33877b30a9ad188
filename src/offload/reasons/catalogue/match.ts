import { type Entry, kernel, mlx5 } from '../entry.js'

/** What a rule matches of the packet itself. */
export const MATCH = [
  {
    code: 'KEY_NOT_SUPPORTED',
    texts: [
      'Unsupported key',
      'Unsupported key used: 0x%llx',
      'Can\'t match on "l2_miss"',
      'Unsupported match on control.flags %#x',
    ],
    meaning:
      'The rule matches something that the NIC never does: ARP, SCTP, a range of ports, a connection’s hash, PPPoE, L2TP, flags other than of fragments.',
    todo: 'leave that key out of the match, or let software have the rule',
    sources: [
      ...mlx5('en_tc.c', '__parse_cls_flower', 'mlx5e_flower_parse_meta'),
      ...kernel('include/net/flow_offload.h', 'flow_rule_is_supp_control_flags'),
    ],
  },
  {
    code: 'CVLAN_MATCH',
    texts: ['Matching on CVLAN is not supported'],
    meaning: 'The NIC’s firmware can’t match an inner VLAN tag.',
    todo: 'match one VLAN tag, or update the firmware',
    changes: 'firmware capability outer_second_vid',
    sources: mlx5('en_tc.c', '__parse_cls_flower'),
  },
  {
    code: 'TTL_MATCH',
    texts: ['Matching on TTL is not supported'],
    meaning: 'The NIC’s firmware can’t match that TTL, of the packet or of its tunnel.',
    todo: 'leave ip_ttl and enc_ttl out of the match, or update the firmware',
    changes: 'firmware capability outer_ipv4_ttl',
    sources: [...mlx5('en_tc.c', '__parse_cls_flower'), ...mlx5('en/tc_tun.c', 'mlx5e_tc_tun_parse')],
  },
  {
    code: 'L4_MATCH',
    texts: [
      'Only UDP and TCP transports are supported for L4 matching',
      'Only UDP and TCP transport are supported',
      'Code and type matching only with ICMP and ICMPv6',
    ],
    meaning:
      'The rule matches ports of something else than TCP and UDP, or a type and code of something else than ICMP.',
    todo: 'match ports with ip_proto tcp or udp only, type and code with icmp or icmpv6',
    sources: mlx5('en_tc.c', '__parse_cls_flower'),
  },
  {
    code: 'ICMP_PARSER',
    texts: ['Match on Flex protocols for ICMP is not supported', 'Match on Flex protocols for ICMPV6 is not supported'],
    meaning: 'The NIC’s flex parser profile has no ICMP, so its type and code can’t be matched.',
    todo: 'leave type and code out of the match, or choose a profile with ICMP (mlxconfig set FLEX_PARSER_PROFILE_ENABLE) and reset the NIC',
    changes: 'firmware: flex parser profile',
    sources: mlx5('en_tc.c', '__parse_cls_flower'),
  },
  {
    code: 'INLINE_MODE',
    texts: [
      'Flow is not offloaded due to min inline setting',
      'Flow is not offloaded due to min inline setting, required %d actual %d',
    ],
    meaning: 'The eswitch is set to see less of a packet than the rule matches (devlink inline-mode).',
    todo: 'remove the rules, then devlink dev eswitch set pci/ADDRESS inline-mode transport',
    sources: mlx5('en_tc.c', 'parse_cls_flower'),
  },
  {
    code: 'INGRESS_PORT_MATCH',
    texts: [
      'Unsupported ingress ifindex mask',
      "Can't find the ingress port to match on",
      "Can't match on the ingress filter port",
    ],
    meaning:
      'The rule matches the port that a packet comes from (indev), and that isn’t the device that the rule is on.',
    todo: 'put the rule on that device itself, and leave indev out of the match',
    sources: mlx5('en_tc.c', 'mlx5e_flower_parse_meta'),
  },
] as const satisfies readonly Entry[]
