import { type Entry, mlx5 } from '../entry.js'

/** What the firmware or the NIC’s room refuses, whatever the rule is. */
export const FIRMWARE = [
  {
    code: 'FIRMWARE_REFUSED',
    texts: ['%s(0x%x) op_mod(0x%x) failed, status %s(0x%x), syndrome (0x%x), err(%d)'],
    meaning:
      'The driver had nothing against the rule, the firmware refused a command. The kernel’s log has the command, a status and a syndrome; the rule itself is refused without a word.',
    todo: 'look up the syndrome with the NIC’s maker; fewer rules, tunnels or counters, or newer firmware',
    changes: 'firmware',
    sources: mlx5('cmd.c', 'mlx5_cmd_out_err'),
  },
  {
    code: 'NO_ROOM',
    meaning: 'The NIC has no room left for one more rule, outer header, counter or port; no text, ENOSPC or EAGAIN.',
    todo: 'use fewer rules, tunnels or ports of Open vSwitch; dmesg may say which was too many',
    sources: [...mlx5('cmd.c', 'mlx5_cmd_out_err'), ...mlx5('en/tc/int_port.c', 'mlx5e_int_port_add')],
  },
  {
    code: 'NO_MEMORY',
    texts: ['Failed to allocate memory for tunnel tmp spec'],
    meaning:
      'Memory ran out: the host’s, the firmware’s, or the table of neighbours is full; often without a text, ENOMEM.',
    todo: 'look in dmesg; raise net.ipv4.neigh.default.gc_thresh3 if it says that the neighbour table overflows, then install the rule again',
    sources: [
      ...mlx5('en_tc.c', 'parse_tunnel_attr'),
      ...mlx5('en/tc_tun.c', 'mlx5e_route_lookup_ipv4_get'),
      ...mlx5('cmd.c', 'mlx5_cmd_out_err'),
    ],
  },
  {
    code: 'SPLIT_RULE_REFUSED',
    texts: ['Failed to add post action rule'],
    meaning: 'The driver makes several rules of this one, and the firmware refused one of them.',
    todo: 'use fewer actions in one rule (police, mirror, connection tracking), and look in dmesg',
    sources: mlx5('en/tc/post_act.c', 'mlx5e_tc_post_act_offload'),
  },
  {
    code: 'CONFLICTING_RULE',
    texts: ['Found two FTEs with conflicting actions'],
    meaning: 'Hardware has a rule with the same match and priority that does something else.',
    todo: 'give the two rules different priorities, or remove the other one',
    sources: mlx5('fs_core.c', 'check_conflicting_ftes'),
  },
  {
    code: 'OFFERED_TWICE',
    texts: ['flow cookie already exists, ignoring'],
    meaning:
      'The same rule was offered to the same NIC twice: a block shared by two of its ports. It may be in hardware all the same.',
    todo: 'use a block of its own for each representor; where the rule is in_hw, there is nothing to do',
    sources: mlx5('en_tc.c', 'mlx5e_configure_flower'),
  },
  {
    code: 'ESWITCH_BUSY',
    meaning: 'The eswitch is changing its mode, or IPsec offload is active on the uplink; no text, EBUSY.',
    todo: 'install the rule again when the mode is set; without IPsec offload on that uplink',
    sources: mlx5('en_tc.c', 'mlx5e_configure_flower', 'mlx5e_tc_block_ipsec_offload'),
  },
] as const satisfies readonly Entry[]
