import { NicsteerError } from '../../../base/errors.js'
import { ipFamily } from '../../../base/types.js'
import { chassisVteps } from '../../../ovs/chassis-vteps.js'
import type { ChassisVteps } from '../../../steering/model.js'
import { type Check, fail, type Outcome, outcome, type Problem, skip, warn } from '../check.js'
import { known, type NodeState } from '../state.js'
import { ovnSetting, showPf, usedPfs } from '../used.js'

const SET = 'ovs-vsctl set Open_vSwitch . external_ids:'

/** OVN's settings in the local Open vSwitch: whether they mean anything here. Whether the addresses are configured, vtep.address says. */
export const ovnChecks: readonly Check[] = [
  {
    id: 'ovs.ovn-encap-type',
    title: "OVN's encapsulation is one that NICs take",
    looksAt: 'external_ids:ovn-encap-type',
    judge: (state) =>
      ofOvn(state, 'ovn-encap-type', (value) => {
        const types = value.split(',')
        const usable = types.filter((type) => type === 'geneve' || type === 'vxlan')
        const what = `ovn-encap-type is ${value}: nicsteer knows geneve and vxlan`
        return outcome(usable.length > 0 ? [] : [fail(what, `${SET}ovn-encap-type=geneve`)], [], usable.join(', '))
      }),
  },
  {
    id: 'ovs.ovn-encap-ip',
    title: "OVN's list of VTEPs makes sense",
    looksAt: 'external_ids:ovn-encap-ip, ovn-encap-ip-default',
    judge: (state) =>
      ofOvn(state, 'ovn-encap-ip', (value) => {
        const read = settingsOf(state)
        if ('problem' in read) return outcome([read.problem])
        const byDefault = setting(state, 'ovn-encap-ip-default')
        const isKnown = byDefault === undefined || read.chassis.default !== undefined
        const what = `ovn-encap-ip-default is ${byDefault}, none of ovn-encap-ip: OVN ignores it`
        return outcome(isKnown ? [] : [warn(what, `${SET}ovn-encap-ip-default=VTEP, one of ${value}`)], [], value)
      }),
  },
  {
    id: 'ovs.ovn-pf-mapping',
    title: 'the PF mapping names uplinks of this node, and VTEPs of OVN',
    looksAt: 'external_ids:ovn-pf-encap-ip-mapping',
    judge: (state) =>
      ofOvn(state, 'ovn-pf-encap-ip-mapping', (value) => {
        const read = settingsOf(state)
        if ('problem' in read) return outcome([read.problem])
        return outcome([...mappingProblems(read.chassis, state), ...unmapped(read.chassis, state)], [], value)
      }),
  },
]

const setting = ({ ovs }: NodeState, key: string) => ovnSetting(known(ovs), key)

function ofOvn(state: NodeState, key: string, judge: (value: string) => Outcome): Outcome {
  if (state.ovs === undefined) return skip('there is no Open vSwitch here')
  const value = setting(state, key)
  if (value === undefined)
    return skip(known(state.ovs) === undefined ? 'Open vSwitch does not answer' : `${key} is not set`)
  const { says, evidence, ...rest } = judge(value)
  return { ...rest, says, evidence: [`external_ids:${key}: ${value}`, ...evidence] }
}

function settingsOf(state: NodeState): { chassis: ChassisVteps } | { problem: Problem } {
  try {
    return { chassis: chassisVteps({ setting: (key) => setting(state, key) }) }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    return { problem: fail(error.message, error.hint ?? 'see ovn-controller(8)') }
  }
}

function mappingProblems({ mapping, all }: ChassisVteps, { pfs }: NodeState): Problem[] {
  return mapping.flatMap(({ pf, ip }) => {
    const problems: Problem[] = []
    if (!pfs.some(({ uplink, pci }) => uplink.name === pf || pci === pf)) {
      const has = pfs.map(({ uplink }) => uplink.name).join(', ') || 'none'
      problems.push(
        fail(
          `the mapping names ${pf}, which is no uplink here (there are: ${has})`,
          `${SET}ovn-pf-encap-ip-mapping=UPLINK:VTEP,…`,
        ),
      )
    }
    if (!all.some((vtep) => vtep.ip === ip))
      problems.push(
        fail(
          `the mapping gives ${pf} the VTEP ${ip}, which is none of ovn-encap-ip: OVN has no tunnel by it`,
          `add ${ip} to external_ids:ovn-encap-ip`,
        ),
      )
    if (ipFamily(ip) === 6)
      problems.push(
        warn(
          `the mapping gives ${pf} an IPv6 address: OVN-Kubernetes splits it at its colons`,
          'set external_ids:encap-ip on each Interface instead',
        ),
      )
    return problems
  })
}

/** OVN-Kubernetes writes no encap-ip for VFs of a PF that the mapping does not have: OVN then sends by its default. */
function unmapped({ mapping }: ChassisVteps, state: NodeState): Problem[] {
  return usedPfs(state)
    .filter(({ uplink, pci, vfs }) => vfs.length > 0 && !mapping.some(({ pf }) => pf === uplink.name || pf === pci))
    .map((pf) =>
      warn(
        `${showPf(pf)} has VFs and is not in the mapping: OVN sends their packets by its default VTEP`,
        `add ${pf.uplink.name}:VTEP to external_ids:ovn-pf-encap-ip-mapping`,
      ),
    )
}
