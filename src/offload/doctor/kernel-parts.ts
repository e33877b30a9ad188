/**
 * Parts of the kernel that the checks ask about: their configuration option, and the module they are where they may be one. Sources:
 * net/sched/Kconfig, drivers/net/Kconfig, drivers/net/ethernet/mellanox/mlx5/core/Kconfig.
 */
export const KERNEL_PARTS = {
  flower: { option: 'NET_CLS_FLOWER', module: 'cls_flower' },
  ingress: { option: 'NET_SCH_INGRESS', module: 'sch_ingress' },
  tunnelKey: { option: 'NET_ACT_TUNNEL_KEY', module: 'act_tunnel_key' },
  mirred: { option: 'NET_ACT_MIRRED', module: 'act_mirred' },
  gact: { option: 'NET_ACT_GACT', module: 'act_gact' },
  geneve: { option: 'GENEVE', module: 'geneve' },
  vxlan: { option: 'VXLAN', module: 'vxlan' },
  clsBpf: { option: 'NET_CLS_BPF', module: 'cls_bpf' },
  mlx5ClsAct: { option: 'MLX5_CLS_ACT' },
  tcSkbExt: { option: 'NET_TC_SKB_EXT' },
} as const satisfies Readonly<Record<string, { option: string; module?: string }>>

export type KernelPart = keyof typeof KERNEL_PARTS
