import type { ReasonCode } from '../../../src/offload/reasons/index.js'

/**
 * Every text of Linux 6.12 with which mlx5 or TC's core answers a flower rule, or comments on one in the kernel's log, as an operator sees
 * it: what comes with the answer has the prefix `mlx5_core: `, what is in the log names the device. The errno is that of the driver's
 * answer, empty where it is the firmware's, or where there is none because the text comes later.
 *
 * Left out, because no flower rule on a port of an eswitch meets them:
 * - the classifier matchall (apply_police_params, tc_matchall_police_validate, scan_tc_matchall_fdb_actions, mlx5e_tc_configure_matchall), but
 *   for the texts that it shares with flower;
 * - devlink's commands for mode, inline mode, encap mode and metadata (eswitch_offloads.c), which answer the one who gives them;
 * - making a bond of the PFs (lag/lag.c), which answers the bonding driver;
 * - a PF that is no eswitch (hairpin, marks, mirrors with goto: mlx5e_hairpin_*, mark.c, tc_act_post_parse_goto);
 * - netfilter's flow tables (validate_goto_chain, "Goto action is not supported").
 */
export const TEXTS: readonly (readonly [errno: string, text: string, code: ReasonCode])[] = [
  // cmd.c
  [
    '',
    'mlx5_core 0000:d8:00.0: mlx5_cmd_out_err:838:(pid 1139): SET_FLOW_TABLE_ENTRY(0x936) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x3ad328), err(-22)',
    'FIRMWARE_REFUSED',
  ],
  // en/rep/tc.c
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: Offloading ingress filter is supported only with macvlan passthru mode',
    'MACVLAN_MODE',
  ],
  // en/tc/act/act.c
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed setting post action handle', 'TOO_MANY_REWRITES'],
  // en/tc/act/csum.c
  ['EOPNOTSUPP', 'mlx5_core: TC csum action is only offloaded with pedit', 'CSUM_ACTION'],
  ['EOPNOTSUPP', "mlx5_core: can't offload TC csum action for some header/s", 'CSUM_ACTION'],
  [
    'EOPNOTSUPP',
    "mlx5_core 0000:d8:00.0 p0: can't offload TC csum action for some header/s - flags 0x4",
    'CSUM_ACTION',
  ],
  // en/tc/act/goto.c
  ['EOPNOTSUPP', "mlx5_core: Goto lower numbered chain isn't supported", 'GOTO_BACKWARD'],
  ['EOPNOTSUPP', 'mlx5_core: Requested destination chain is out of supported range', 'CHAIN_RANGE'],
  ['EOPNOTSUPP', 'mlx5_core: Goto chain is not allowed if action has reformat or decap', 'GOTO_WITH_TUNNEL'],
  ['EOPNOTSUPP', "mlx5_core: Decap with goto isn't supported", 'GOTO_WITH_TUNNEL'],
  // en/tc/act/mirred.c
  ['EOPNOTSUPP', "mlx5_core: devices are both uplink, can't offload forwarding", 'UPLINK_TO_UPLINK'],
  ['EOPNOTSUPP', "mlx5_core: devices are not the same uplink, can't offload forwarding", 'UPLINK_TO_UPLINK'],
  ['EOPNOTSUPP', "mlx5_core: can't duplicate output to same device", 'DUPLICATE_OUTPUT'],
  ['EOPNOTSUPP', "mlx5_core 0000:d8:00.0 p0: can't duplicate output to same device: pf0vf1", 'DUPLICATE_OUTPUT'],
  ['EOPNOTSUPP', 'mlx5_core: mpls is supported only through a bareudp device', 'MPLS'],
  ['EOPNOTSUPP', 'mlx5_core: vlan pop eth is supported only with mpls push', 'MPLS'],
  ['EOPNOTSUPP', 'mlx5_core: mpls pop is only supported with vlan eth push', 'MPLS'],
  ['EOPNOTSUPP', "mlx5_core: can't support more output ports, can't offload forwarding", 'TOO_MANY_OUTPUTS'],
  ['EOPNOTSUPP', "mlx5_core: devices are not on same switch HW, can't offload forwarding", 'OTHER_SWITCH'],
  ['EOPNOTSUPP', "mlx5_core: can't forward from a VF to itself", 'SAME_PORT'],
  // en/tc/act/mirred_nic.c
  [
    'EOPNOTSUPP',
    "mlx5_core 0000:d8:00.0 p0: devices p0 eth7 not on same switch HW, can't offload forwarding",
    'OTHER_SWITCH',
  ],
  // en/tc/act/mpls.c
  ['EOPNOTSUPP', 'mlx5_core: mpls push is supported only for mpls_uc protocol', 'MPLS'],
  ['EOPNOTSUPP', 'mlx5_core: mpls pop supported only as first action or with decap', 'MPLS'],
  ['EOPNOTSUPP', 'mlx5_core: mpls pop supported only on bareudp devices', 'MPLS'],
  // en/tc/act/pedit.c
  ['EOPNOTSUPP', 'mlx5_core: curr_pmask and new mask same. Acting twice on same location', 'REWRITE_FORM'],
  ['EOPNOTSUPP', "mlx5_core: legacy pedit isn't offloaded", 'REWRITE_FORM'],
  ['EOPNOTSUPP', 'mlx5_core: The pedit offload action is not supported', 'NO_REWRITE'],
  // en/tc/act/police.c
  [
    'EOPNOTSUPP',
    'mlx5_core: Offload not supported when conform-exceed action is not pipe, ok, jump or drop',
    'POLICE_FORM',
  ],
  ['EOPNOTSUPP', 'mlx5_core: Offload not supported when peakrate/avrate/overhead is configured', 'POLICE_FORM'],
  ['', 'mlx5_core: Failed to get flow meter', 'NO_METER'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to get flow meter -28', 'NO_METER'],
  // en/tc/act/ptype.c
  ['EOPNOTSUPP', 'mlx5_core: skbedit ptype is only supported with type host', 'INGRESS_REDIRECT'],
  // en/tc/act/redirect_ingress.c
  ['EOPNOTSUPP', 'mlx5_core: redirect to ingress is supported only for OVS internal ports', 'INGRESS_REDIRECT'],
  ['EOPNOTSUPP', 'mlx5_core: redirect to ingress is not supported from internal port', 'INT_PORT_TO_INT_PORT'],
  ['EOPNOTSUPP', 'mlx5_core: redirect to int port ingress requires ptype=host action', 'INGRESS_REDIRECT'],
  ['EOPNOTSUPP', 'mlx5_core: redirect to int port ingress is supported only as single destination', 'ONE_DESTINATION'],
  // en/tc/act/tun.c
  ['EOPNOTSUPP', 'mlx5_core: Zero tunnel attributes is not supported', 'INVALID_RULE'],
  // en/tc/act/vlan.c
  ['EOPNOTSUPP', 'mlx5_core: Total vlans used is greater than supported', 'VLAN_DEPTH'],
  ['EOPNOTSUPP', 'mlx5_core: firmware vlan actions is not supported', 'VLAN_FIRMWARE'],
  ['EINVAL', 'mlx5_core: Unexpected action id for VLAN', 'DRIVER_DEFECT'],
  // en/tc/act/vlan_mangle.c
  ['EOPNOTSUPP', 'mlx5_core: VLAN rewrite action must have VLAN protocol match', 'VLAN_REWRITE'],
  ['EOPNOTSUPP', 'mlx5_core: Changing VLAN prio is not supported', 'VLAN_REWRITE'],
  // en/tc/int_port.c
  ['ENOSPC', 'mlx5_core 0000:d8:00.0 p0: Cannot add a new int port, max supported 32', 'INT_PORT_LIMIT'],
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: Cannot add a new internal port, metadata allocation failed for ifindex 42',
    'INT_PORT_LIMIT',
  ],
  ['', "mlx5_core 0000:d8:00.0 p0: Can't add internal port rx rule, err -28", 'INT_PORT_LIMIT'],
  // en/tc/post_act.c
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to add post action rule', 'SPLIT_RULE_REFUSED'],
  // en/tc_ct.c
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to offload ct entry, err: -28', 'CT_ENTRY_REFUSED'],
  ['EOPNOTSUPP', "mlx5_core: offload of ct matching isn't available", 'NO_CONNTRACK'],
  ['EOPNOTSUPP', 'mlx5_core: only ct_state trk, est, new and rpl are supported for offload', 'CT_STATE'],
  ['EOPNOTSUPP', "mlx5_core: matching on ct_state +rel isn't supported", 'CT_STATE'],
  ['EOPNOTSUPP', "mlx5_core: matching on ct_state +inv isn't supported", 'CT_STATE'],
  ['EOPNOTSUPP', "mlx5_core: offload of ct action isn't available", 'NO_CONNTRACK'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to offload ct flow, err -22', 'CT_ACTION_REFUSED'],
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: tc ct offload not supported, firmware vlan actions support is missing',
    'NO_CONNTRACK',
  ],
  // en/tc_tun.c
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: mlx5: Cannot generate tunnel header for this tunnel', 'NOT_A_TUNNEL'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: encap size 132 too big, max supported is 128', 'ENCAP_HEADER_TOO_LONG'],
  [
    'EOPNOTSUPP',
    'mlx5_core 0000:d8:00.0 p0: decapsulation offload is not supported for bareudp net device',
    'NOT_A_TUNNEL',
  ],
  ['EOPNOTSUPP', 'mlx5_core: Matching on TTL is not supported', 'TTL_MATCH'],
  ['EOPNOTSUPP', 'mlx5_core: UDP tunnel decap filter must include enc_dst_port condition', 'TUNNEL_PORT_MATCH'],
  ['EOPNOTSUPP', 'mlx5_core: UDP tunnel decap filter must match enc_dst_port fully', 'TUNNEL_PORT_MATCH'],
  // en/tc_tun_encap.c
  [
    'EINVAL',
    'mlx5_core 0000:d8:00.0 p0: Matching on external port with encap + fwd to table actions is not allowed for firmware steering',
    'STEERING_MODE',
  ],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to offload cached encapsulation header, -12', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update flow post acts, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update cached encapsulation flow, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update slow path (encap) flow, -22', 'UPDATE_FAILED'],
  ['EOPNOTSUPP', "mlx5_core: can't duplicate encap action", 'DUPLICATE_OUTPUT'],
  ['EOPNOTSUPP', 'mlx5_core: Unsupported tunnel', 'NOT_A_TUNNEL'],
  ['', 'mlx5_core 0000:d8:00.0 p0: attaching int port as encap dev not supported, using uplink', 'NO_INT_PORT'],
  ['EOPNOTSUPP', 'mlx5_core: encap header larger than max supported', 'ENCAP_HEADER_TOO_LONG'],
  ['ENODEV', 'mlx5_core: Requested mirred device not found', 'TUNNEL_DEVICE_GONE'],
  ['EOPNOTSUPP', 'mlx5_core: VF tunnel encap with mirroring is not supported', 'ONE_DESTINATION'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update encap header, -12', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update VF tunnel err=-22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update flow mod_hdr err=-22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to lookup route for flow, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update cached decap flow, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update route encaps, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to update route decap flows, -22', 'UPDATE_FAILED'],
  ['', 'mlx5_core: Failed to init fib work', 'UPDATE_FAILED'],
  ['', 'mlx5_core 0000:d8:00.0 p0: Failed to init fib work, -12', 'UPDATE_FAILED'],
  // en/tc_tun_geneve.c
  ['EOPNOTSUPP', 'mlx5_core: Matched UDP dst port is not registered as a GENEVE port', 'GENEVE_PORT'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: UDP port 6082 is not registered as a GENEVE port', 'GENEVE_PORT'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE VNI is not supported', 'GENEVE_PARSER'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE options is not supported', 'GENEVE_PARSER'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE options: option type is not GENEVE', 'TUNNEL_OPTION_TYPE'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE options len is not supported', 'GENEVE_PARSER'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE options: unsupported options len', 'GENEVE_OPTION_SIZE'],
  [
    'EOPNOTSUPP',
    'mlx5_core 0000:d8:00.0 p0: Matching on GENEVE options: unsupported options len (len=17)',
    'GENEVE_OPTION_SIZE',
  ],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE options: unsupported option len', 'GENEVE_OPTION_SIZE'],
  [
    'EOPNOTSUPP',
    'mlx5_core 0000:d8:00.0 p0: Matching on GENEVE options: unsupported option len (key=17, mask=3)',
    'GENEVE_OPTION_SIZE',
  ],
  ['EOPNOTSUPP', "mlx5_core: Matching on GENEVE options: can't match on 0 data field", 'GENEVE_OPTION_ZERO'],
  ['', 'mlx5_core: Matching on GENEVE options: failed creating TLV opt object', 'GENEVE_OPTION_CLASS'],
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: Matching on GENEVE options: failed creating TLV opt object (class:type:len = 0x103:0x80:1)',
    'GENEVE_OPTION_CLASS',
  ],
  ['EOPNOTSUPP', 'mlx5_core: Matching on GENEVE OAM is not supported', 'GENEVE_PARSER'],
  // en/tc_tun_vxlan.c
  ['EOPNOTSUPP', 'mlx5_core: Matched UDP dst port is not registered as a VXLAN port', 'VXLAN_PORT'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: UDP port 8472 is not registered as a VXLAN port', 'VXLAN_PORT'],
  ['EOPNOTSUPP', 'mlx5_core: vxlan udp dport was not registered with the HW', 'VXLAN_PORT'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on VxLAN GBP is not supported', 'VXLAN_GBP'],
  ['EOPNOTSUPP', 'mlx5_core: Wrong VxLAN option type: not GBP', 'VXLAN_GBP'],
  ['EINVAL', 'mlx5_core: VxLAN GBP option/mask len is not 32 bits', 'VXLAN_GBP'],
  ['EINVAL', 'mlx5_core: Wrong VxLAN GBP mask(0x00010000)', 'VXLAN_GBP'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on VXLAN VNI is not supported', 'VXLAN_PARSER'],
  // en_tc.c
  ['EOPNOTSUPP', 'mlx5_core: Rule must have at least one forward/drop action', 'NO_DESTINATION'],
  ['EOPNOTSUPP', 'mlx5_core: Rule cannot support forward+drop action', 'DROP_NOT_ALONE'],
  ['EOPNOTSUPP', 'mlx5_core: Drop with modify header action is not supported', 'DROP_NOT_ALONE'],
  ['EOPNOTSUPP', 'mlx5_core: Requested chain is out of supported range', 'CHAIN_RANGE'],
  ['EOPNOTSUPP', 'mlx5_core: Requested priority is out of supported range', 'PRIORITY_RANGE'],
  ['EOPNOTSUPP', 'mlx5_core: Internal port rule is only supported on chain 0', 'INT_PORT_CHAIN'],
  ['EOPNOTSUPP', "mlx5_core: Internal port rule offload doesn't support goto action", 'INT_PORT_CHAIN'],
  ['EOPNOTSUPP', "mlx5_core: Partial match of tunnel options in chain > 0 isn't supported", 'GENEVE_OPTION_MASK'],
  ['EOPNOTSUPP', "mlx5_core: Partial match on enc_tos ecn bits isn't supported", 'TUNNEL_ECN'],
  [
    'EOPNOTSUPP',
    "mlx5_core: Matching on tos ecn bits without also matching enc_tos ecn bits isn't supported",
    'TUNNEL_ECN',
  ],
  [
    'EOPNOTSUPP',
    "mlx5_core: Partial match on tos ecn bits with match on enc_tos ecn bits isn't supported",
    'TUNNEL_ECN',
  ],
  ['EOPNOTSUPP', "mlx5_core: Match on enc_tos ecn = ECT(1) isn't supported", 'TUNNEL_ECN'],
  ['EOPNOTSUPP', "mlx5_core: Match on tos enc_tos ecn = CE while match on tos ecn != CE isn't supported", 'TUNNEL_ECN'],
  ['EOPNOTSUPP', 'mlx5_core: Match on tunnel is not supported', 'LEGACY_MODE'],
  [
    'EOPNOTSUPP',
    "mlx5_core: Chains on tunnel devices isn't supported without register loopback support",
    'STEERING_MODE',
  ],
  ['', 'mlx5_core: Failed to parse tunnel attributes', 'TUNNEL_MATCH_REFUSED'],
  ['ENOMEM', 'mlx5_core: Failed to allocate memory for tunnel tmp spec', 'NO_MEMORY'],
  ['EOPNOTSUPP', 'mlx5_core: Can\'t match on "l2_miss"', 'KEY_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core: Unsupported ingress ifindex mask', 'INGRESS_PORT_MATCH'],
  ['ENOENT', "mlx5_core: Can't find the ingress port to match on", 'INGRESS_PORT_MATCH'],
  ['EOPNOTSUPP', "mlx5_core: Can't match on the ingress filter port", 'INGRESS_PORT_MATCH'],
  ['EOPNOTSUPP', 'mlx5_core: Unsupported key', 'KEY_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: Unsupported key used: 0x400001', 'KEY_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on CVLAN is not supported', 'CVLAN_MATCH'],
  ['EINVAL', 'mlx5_core: Only UDP and TCP transports are supported for L4 matching', 'L4_MATCH'],
  ['EINVAL', 'mlx5_core 0000:d8:00.0 p0: Only UDP and TCP transport are supported', 'L4_MATCH'],
  ['EOPNOTSUPP', 'mlx5_core: Match on Flex protocols for ICMP is not supported', 'ICMP_PARSER'],
  ['EOPNOTSUPP', 'mlx5_core: Match on Flex protocols for ICMPV6 is not supported', 'ICMP_PARSER'],
  ['EINVAL', 'mlx5_core: Code and type matching only with ICMP and ICMPv6', 'L4_MATCH'],
  ['EOPNOTSUPP', 'mlx5_core: Matching on MPLS is supported only for MPLS over UDP', 'MPLS'],
  ['EOPNOTSUPP', 'mlx5_core: Flow is not offloaded due to min inline setting', 'INLINE_MODE'],
  [
    'EOPNOTSUPP',
    'mlx5_core 0000:d8:00.0 p0: Flow is not offloaded due to min inline setting, required 3 actual 1',
    'INLINE_MODE',
  ],
  ['EOPNOTSUPP', "mlx5_core: can't set and add to the same HW field", 'REWRITE_FORM'],
  ['EOPNOTSUPP', "mlx5_core 0000:d8:00.0 p0: mlx5: can't set and add to the same HW field (1c)", 'REWRITE_FORM'],
  ['EOPNOTSUPP', "mlx5_core: rewrite of few sub-fields isn't supported", 'REWRITE_FORM'],
  [
    'EOPNOTSUPP',
    "mlx5_core 0000:d8:00.0 p0: mlx5: rewrite of few sub-fields (mask f0f0) isn't offloaded",
    'REWRITE_FORM',
  ],
  ['ENOSPC', "mlx5_core: too many pedit actions, can't offload", 'TOO_MANY_REWRITES'],
  ['EOPNOTSUPP', 'mlx5_core: attempt to offload an unsupported field', 'REWRITE_FIELD'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: attempt to offload an unsupported field (cmd 1)', 'REWRITE_FIELD'],
  ['EOPNOTSUPP', "mlx5_core: can't offload re-write of non TCP/UDP", 'REWRITE_ANY_PROTOCOL'],
  ['EOPNOTSUPP', "mlx5_core: current firmware doesn't support split rule for port mirroring", 'MIRROR_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core: Cannot offload flows with nested jumps', 'POLICE_FORM'],
  ['EOPNOTSUPP', 'mlx5_core: Not implemented offload action', 'ACTION_NOT_OFFLOADED'],
  ['EINVAL', "mlx5_core: Flow action doesn't have any entries", 'INVALID_RULE'],
  ['EOPNOTSUPP', 'mlx5_core: Flow action HW stats type is not supported', 'HW_STATS'],
  ['EOPNOTSUPP', 'mlx5_core: Rules with internal port can have only one destination', 'ONE_DESTINATION'],
  [
    'EOPNOTSUPP',
    'mlx5_core: Forwarding from tunnel/internal port to internal port is not supported',
    'INT_PORT_TO_INT_PORT',
  ],
  ['EEXIST', 'mlx5_core: flow cookie already exists, ignoring', 'OFFERED_TWICE'],
  // eswitch_offloads.c
  [
    'EINVAL',
    'mlx5_core 0000:d8:00.0 p0: FDB: Header rewrite with forwarding to both internal and external dests is not allowed',
    'REWRITE_TWO_WAYS',
  ],
  [
    '',
    "mlx5_core 0000:d8:00.0 p0: Tc chains and priorities offload aren't supported, update firmware if needed",
    'CHAIN_RANGE',
  ],
  // fs_cmd.c
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: FW does not support extended destination', 'MIRROR_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: FW does not support more than 16 encaps', 'TOO_MANY_OUTPUTS'],
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: too many modify header actions 33, max supported 32', 'TOO_MANY_REWRITES'],
  // fs_core.c
  ['EEXIST', 'mlx5_core 0000:d8:00.0 p0: Found two FTEs with conflicting actions', 'CONFLICTING_RULE'],
  // lag/mpesw.c
  ['EOPNOTSUPP', "mlx5_core: can't forward to bond in mpesw mode", 'BOND_MULTIPORT'],
  // lib/fs_chains.c
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: Failed to get flow namespace', 'LEGACY_MODE'],
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: Failed to create chains table err -28 (chain: 2, prio: 10, level: 1, size: 4096)',
    'CHAIN_TABLE',
  ],
  // lib/geneve.c
  [
    'EOPNOTSUPP',
    "mlx5_core 0000:d8:00.0 p0: Won't create Geneve TLV opt object with class:type:len = 0x103:0x80:1 (another class:type already exists)",
    'GENEVE_OPTION_CLASS',
  ],
  [
    '',
    'mlx5_core 0000:d8:00.0 p0: Failed creating Geneve TLV opt object class:type:len = 0x103:0x80:1 (err=-22)',
    'GENEVE_PARSER',
  ],
  // lib/port_tun.c
  ['EOPNOTSUPP', 'mlx5_core 0000:d8:00.0 p0: Unexpected entropy calc setting - expected 1', 'TUNNEL_ENTROPY'],
  // drivers/net/netdevsim/bpf.c
  ['EOPNOTSUPP', 'netdevsim: only offload of BPF classifiers supported', 'NO_FLOWER_OFFLOAD'],
  // include/net/flow_offload.h
  ['EOPNOTSUPP', 'mlx5_core: Mixing HW stats types for actions is not supported', 'HW_STATS'],
  ['EOPNOTSUPP', 'mlx5_core: Driver supports only default HW stats type "any"', 'HW_STATS'],
  ['EOPNOTSUPP', 'mlx5_core: Driver does not support selected HW stats type', 'HW_STATS'],
  ['EOPNOTSUPP', 'mlx5_core: Unsupported match on control.flags 0x4', 'KEY_NOT_SUPPORTED'],
  ['EOPNOTSUPP', 'mlx5_core: Unsupported match on enc_control.flags 0x4', 'ENC_FLAGS_MATCH'],
  // include/net/pkt_cls.h
  ['EOPNOTSUPP', 'TC offload is disabled on net device', 'OFFLOAD_DISABLED'],
  ['EOPNOTSUPP', 'Driver supports only offload of chain 0', 'CHAIN_RANGE'],
  // net/sched/act_mirred.c
  ['EOPNOTSUPP', 'act_mirred: Unsupported mirred offload', 'ACTION_NOT_OFFLOADED'],
  // net/sched/act_pedit.c
  ['', 'act_pedit: Unsupported pedit command offload', 'ACTION_NOT_OFFLOADED'],
  // net/sched/act_tunnel_key.c
  ['EINVAL', 'Tunnel options exceeds max size', 'INVALID_RULE'],
  ['EINVAL', 'Missing either ipv4 or ipv6 src and dst', 'INVALID_RULE'],
  ['EOPNOTSUPP', 'act_tunnel_key: Unsupported tunnel key mode offload', 'ACTION_NOT_OFFLOADED'],
  // net/sched/cls_api.c
  ['EOPNOTSUPP', 'Action does not support offload', 'ACTION_NOT_OFFLOADED'],
  ['ENOSPC', 'cls_api: Flow action buffer overflow', 'RETRY'],
  // net/sched/cls_flower.c
  ['EINVAL', 'Key and mask miss aligned', 'INVALID_RULE'],
  ['EINVAL', 'Missing tunnel key geneve option class, type or data', 'INVALID_RULE'],
  ['ERANGE', 'Tunnel key geneve option data is not a multiple of 4 bytes long', 'INVALID_RULE'],
]
