import { type Entry, kernel, mlx5 } from '../entry.js'

/** What TC’s core says or does, and how kernel, device and eswitch are set up. */
export const CORE = [
  {
    code: 'OFFLOAD_DISABLED',
    texts: ['TC offload is disabled on net device'],
    meaning: 'The device of the rule has hw-tc-offload off, so no rule of it is offered to the NIC.',
    todo: 'ethtool -K DEVICE hw-tc-offload on, on the uplink and on every representor',
    sources: kernel('include/net/pkt_cls.h', 'tc_can_offload_extack'),
  },
  {
    code: 'NO_FLOWER_OFFLOAD',
    texts: ['only offload of BPF classifiers supported'],
    meaning: 'The device’s driver takes no flower rules at all.',
    todo: 'use a representor of an SR-IOV NIC in switchdev mode; for a ConnectX look at the kernel’s option MLX5_CLS_ACT',
    sources: kernel('drivers/net/netdevsim/bpf.c', 'nsim_bpf_setup_tc_block_cb'),
  },
  {
    code: 'KERNEL_WITHOUT_OFFLOAD',
    meaning:
      'The kernel’s mlx5 driver is built without MLX5_CLS_ACT, which needs NET_TC_SKB_EXT: its devices have no hw-tc-offload, and it takes no flower rule, without a word. Debian’s stock kernels are built so.',
    todo: 'boot a kernel with CONFIG_NET_TC_SKB_EXT=y and CONFIG_MLX5_CLS_ACT=y, or use the driver of the NIC’s maker',
    changes: 'kernel options NET_TC_SKB_EXT, MLX5_CLS_ACT',
    sources: [...mlx5('en/rep/tc.h', 'mlx5e_rep_setup_tc'), ...mlx5('en_rep.c', 'mlx5e_build_rep_netdev')],
  },
  {
    code: 'LEGACY_MODE',
    texts: ['Match on tunnel is not supported', 'Failed to get flow namespace'],
    meaning:
      'The NIC’s eswitch is in legacy mode: there is no eswitch for the rule to be in. Most often without a text.',
    todo: 'devlink dev eswitch set pci/ADDRESS mode switchdev, then install the rules again',
    sources: [
      ...mlx5('en_tc.c', 'parse_tunnel_attr'),
      ...mlx5('eswitch_offloads.c', 'mlx5_eswitch_add_offloaded_rule'),
      ...mlx5('lib/fs_chains.c', 'mlx5_chains_create_table'),
    ],
  },
  {
    code: 'EGRESS_NOT_OFFLOADED',
    meaning: 'The rule is on the egress of a device; hardware takes ingress rules only, but for ports of Open vSwitch.',
    todo: 'put the rule on the ingress of the representor that the packets come from',
    sources: mlx5('en/rep/tc.c', 'mlx5e_rep_setup_tc'),
  },
  {
    code: 'SKIP_SW_ON_TUNNEL',
    meaning:
      'A rule with skip_sw is always refused on a GENEVE or VXLAN device: such a device has no way to offer rules itself, and TC’s core takes it for one that can’t offload. No text, EOPNOTSUPP.',
    todo: 'install it without skip_sw; with verbose the driver’s own words come as a warning',
    sources: kernel('net/sched/cls_api.c', 'tc_setup_cb_add', 'tcf_block_offload_cmd'),
  },
  {
    code: 'BLOCK_NOT_BOUND',
    meaning:
      'No NIC listens to the rules of that device. Of a GENEVE device: the firmware’s flex parser profile has no GENEVE; or its ingress qdisc is older than switchdev mode.',
    todo: 'make the tunnel device’s ingress qdisc again after switchdev mode (nicsteer clear, nicsteer apply); if that changes nothing, choose a flex parser profile with GENEVE (mlxconfig set FLEX_PARSER_PROFILE_ENABLE)',
    changes: 'firmware capability flex_parser_protocols',
    sources: [
      ...mlx5('en/tc_tun_geneve.c', 'mlx5e_tc_tun_can_offload_geneve'),
      ...mlx5('en/rep/tc.c', 'mlx5e_rep_check_indr_block_supported'),
      ...kernel('net/sched/cls_flower.c', 'fl_hw_replace_filter'),
    ],
  },
  {
    code: 'MACVLAN_MODE',
    texts: ['Offloading ingress filter is supported only with macvlan passthru mode'],
    meaning: 'The rule is on a macvlan device over the uplink, whose mode is not passthru.',
    todo: 'use mode passthru, or put the rule on the uplink',
    sources: mlx5('en/rep/tc.c', 'mlx5e_rep_check_indr_block_supported'),
  },
  {
    code: 'RETRY',
    texts: ['Flow action buffer overflow'],
    meaning: 'The rule’s actions were changed by somebody else while it was offered.',
    todo: 'install the rule again',
    sources: kernel('net/sched/cls_api.c', 'tc_setup_action'),
  },
  {
    code: 'INVALID_RULE',
    texts: [
      'Tunnel options exceeds max size',
      'Missing either ipv4 or ipv6 src and dst',
      'Key and mask miss aligned',
      'Missing tunnel key geneve option class, type or data',
      'Tunnel key geneve option data is not a multiple of 4 bytes long',
      "Flow action doesn't have any entries",
      'Zero tunnel attributes is not supported',
    ],
    meaning: 'The rule itself is malformed; the kernel takes it neither for hardware nor for software.',
    todo: 'mend the rule: a tunnel key needs both addresses, a GENEVE option class, type, and data of a multiple of 4 bytes',
    sources: [
      ...kernel('net/sched/act_tunnel_key.c', 'tunnel_key_copy_opts', 'tunnel_key_init'),
      ...kernel('net/sched/cls_flower.c', 'fl_set_enc_opt', 'fl_set_geneve_opt'),
      ...mlx5('en_tc.c', 'flow_action_supported'),
      ...mlx5('en/tc/act/tun.c', 'tc_act_can_offload_tun_encap'),
    ],
  },
] as const satisfies readonly Entry[]
