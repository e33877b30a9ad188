/** Why a rule is not in hardware: a stable code, the kernel's own words, what to do. */
export interface Reason {
  code: string
  /** Verbatim text of the driver or the core; missing where there was none. */
  text?: string
  hint: string
}

interface Entry {
  code: string
  pattern: RegExp
  hint: string
}

/** By what the texts say, whichever driver's prefix they have. Sources: drivers/net/ethernet/mellanox/mlx5/core, net/sched, Linux 6.12. */
const CATALOGUE: readonly Entry[] = [
  {
    code: 'OFFLOAD_DISABLED',
    pattern: /TC offload is disabled on net device/, // include/net/pkt_cls.h tc_can_offload_extack
    hint: 'ethtool -K DEVICE hw-tc-offload on',
  },
  {
    code: 'OTHER_SWITCH',
    pattern: /devices are not on same switch HW/, // en_tc.c parse_mirred
    hint: 'a redirect reaches only ports of the same NIC; use a tunnel between the two NICs',
  },
  {
    code: 'TUNNEL_MATCH_REFUSED',
    pattern: /Failed to parse tunnel attributes/, // en_tc.c parse_tunnel_attr, which overwrites the true text
    hint: "the true text is in the kernel's log; usual causes: enc_flags match (OVS 3.5 on kernels from 6.11), GENEVE option, port",
  },
  {
    code: 'PRIORITY_RANGE',
    pattern: /Requested priority is out of supported range/, // en_tc.c mlx5e_tc_add_fdb_flow
    hint: 'without ignore_flow_level priorities end at 16',
  },
  {
    code: 'CHAIN_RANGE',
    pattern: /Requested chain is out of supported range/,
    hint: 'without ignore_flow_level chains end at 3',
  },
  {
    code: 'NO_CONNTRACK',
    pattern: /offload of ct (action|matching) isn't available/,
    hint: 'this NIC or kernel offloads no connection tracking',
  },
]

/** @param text what the kernel said when the rule was offered; undefined when it said nothing */
export function reasonFor(text: string | undefined): Reason {
  if (text === undefined) {
    return {
      code: 'NO_TEXT',
      hint: 'the driver gave no text: look at the route and the neighbour of the tunnel, at dmesg, and whether the kernel has MLX5_CLS_ACT',
    }
  }
  const entry = CATALOGUE.find(({ pattern }) => pattern.test(text))
  return { code: entry?.code ?? 'DRIVER_REFUSED', text, hint: entry?.hint ?? 'see the text; it is the driver’s own' }
}
