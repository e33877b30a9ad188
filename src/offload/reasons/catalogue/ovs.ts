import { type Entry, ovs } from '../entry.js'

const FILE = 'lib/netdev-offload-tc.c'

/** What Open vSwitch itself can’t offload, as its log at level debug says. */
export const OVS = [
  {
    code: 'RECIRC_NOT_SHARED',
    texts: ['flow_put: recirc_id sharing not supported'],
    meaning:
      'The flow recirculates, as every flow with connection tracking does, and the kernel’s data path can’t go on where TC’s chains end: Open vSwitch offers no such flow.',
    todo: 'boot a kernel with CONFIG_NET_TC_SKB_EXT=y (Debian’s stock kernels are built without); without conntrack actions, flows need no recirculation',
    changes: 'kernel option NET_TC_SKB_EXT',
    sources: ovs(FILE, 'netdev_tc_flow_put'),
  },
  {
    code: 'TC_CANNOT_EXPRESS',
    texts: [
      "offloading attribute %s isn't supported",
      "offloading multiple mpls_lses isn't supported",
      "offloading of non-ethernet packets isn't supported",
      "offloading of IPv6 fragments isn't supported",
      "offloading isn't supported, unknown attribute",
      'unsupported put action type: %d',
      'unsupported set action type: %d',
      'unsupported sub attribute of set action type %d',
      'set action type %d not supported on fragments due to checksum limitation',
      'unsupported tunnel key attribute TP_SRC',
      'unsupported tunnel key attribute %d',
      'Can only support %d actions',
      'flow recirc_id %u exceeds the chain id upper limit',
    ],
    meaning: 'Open vSwitch has no words of TC for something that the flow matches or does, so it did not offer it.',
    todo: 'change the OpenFlow rules that lead to what the text names: nicsteer flows prints the flow, ofproto/trace the rules',
    sources: ovs(
      FILE,
      'test_key_and_mask',
      'netdev_tc_parse_nl_actions',
      'parse_put_flow_set_masked_action',
      'parse_put_flow_set_action',
      'netdev_tc_flow_put',
    ),
  },
  {
    code: 'OUTPUT_NOT_IN_TC',
    texts: [
      'Flow API provider mismatch between ingress (%s) and egress (%s) ports',
      "Can't find netdev for output port %d",
      "Can't find ifindex for output port %s, error %d",
    ],
    meaning: 'A port that the flow’s packets go out of is none that TC knows: of another data path, or gone.',
    todo: 'look at the port with ovs-vsctl show; a port of DPDK can’t be in one flow with a representor',
    sources: ovs(FILE, 'netdev_tc_parse_nl_actions'),
  },
  {
    code: 'OFFLOAD_FAILED',
    texts: ['failed to offload flow: %s: %s'],
    meaning: 'Open vSwitch tried to offload the flow and failed; its log does not say why.',
    todo: 'ovs-appctl vlog/disable-rate-limit, so that no lines are left out, then nicsteer verify --ovs --trace 10s --provoke',
    sources: ovs('lib/dpif-netlink.c', 'parse_flow_put'),
  },
] as const satisfies readonly Entry[]
