import { type Entry, mlx5 } from '../entry.js'

/** Into a tunnel: outer header, tunnel device, and what changes under a rule afterwards. */
export const ENCAP = [
  {
    code: 'ENCAP_HEADER_TOO_LONG',
    texts: ['encap size %d too big, max supported is %d', 'encap header larger than max supported'],
    meaning:
      'The outer header (Ethernet, VLAN, IP, UDP, GENEVE with its options) is longer than the NIC can write. The first text is in the kernel’s log only; the rule itself is refused without a word.',
    todo: 'send fewer or shorter GENEVE options, or drop the VLAN or IPv6 (20 bytes more) of the underlay',
    changes: 'firmware capability max_encap_header_size',
    sources: [
      ...mlx5('en/tc_tun.c', 'mlx5e_tc_tun_create_header_ipv4', 'mlx5e_tc_tun_create_header_ipv6'),
      ...mlx5('en/tc_tun.c', 'mlx5e_tc_tun_update_header_ipv4', 'mlx5e_tc_tun_update_header_ipv6'),
      ...mlx5('en/tc_tun_encap.c', 'mlx5e_attach_decap'),
      ...mlx5('fs_cmd.c', 'mlx5_cmd_packet_reformat_alloc'),
    ],
  },
  {
    code: 'ENCAP_HEADER_STALE',
    meaning:
      'The driver keeps an outer header for each tunnel key as long as one rule uses it, and does not follow a change of route or of the PF’s MAC address: the rule stays in hardware and sends with the old addresses.',
    todo: 'delete all rules with that tunnel key, then add them again: nicsteer clear, nicsteer apply',
    changes: 'the driver follows routes only for VTEPs on VFs and on ports of Open vSwitch',
    sources: mlx5('en/tc_tun_encap.c', 'mlx5e_attach_encap', 'mlx5e_tc_fib_event_work'),
  },
  {
    code: 'ENCAP_MODE_NONE',
    meaning:
      'The eswitch is set to do no encapsulation (devlink encap-mode none): its tables are made without tunnels. Without a text.',
    todo: 'remove the rules, then devlink dev eswitch set pci/ADDRESS encap-mode basic',
    sources: [
      ...mlx5('eswitch_offloads.c', 'esw_init_chains_offload_flags'),
      ...mlx5('lib/fs_chains.c', 'mlx5_chains_create_table'),
    ],
  },
  {
    code: 'NOT_A_TUNNEL',
    texts: [
      'Unsupported tunnel',
      'Cannot generate tunnel header for this tunnel',
      'decapsulation offload is not supported for %s net device',
    ],
    meaning: 'The rule sets or matches a tunnel key, but the device is no tunnel of a kind that the NIC knows.',
    todo: 'redirect to, and match on, the GENEVE or VXLAN device itself (with Open vSwitch genev_sys_6081 or vxlan_sys_4789)',
    sources: [
      ...mlx5('en/tc_tun_encap.c', 'mlx5e_attach_encap'),
      ...mlx5('en/tc_tun.c', 'mlx5e_gen_ip_tunnel_header', 'mlx5e_tc_tun_parse'),
    ],
  },
  {
    code: 'TUNNEL_DEVICE_GONE',
    texts: ['Requested mirred device not found'],
    meaning: 'The tunnel device went away while the rule was being installed.',
    todo: 'make the tunnel device again and install the rule again: nicsteer apply',
    sources: mlx5('en/tc_tun_encap.c', 'mlx5e_tc_tun_encap_dests_set'),
  },
  {
    code: 'TUNNEL_ENTROPY',
    texts: ['Unexpected entropy calc setting - expected %d'],
    meaning:
      'Tunnels with UDP need the port’s source port entropy, and GRE tunnels on the same port have switched it off; the rule is refused without a word.',
    todo: 'offload no GRE tunnel on that port, and leave its entropy registers alone',
    sources: [...mlx5('en/rep/tc.c', 'mlx5e_rep_encap_entry_attach'), ...mlx5('lib/port_tun.c', 'mlx5_set_entropy')],
  },
  {
    code: 'VXLAN_PORT',
    texts: [
      'vxlan udp dport was not registered with the HW',
      'Matched UDP dst port is not registered as a VXLAN port',
      'UDP port %d is not registered as a VXLAN port',
    ],
    meaning:
      'The NIC does not take that UDP port for VXLAN: it knows 4789, and the ports of VXLAN devices that are up.',
    todo: 'use port 4789, or set up a VXLAN device of that port (ethtool --show-tunnels UPLINK lists what the NIC knows)',
    changes: 'the NIC’s table of VXLAN ports, usually four',
    sources: mlx5('en/tc_tun_vxlan.c', 'mlx5e_tc_tun_init_encap_attr_vxlan', 'mlx5e_tc_tun_check_udp_dport_vxlan'),
  },
  {
    code: 'STEERING_MODE',
    texts: [
      'Matching on external port with encap + fwd to table actions is not allowed for firmware steering',
      "Chains on tunnel devices isn't supported without register loopback support",
    ],
    meaning: 'The rule needs what the NIC’s present way of steering does not do.',
    todo: 'devlink dev param set pci/ADDRESS name flow_steering_mode value smfs cmode runtime, or have the VTEP on the PF itself and no goto on the tunnel device',
    changes: 'flow_steering_mode smfs; firmware with register loopback (reg_c1)',
    sources: [...mlx5('en/tc_tun_encap.c', 'mlx5e_set_int_port_tunnel'), ...mlx5('en_tc.c', 'parse_tunnel_attr')],
  },
  {
    code: 'UPDATE_FAILED',
    texts: [
      'Failed to offload cached encapsulation header, %lu',
      'Failed to update flow post acts, %d',
      'Failed to update cached encapsulation flow, %d',
      'Failed to update slow path (encap) flow, %d',
      'Failed to update encap header, %d',
      'Failed to update VF tunnel err=%d',
      'Failed to update flow mod_hdr err=%d',
      'Failed to lookup route for flow, %d',
      'Failed to update cached decap flow, %d',
      'Failed to update route encaps, %d',
      'Failed to update route decap flows, %d',
      'Failed to init fib work',
      'Failed to init fib work, %ld',
    ],
    meaning:
      'A neighbour or a route changed, and the NIC could not be told: the rule is still flagged in_hw, but its packets go by the representor, or by the old way. The kernel’s log alone says so.',
    todo: 'install the rule again (nicsteer clear, nicsteer apply), and look in dmesg for what the firmware refused',
    sources: mlx5(
      'en/tc_tun_encap.c',
      'mlx5e_tc_encap_flows_add',
      'mlx5e_tc_encap_flows_del',
      'mlx5e_reoffload_encap',
      'mlx5e_reoffload_decap',
      'mlx5e_tc_fib_event_work',
      'mlx5e_tc_tun_fib_event',
    ),
  },
] as const satisfies readonly Entry[]
