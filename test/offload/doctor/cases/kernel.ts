import type { NodeState } from '../../../../src/offload/doctor/state.js'
import { FRESH, HEALTHY } from '../sample.js'
import { type RedCase, WITH_FILE, withPart } from '../states.js'

/** libbpf is asked by all. */
const NOT_TRIED = Object.fromEntries(
  ['ringBuffer', 'tcx', 'tunnelLocalIp', 'fentry'].map((name) => [name, { unknown: 'no libbpf' }]),
)
export const withBpf = (change: Partial<NodeState['bpf']>, state = HEALTHY): NodeState => ({
  ...state,
  bpf: { ...state.bpf, ...change },
})

/** Of the kernel, and BPF. */
export const KERNEL: readonly RedCase[] = [
  ...(['flower', 'ingress-qdisc', 'tunnel-key', 'mirred', 'gact'] as const).map((id): RedCase => {
    const part = ({ 'ingress-qdisc': 'ingress', 'tunnel-key': 'tunnelKey' } as const)[id as string] ?? (id as 'flower')
    return [
      `kernel.${id}`,
      `without ${part}`,
      withPart(HEALTHY, part, { config: 'n' }),
      'FAIL',
      /built without CONFIG_/,
      /boot a kernel built with/,
    ]
  }),
  [
    'kernel.flower',
    'whose module is not installed',
    withPart(HEALTHY, 'flower', { config: 'm', module: 'absent' }),
    'FAIL',
    /module cls_flower is not installed/,
    /linux-modules-extra-5\.14.*modprobe cls_flower/,
  ],
  [
    'kernel.flower',
    'that loads no modules any more',
    {
      ...withPart(HEALTHY, 'flower', { config: 'm', module: 'loadable' }),
      kernel: { ...withPart(HEALTHY, 'flower', { module: 'loadable' }).kernel, modulesFrozen: true },
    },
    'FAIL',
    /no module can be loaded any more/,
    /kernel\.modules_disabled/,
  ],
  [
    'kernel.geneve',
    'without GENEVE',
    withPart(HEALTHY, 'geneve', { config: 'n' }),
    'FAIL',
    /CONFIG_GENEVE/,
    /CONFIG_GENEVE/,
  ],
  [
    'kernel.vxlan',
    'without VXLAN, which nobody asked for by name',
    withPart(FRESH, 'vxlan', { config: 'n' }),
    'WARN',
    /CONFIG_VXLAN/,
    /CONFIG_VXLAN/,
    FRESH,
  ],
  [
    'kernel.mlx5-cls-act',
    'with Debian’s own kernel',
    withPart(HEALTHY, 'mlx5ClsAct', { config: 'n' }),
    'FAIL',
    /refuses every flower rule/,
    /CONFIG_MLX5_CLS_ACT=y/,
  ],
  [
    'kernel.tc-skb-ext',
    'without recirculation in TC',
    withPart(HEALTHY, 'tcSkbExt', { config: 'n' }),
    'WARN',
    /recirculate/,
    /CONFIG_NET_TC_SKB_EXT=y/,
  ],
  [
    'bpf.libbpf',
    'without libbpf',
    withBpf({ ...NOT_TRIED, noLibrary: "libbpf.so.1 can't be loaded" }),
    'WARN',
    /can't be loaded/,
    /libbpf1/,
  ],
  [
    'bpf.ring-buffer',
    'without ring buffers',
    withBpf({ ringBuffer: { value: false } }),
    'WARN',
    /trace extack/,
    /5\.8/,
  ],
  [
    'bpf.classifier',
    'without tcx and cls_bpf',
    withPart(WITH_FILE, 'clsBpf', { config: 'n' }),
    'WARN',
    /CONFIG_NET_CLS_BPF/,
    /CONFIG_NET_CLS_BPF/,
    WITH_FILE,
  ],
  [
    'bpf.tunnel-local-ip',
    'whose programs cannot name a VTEP',
    withBpf({ tunnelLocalIp: { value: false } }, WITH_FILE),
    'WARN',
    /can't choose the VTEP/,
    /6\.0/,
    WITH_FILE,
  ],
  [
    'bpf.fentry',
    'whose kernel traces no functions',
    withBpf({ fentry: { value: false } }),
    'WARN',
    /hears the texts alone/,
    /DEBUG_INFO_BTF/,
  ],
]
