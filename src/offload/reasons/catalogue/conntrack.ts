import { type Entry, kernel, mlx5 } from '../entry.js'

export const CONNTRACK = [
  {
    code: 'NO_CONNTRACK',
    texts: [
      "offload of ct matching isn't available",
      "offload of ct action isn't available",
      'tc ct offload not supported, %s',
    ],
    meaning: 'This NIC, its firmware or this kernel offloads no connection tracking at all.',
    todo: 'do without connection tracking on that path (OVN: no stateful ACL, no load balancer), or look in the driver’s debug log for “tc ct offload not supported”',
    changes: 'kernel options MLX5_TC_CT and NF_FLOW_TABLE; firmware with post actions and register loopback',
    sources: mlx5('en/tc_ct.c', 'mlx5_tc_ct_match_add', 'mlx5_tc_ct_parse_action', 'mlx5_tc_ct_init_check_support'),
  },
  {
    code: 'CT_STATE',
    texts: [
      'only ct_state trk, est, new and rpl are supported for offload',
      "matching on ct_state +rel isn't supported",
      "matching on ct_state +inv isn't supported",
    ],
    meaning: 'The rule matches a state of connections that the NIC does not know: it has trk, est, new and rpl.',
    todo: 'leave related and invalid connections to software',
    sources: mlx5('en/tc_ct.c', 'mlx5_tc_ct_match_add'),
  },
  {
    code: 'CT_ACTION_REFUSED',
    texts: ['Failed to offload ct flow, err %d'],
    meaning: 'The NIC takes connection tracking, but not with all that this rule does besides.',
    todo: 'look in dmesg for what the firmware refused; fewer header changes in the rule help',
    sources: mlx5('en/tc_ct.c', '__mlx5_tc_ct_flow_offload'),
  },
  {
    code: 'CT_ENTRY_REFUSED',
    texts: ['Failed to offload ct entry, err: %d'],
    meaning: 'One connection was not put into hardware; its packets go by software while all rules are in hardware.',
    todo: 'look at /sys/kernel/debug/mlx5/ADDRESS/ct, and for [HW_OFFLOAD] in the conntrack table; fewer connections, or a bigger table',
    sources: mlx5('en/tc_ct.c', 'mlx5_tc_ct_block_flow_offload_add'),
  },
  {
    code: 'CONNECTION_NOT_OFFLOADED',
    meaning:
      'The flow with connection tracking is in hardware, and TC gave connections of its zone to its flow table, but none of them is in hardware: their packets go on in software.',
    todo: 'see that the flows behind it are in hardware too (nicsteer flows --type non-offloaded), and dmesg for what the NIC refused; /proc/net/nf_conntrack has [HW_OFFLOAD] where it is, [OFFLOAD] where it is not',
    changes: 'kernel options MLX5_TC_CT and NF_FLOW_TABLE',
    sources: [
      ...kernel('net/sched/act_ct.c', 'tcf_ct_flow_table_add'),
      ...kernel('net/netfilter/nf_flow_table_offload.c', 'flow_offload_work_add'),
    ],
  },
] as const satisfies readonly Entry[]
