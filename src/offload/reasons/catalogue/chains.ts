import { type Entry, kernel, mlx5 } from '../entry.js'

/** Chains, priorities, and the ways between them. */
export const CHAINS = [
  {
    code: 'PRIORITY_RANGE',
    texts: ['Requested priority is out of supported range'],
    meaning:
      'The NIC takes priorities 1 to 16 only, because its firmware has no ignore_flow_level; priority 1 only, where it does no chains at all.',
    todo: 'use priorities from 1 to 16, or update the firmware; behind the rules of Open vSwitch (priority 49152 and up) there is no other way than the firmware',
    changes: 'firmware capability ignore_flow_level',
    sources: [...mlx5('en_tc.c', 'mlx5e_tc_add_fdb_flow'), ...mlx5('lib/fs_chains.c', 'mlx5_chains_get_prio_range')],
  },
  {
    code: 'CHAIN_RANGE',
    texts: [
      'Requested chain is out of supported range',
      'Requested destination chain is out of supported range',
      'Driver supports only offload of chain 0',
      "Tc chains and priorities offload aren't supported",
      "Tc chains and priorities offload aren't supported, update firmware if needed",
      "Tc chains and priorities offload aren't supported, check firmware version, or mlxconfig settings",
    ],
    meaning:
      'The NIC takes chains 0 to 3 only, because its firmware has no ignore_flow_level; fewer, where it does no chains at all, or is not in switchdev mode.',
    todo: 'use chains from 0 to 3, or update the firmware',
    changes: 'firmware capabilities ignore_flow_level, multi_fdb_encap, fdb_modify_header_fwd_to_table',
    sources: [
      ...mlx5('en_tc.c', 'mlx5e_tc_add_fdb_flow'),
      ...mlx5('en/tc/act/goto.c', 'validate_goto_chain'),
      ...mlx5('eswitch_offloads.c', 'esw_init_chains_offload_flags'),
      ...kernel('include/net/pkt_cls.h', 'tc_cls_can_offload_and_chain0'),
    ],
  },
  {
    code: 'GOTO_BACKWARD',
    texts: ["Goto lower numbered chain isn't supported"],
    meaning: 'The rule goes to its own chain or to a lower one, which needs firmware with ignore_flow_level.',
    todo: 'go to higher chains only, or update the firmware',
    changes: 'firmware capability ignore_flow_level',
    sources: mlx5('en/tc/act/goto.c', 'validate_goto_chain'),
  },
  {
    code: 'GOTO_WITH_TUNNEL',
    texts: ['Goto chain is not allowed if action has reformat or decap', "Decap with goto isn't supported"],
    meaning: 'One rule goes to another chain and also changes the tunnel header.',
    todo: 'go first, and encapsulate or decapsulate in the last rule',
    changes: 'firmware capability reformat_and_fwd_to_table, for encapsulation',
    sources: mlx5('en/tc/act/goto.c', 'validate_goto_chain', 'tc_act_post_parse_goto'),
  },
  {
    code: 'INT_PORT_CHAIN',
    texts: [
      'Internal port rule is only supported on chain 0',
      "Internal port rule offload doesn't support goto action",
    ],
    meaning: 'A rule of a port of Open vSwitch has to be in chain 0, and to send by itself.',
    todo: 'have the VTEP on the PF itself, or use no recirculation there',
    sources: mlx5('en_tc.c', 'mlx5e_tc_add_fdb_flow'),
  },
  {
    code: 'CHAIN_TABLE',
    texts: ['Failed to create chains table err %d (chain: %d, prio: %d, level: %d, size: %d)'],
    meaning: 'The NIC has no table left for one more chain or priority.',
    todo: 'use fewer chains and priorities',
    sources: mlx5('lib/fs_chains.c', 'mlx5_chains_create_table'),
  },
] as const satisfies readonly Entry[]
