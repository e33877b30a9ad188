import { type Entry, mlx5 } from '../entry.js'

const MIRRED = 'en/tc/act/mirred.c'

/** Where a rule sends packets. */
export const FORWARDING = [
  {
    code: 'OTHER_SWITCH',
    texts: [
      "devices are not on same switch HW, can't offload forwarding",
      "devices %s %s not on same switch HW, can't offload forwarding",
    ],
    meaning:
      'The rule sends to a port that is not of this NIC’s eswitch: of another NIC, of the other PF of the same card, or of software (bridge, tap, veth). With a rule of a tunnel device that its own NIC took, a sibling PF says so too, and it means nothing.',
    todo: 'a redirect reaches only ports of the same PF; use a tunnel between the two NICs',
    changes: 'between VFs of the two PFs of one card: merged eswitch, LAG or multiport eswitch',
    sources: [
      ...mlx5(MIRRED, 'tc_act_can_offload_mirred', 'parse_mirred'),
      ...mlx5('en/tc/act/mirred_nic.c', 'tc_act_can_offload_mirred_nic'),
    ],
  },
  {
    code: 'UPLINK_TO_UPLINK',
    texts: [
      "devices are both uplink, can't offload forwarding",
      "devices are not the same uplink, can't offload forwarding",
    ],
    meaning: 'The rule sends what comes from the wire back to a wire.',
    todo: 'send to a VF; from wire to wire stays in software, but for a bond of the two PFs',
    changes: 'firmware capability termination_table_raw_traffic; LAG with a shared FDB',
    sources: mlx5(MIRRED, 'verify_uplink_forwarding'),
  },
  {
    code: 'DUPLICATE_OUTPUT',
    texts: [
      "can't duplicate output to same device",
      "can't duplicate output to same device: %s",
      "can't duplicate encap action",
    ],
    meaning: 'One rule sends to the same port, or into the same tunnel, twice.',
    todo: 'name each output once',
    sources: [
      ...mlx5(MIRRED, 'is_duplicated_output_device'),
      ...mlx5('en/tc_tun_encap.c', 'is_duplicated_encap_entry'),
    ],
  },
  {
    code: 'TOO_MANY_OUTPUTS',
    texts: ["can't support more output ports, can't offload forwarding", 'FW does not support more than %d encaps'],
    meaning: 'One rule sends more copies than the NIC makes: 32, and fewer into tunnels.',
    todo: 'let software carry what goes to all, or use fewer members',
    changes: 'firmware capability: extended destinations',
    sources: [...mlx5(MIRRED, 'tc_act_can_offload_mirred'), ...mlx5('fs_cmd.c', 'mlx5_set_extended_dest')],
  },
  {
    code: 'MIRROR_NOT_SUPPORTED',
    texts: [
      "current firmware doesn't support split rule for port mirroring",
      'FW does not support extended destination',
    ],
    meaning: 'The NIC’s firmware can’t send a copy away before it changes or encapsulates the packet.',
    todo: 'give the rule one output, or update the firmware',
    changes: 'firmware: multi_fdb_encap, extended destinations',
    sources: [...mlx5('en_tc.c', 'actions_match_supported_fdb'), ...mlx5('fs_cmd.c', 'mlx5_set_extended_dest')],
  },
  {
    code: 'SAME_PORT',
    texts: ["can't forward from a VF to itself"],
    meaning: 'The rule sends a VF’s packets back to that VF.',
    todo: 'leave it to software, or drop such packets',
    sources: mlx5(MIRRED, 'parse_mirred'),
  },
  {
    code: 'REWRITE_TWO_WAYS',
    texts: ['FDB: Header rewrite with forwarding to both internal and external dests is not allowed'],
    meaning: 'One rule changes the header and then sends both to the wire and to a VF.',
    todo: 'make two rules of it: one to the wire, one to the VF',
    sources: mlx5('eswitch_offloads.c', 'mlx5_eswitch_add_offloaded_rule'),
  },
  {
    code: 'BOND_MULTIPORT',
    texts: ["can't forward to bond in mpesw mode"],
    meaning: 'The rule sends to a bond, while the two PFs are a multiport eswitch.',
    todo: 'send to one of the uplinks',
    sources: mlx5('lag/mpesw.c', 'mlx5_lag_mpesw_do_mirred'),
  },
  {
    code: 'BOND_NOT_READY',
    meaning:
      'The rule sends to a bond without a usable uplink, or the other PF of the bond isn’t ready; no text, ENODEV.',
    todo: 'wait until the bond is up (cat /proc/net/bonding/BOND), then install the rule again',
    sources: [...mlx5(MIRRED, 'parse_mirred'), ...mlx5('en_tc.c', 'mlx5e_add_fdb_flow')],
  },
  {
    code: 'ONE_DESTINATION',
    texts: [
      'Rules with internal port can have only one destination',
      'redirect to int port ingress is supported only as single destination',
      'VF tunnel encap with mirroring is not supported',
    ],
    meaning:
      'The VTEP is on a port of Open vSwitch or on a VF, and then a rule has one output. After a mirror the same is refused without a word.',
    todo: 'have the VTEP on the PF itself, or send no copies',
    sources: [
      ...mlx5('en_tc.c', 'parse_tc_fdb_actions'),
      ...mlx5('en/tc/act/redirect_ingress.c', 'tc_act_can_offload_redirect_ingress'),
      ...mlx5('en/tc_tun_encap.c', 'mlx5e_tc_tun_encap_dests_set'),
      ...mlx5('eswitch_offloads.c', 'mlx5_eswitch_add_fwd_rule'),
    ],
  },
  {
    code: 'INT_PORT_TO_INT_PORT',
    texts: [
      'Forwarding from tunnel/internal port to internal port is not supported',
      'redirect to ingress is not supported from internal port',
    ],
    meaning: 'What came from a port of Open vSwitch, or out of a tunnel there, is sent to such a port again.',
    todo: 'have the VTEP on the PF itself; what is for the host stays in software',
    sources: [
      ...mlx5('en_tc.c', 'parse_tc_fdb_actions'),
      ...mlx5('en/tc/act/redirect_ingress.c', 'tc_act_can_offload_redirect_ingress'),
    ],
  },
  {
    code: 'INGRESS_REDIRECT',
    texts: [
      'redirect to ingress is supported only for OVS internal ports',
      'redirect to int port ingress requires ptype=host action',
      'skbedit ptype is only supported with type host',
    ],
    meaning:
      'Packets are handed to a device as if it had received them; the NIC does that only with a port of Open vSwitch.',
    todo: 'use an egress redirect to a representor; for a port of Open vSwitch put skbedit ptype host before it',
    sources: [
      ...mlx5('en/tc/act/redirect_ingress.c', 'tc_act_can_offload_redirect_ingress'),
      ...mlx5('en/tc/act/ptype.c', 'tc_act_parse_ptype'),
    ],
  },
  {
    code: 'NO_INT_PORT',
    texts: ['attaching int port as encap dev not supported, using uplink'],
    meaning:
      'The VTEP is on a port of Open vSwitch, which this NIC does not know as a port of its own: packets leave by the uplink, past Open vSwitch’s rules for that port.',
    todo: 'have the VTEP on the PF itself, or update the firmware',
    changes: 'firmware capability reg_c_preserve, and matching ports by metadata',
    sources: mlx5('en/tc_tun_encap.c', 'mlx5e_attach_encap'),
  },
  {
    code: 'INT_PORT_LIMIT',
    texts: [
      'Cannot add a new int port, max supported %d',
      'Cannot add a new internal port, metadata allocation failed for ifindex %d',
      "Can't add internal port rx rule, err %d",
    ],
    meaning: 'The NIC has no room for one more port of Open vSwitch: 32 at most.',
    todo: 'use fewer bridges with VTEPs, or have the VTEPs on the PFs themselves',
    sources: mlx5('en/tc/int_port.c', 'mlx5e_int_port_add'),
  },
] as const satisfies readonly Entry[]
