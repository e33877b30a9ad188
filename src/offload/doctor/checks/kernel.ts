import type { Check, Outcome, Problem } from '../check.js'
import { fail, ok, outcome, skip, warn } from '../check.js'
import { KERNEL_PARTS, type KernelPart } from '../kernel-parts.js'
import { known, type NodeState } from '../state.js'
import { hasMlx5, neededTunnels, usedPfs } from '../used.js'

const FILES = '/proc/config.gz or /boot/config-RELEASE; /proc/modules, /lib/modules/RELEASE'

/** Parts without which no rule of ours can be made, whatever the NIC. */
const NEEDED: readonly [id: string, part: KernelPart, what: string][] = [
  ['flower', 'flower', 'the classifier of all rules'],
  ['ingress-qdisc', 'ingress', 'the place of rules on a device'],
  ['tunnel-key', 'tunnelKey', 'writes and takes off tunnel headers'],
  ['mirred', 'mirred', 'sends packets to another device'],
  ['gact', 'gact', 'drops what matched nothing'],
]

export const kernelChecks: readonly Check[] = [
  ...NEEDED.map(
    ([id, part, what]): Check => ({
      id: `kernel.${id}`,
      title: `the kernel has ${nameOf(part)} (${what})`,
      looksAt: FILES,
      judge: (state) => judgePart(state, part, fail),
    }),
  ),
  ...(['geneve', 'vxlan'] as const).map(
    (type): Check => ({
      id: `kernel.${type}`,
      title: `the kernel has ${type.toUpperCase()} devices`,
      looksAt: FILES,
      judge(state) {
        const { types, by } = neededTunnels(state)
        if (types.length === 0) return judgePart(state, type, warn)
        return types.includes(type) ? judgePart(state, type, fail) : skip(`the encapsulation is ${types}, by ${by}`)
      },
    }),
  ),
  {
    id: 'kernel.mlx5-cls-act',
    title: "mlx5's driver is built with TC offload (MLX5_CLS_ACT)",
    looksAt: FILES,
    label: 'source-read',
    judge(state) {
      if (!hasMlx5(state)) return skip('there is no mlx5 NIC here')
      return judgeOption(state, 'mlx5ClsAct', (says) =>
        fail(
          `${says}: mlx5 refuses every flower rule, without a text`,
          `boot a kernel built with CONFIG_MLX5_CLS_ACT=y and CONFIG_NET_TC_SKB_EXT=y; Debian's own have neither, Ubuntu's and RHEL's both`,
        ),
      )
    },
  },
  {
    id: 'kernel.tc-skb-ext',
    title: 'chains in hardware go on in software where they ended (NET_TC_SKB_EXT)',
    looksAt: FILES,
    judge(state) {
      const why = recirculates(state)
      if (why === undefined) return skip('nothing here chains rules: Open vSwitch has no VF with hw-offload')
      return judgeOption(state, 'tcSkbExt', (says) =>
        warn(
          `${says}: Open vSwitch keeps flows that recirculate (connection tracking, OVN with ACLs) out of TC`,
          'boot a kernel built with CONFIG_NET_TC_SKB_EXT=y',
        ),
      )
    },
  },
]

/** Open vSwitch offers its flows to TC, and some of them come from VFs. */
function recirculates({ ovs, ovsPorts, ...state }: NodeState): boolean | undefined {
  const vfs = usedPfs(state).flatMap(({ vfs }) => vfs.flatMap(({ representor }) => representor?.name ?? []))
  const offloads = known(ovs)?.otherConfig['hw-offload'] === 'true'
  return (offloads && ovsPorts.representors.some((name) => vfs.includes(name))) || undefined
}

function nameOf(part: KernelPart): string {
  return `CONFIG_${KERNEL_PARTS[part].option}`
}

/** Something that is in the kernel or not, and no module. */
function judgeOption(state: NodeState, part: KernelPart, problem: (says: string) => Problem): Outcome {
  const { config } = state.kernel.parts[part]
  const evidence = evidenceOf(state, part)
  if (config === undefined)
    return skip(`can't be known: no configuration of kernel ${state.kernel.release} can be read`)
  if (config === 'n') return outcome([problem(`the kernel is built without ${nameOf(part)}`)], evidence)
  return ok('built in', evidence)
}

/** Whether the kernel has a part, or can load it. */
export function judgePart(state: NodeState, part: KernelPart, severity: typeof fail): Outcome {
  const { release, modulesFrozen } = state.kernel
  const { config, module } = state.kernel.parts[part]
  const evidence = evidenceOf(state, part)
  const name = 'module' in KERNEL_PARTS[part] ? KERNEL_PARTS[part].module : part
  if (config === 'y' || module === 'built in') return ok('built in', evidence)
  if (module === 'loaded') return ok('loaded', evidence)
  if (config === 'n') {
    const what = `the kernel is built without ${nameOf(part)}`
    return outcome([severity(what, `boot a kernel built with ${nameOf(part)}`)], evidence)
  }
  if (module === 'loadable') {
    if (!modulesFrozen) return ok('a module, loaded when it is needed', evidence)
    const what = `module ${name} is not loaded, and no module can be loaded any more (kernel.modules_disabled)`
    return outcome([severity(what, `load ${name} before kernel.modules_disabled is set, then reboot`)], evidence)
  }
  if (module === 'absent') {
    const what = `module ${name} is not installed`
    const packages = `Ubuntu: linux-modules-extra-${release}; RHEL, Fedora: kernel-modules-extra`
    return outcome(
      [severity(what, `install the kernel's other modules (${packages}), then modprobe ${name}`)],
      evidence,
      '',
    )
  }
  if (config === 'm') return ok(`a module; whether it is installed can't be seen from here`, evidence)
  return skip(`can't be known: no configuration and no modules of kernel ${release} can be read`)
}

function evidenceOf({ kernel }: NodeState, part: KernelPart): string[] {
  const { config, module } = kernel.parts[part]
  const name = 'module' in KERNEL_PARTS[part] ? KERNEL_PARTS[part].module : ''
  return [
    ...(config === undefined
      ? []
      : [`${kernel.configSource}: ${nameOf(part)}${config === 'n' ? ' is not set' : `=${config}`}`]),
    ...(module === undefined ? [] : [`module ${name}: ${module}`]),
  ]
}
