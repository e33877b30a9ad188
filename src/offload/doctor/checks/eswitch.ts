import { constants } from 'node:os'
import { type Check, fail, type Outcome, type Problem, skip, warn } from '../check.js'
import { perPf } from '../per-pf.js'
import { known, type NodeState, type PfState } from '../state.js'
import { showPf, usedPfs } from '../used.js'
import { isDpuHost } from './scope.js'

/** The eswitch, and whether rules are offered to it. */
export const eswitchChecks: readonly Check[] = [
  {
    id: 'nic.switchdev',
    title: 'the eswitch is in switchdev mode',
    looksAt: 'devlink dev eswitch: mode',
    judge(state) {
      const pfs = usedPfs(state).filter((pf) => !isDpuHost(pf))
      if (pfs.some(({ eswitch }) => 'unknown' in eswitch && eswitch.errno === constants.errno.EPERM))
        return skip('it takes root to read it')
      return perPf(pfs, switchdevProblems, (pf) => `pci/${pf.pci}: mode ${pf.eswitchMode}`)
    },
  },
  {
    id: 'nic.encap-mode',
    title: 'the eswitch may encapsulate',
    looksAt: 'devlink dev eswitch: encap-mode',
    judge: (state) =>
      ofEswitches(state, 'encapMode', (pf, mode) => {
        if (mode !== 'none') return []
        const fix = `${setEswitch(pf)} encap-mode basic (while no rule is offloaded)`
        return [fail(`${showPf(pf)} does not encapsulate: encap-mode none`, fix)]
      }),
  },
  {
    id: 'nic.inline-mode',
    title: 'rules of VFs may match addresses and ports',
    looksAt: 'devlink dev eswitch: inline-mode',
    label: 'source-read',
    judge: (state) =>
      // mlx5 en_tc.c parse_cls_flower: `none` is no limit, the others are what a rule may match at most. Ours match Ethernet addresses,
      // which all of them allow; flows of Open vSwitch go deeper.
      ofEswitches(state, 'inlineMode', (pf, mode) => {
        if (mode !== 'link' && mode !== 'network') return []
        const deeper = mode === 'link' ? 'IP addresses or ports' : 'ports'
        const what = `${showPf(pf)} refuses rules of VFs that match ${deeper}: inline-mode ${mode}`
        return [warn(what, `${setEswitch(pf)} inline-mode transport (while no rule is offloaded)`)]
      }),
  },
  {
    id: 'nic.hw-tc-offload',
    title: 'rules are offered to the NIC',
    looksAt: 'ethtool -k: hw-tc-offload of uplinks and representors',
    judge: (state) =>
      perPf(switchdevPfs(state), offloadProblems, (pf) => {
        const states = Object.values(pf.representorOffload)
        const on = states.filter((one) => one === 'on').length
        return `${pf.uplink.name}: ${pf.hwTcOffload}; ${on} of ${states.length} representors: on`
      }),
  },
]

export const switchdevPfs = (state: NodeState): PfState[] =>
  usedPfs(state).filter(({ eswitchMode }) => eswitchMode === 'switchdev')

const setEswitch = ({ pci }: PfState) => `devlink dev eswitch set pci/${pci}`

function switchdevProblems(pf: PfState): Problem[] {
  if (pf.eswitchMode === 'switchdev') return []
  if ('unknown' in pf.eswitch) {
    return [fail(`${showPf(pf)}: ${pf.eswitch.unknown}`, 'load its driver with SR-IOV; devlink dev eswitch show')]
  }
  return [fail(`${showPf(pf)} is in ${pf.eswitchMode} mode: its VFs have no rules`, `${setEswitch(pf)} mode switchdev`)]
}

/** Of PFs in switchdev mode whose driver tells a mode. */
function ofEswitches<K extends 'encapMode' | 'inlineMode'>(
  state: NodeState,
  which: K,
  problemsOf: (pf: PfState, mode: string) => Problem[],
): Outcome {
  const modeOf = (pf: PfState) => known(pf.eswitch)?.[which]
  const telling = switchdevPfs(state).filter((pf) => modeOf(pf) !== undefined)
  if (telling.length === 0) return skip('no eswitch in switchdev mode tells it')
  return perPf(
    telling,
    (pf) => problemsOf(pf, modeOf(pf) ?? ''),
    (pf) => `pci/${pf.pci}: ${modeOf(pf)}`,
  )
}

function offloadProblems(pf: PfState): Problem[] {
  const devices = [[pf.uplink.name, pf.hwTcOffload] as const, ...Object.entries(pf.representorOffload)]
  return devices.flatMap(([name, offload]) =>
    offload === 'on'
      ? []
      : [
          fail(
            `hw-tc-offload of ${name} is ${offload}: no rule on it is offered to the NIC`,
            `ethtool -K ${name} hw-tc-offload on`,
          ),
        ],
  )
}
