import type { tc } from '../../../kernel/index.js'
import type { OvsFacts } from '../../../ovs/facts.js'
import { externalTunnels } from '../../tunnel-device.js'
import { type Check, fail, type Outcome, ok, outcome, skip, warn } from '../check.js'
import { known, type NodeState } from '../state.js'
import { hasMlx5, ovsHasOurPorts } from '../used.js'

const RESTART = 'systemctl restart openvswitch-switch (or openvswitch)'

/** How Open vSwitch is set up for offload. */
export const ovsChecks: readonly Check[] = [
  {
    id: 'ovs.reachable',
    title: 'Open vSwitch answers',
    looksAt: 'its database',
    judge({ ovs }) {
      if (ovs === undefined) return skip('there is no Open vSwitch here')
      if ('value' in ovs) return ok(`version ${ovs.value.version ?? 'unknown'}`)
      const what = `Open vSwitch does not answer: ${ovs.unknown}`
      return outcome([warn(what, `as root; ${RESTART}`)])
    },
  },
  {
    id: 'ovs.hw-offload',
    title: 'Open vSwitch offers its flows to hardware',
    looksAt: 'other_config:hw-offload',
    judge: (state) =>
      ofOvs(state, ({ otherConfig }) => {
        const value = otherConfig['hw-offload'] ?? 'not set'
        const evidence = [`other_config:hw-offload: ${value}`]
        if (value === 'true') return ok('', evidence)
        const what = `other_config:hw-offload is ${value}: no flow of Open vSwitch is in hardware`
        return outcome(
          [fail(what, `ovs-vsctl set Open_vSwitch . other_config:hw-offload=true; ${RESTART}`)],
          evidence,
          '',
        )
      }),
  },
  {
    id: 'ovs.tc-policy',
    title: 'its flows may be in hardware and in software',
    looksAt: 'other_config:tc-policy',
    judge: (state) =>
      ofOvs(state, ({ otherConfig }) => {
        const policy = otherConfig['tc-policy'] ?? 'none'
        const evidence = [`other_config:tc-policy: ${otherConfig['tc-policy'] ?? 'not set'}`]
        const fix = `ovs-vsctl remove Open_vSwitch . other_config tc-policy; ${RESTART}`
        if (policy === 'skip_hw')
          return outcome([fail('tc-policy skip_hw keeps every flow out of hardware', fix)], evidence)
        if (policy !== 'skip_sw') return ok(policy, evidence)
        // net/sched/cls_api.c tc_setup_cb_add: with err_stop, a block that has a device without offload refuses; a tunnel device is one.
        const what =
          'tc-policy skip_sw: the kernel refuses such rules on tunnel devices, so no decap flow is in hardware'
        return outcome([warn(what, fix)], evidence)
      }),
  },
  {
    id: 'ovs.enc-flags',
    title: "its decap flows match nothing that the NIC can't",
    looksAt: 'versions of Open vSwitch and of the kernel; decap rules on tunnel devices',
    label: 'source-read',
    judge: (state) => ofOvs(state, (ovs) => judgeEncFlags(ovs, state)),
  },
]

/** Nothing is to be said where Open vSwitch has no port of a NIC that matters. */
function ofOvs(state: NodeState, judge: (ovs: OvsFacts) => Outcome): Outcome {
  if (state.ovs === undefined) return skip('there is no Open vSwitch here')
  const ovs = known(state.ovs)
  if (ovs === undefined) return skip('Open vSwitch does not answer')
  if (!ovsHasOurPorts(state)) return skip('Open vSwitch has no uplink and no VF here')
  return judge(ovs)
}

/** From these on (NEWS of Open vSwitch 3.5.0; TCA_FLOWER_KEY_ENC_FLAGS of Linux 6.11) decap rules match csum and don't-fragment. */
const OVS_WRITES = [3, 5] as const
const KERNEL_TAKES = [6, 11] as const

/**
 * Open vSwitch matches tunnel flags where the kernel knows them, and mlx5 refuses any such match (include/net/flow_offload.h
 * flow_rule_is_supp_enc_control_flags). Of other NICs only what is seen can be said.
 */
function judgeEncFlags({ version }: OvsFacts, state: NodeState): Outcome {
  const { release } = state.kernel
  const evidence = [`Open vSwitch ${version ?? 'of unknown version'}`, `kernel ${release}`]
  const refused = decapRulesWithFlags(state).filter(({ flags }) => !flags?.inHw && !flags?.skipHw)
  const fix = 'Open vSwitch before 3.5, or a kernel before 6.11'
  const pair = `Open vSwitch ${version} on kernel ${release} matches tunnel flags (enc_flags) in its decap rules`
  if (refused.length > 0) {
    const what = `${pair}: ${refused.length} of them are not in hardware`
    return outcome([fail(what, fix)], [...evidence, ...refused.slice(0, 3).map(showRule)], '')
  }
  if (version === undefined) return skip('Open vSwitch does not tell its version')
  if (!isFrom(version, OVS_WRITES) || !isFrom(release, KERNEL_TAKES))
    return ok('this pair of versions matches no tunnel flags', evidence)
  if (!hasMlx5(state)) return ok('they match tunnel flags, and none is refused now', evidence)
  return outcome([fail(`${pair}, which mlx5 refuses: they are never in hardware`, fix)], evidence)
}

function decapRulesWithFlags({ filters, links }: NodeState): tc.FlowerFilter[] {
  const tunnels = externalTunnels(links)
  return filters.filter(
    (filter): filter is tc.FlowerFilter =>
      filter.kind === 'flower' && tunnels.has(filter.ifindex) && filter.match.encFlagsMask !== undefined,
  )
}

const showRule = ({ ifindex, chain, priority, handle, match }: tc.FlowerFilter) =>
  `rule on interface ${ifindex}, chain ${chain}, priority ${priority}, handle ${handle}: enc_flags mask ${match.encFlagsMask}`

/** `6.12.107+deb13-amd64` is from 6.11 on. */
function isFrom(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a = '0', b = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? []
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}
