import type { Area, Check, Outcome, Result } from './check.js'
import { arpChecks } from './checks/arp.js'
import { bpfChecks } from './checks/bpf.js'
import { eswitchChecks } from './checks/eswitch.js'
import { kernelChecks } from './checks/kernel.js'
import { mtuChecks } from './checks/mtu.js'
import { nicChecks } from './checks/nic.js'
import { nodeChecks } from './checks/node.js'
import { ovnChecks } from './checks/ovn.js'
import { ovsChecks } from './checks/ovs.js'
import { parserChecks } from './checks/parser.js'
import { representorChecks } from './checks/representor.js'
import { routingChecks } from './checks/routing.js'
import { scopeChecks } from './checks/scope.js'
import { tcChecks } from './checks/tc.js'
import { tunnelChecks } from './checks/tunnel.js'
import { vtepChecks } from './checks/vtep.js'
import type { NodeState } from './state.js'
import { usedPfs } from './used.js'

/** In the order of causes: what comes first may be why the next one fails. */
export const CHECKS: readonly Check[] = [
  ...nodeChecks,
  ...kernelChecks,
  ...nicChecks,
  ...eswitchChecks,
  ...representorChecks,
  ...parserChecks,
  ...vtepChecks,
  ...arpChecks,
  ...routingChecks,
  ...tunnelChecks,
  ...mtuChecks,
  ...ovsChecks,
  ...ovnChecks,
  ...tcChecks,
  ...bpfChecks,
  ...scopeChecks,
]

export interface Finding extends Outcome {
  check: Check
  area: Area
}

export interface Diagnosis {
  findings: readonly Finding[]
  /** A NIC of the node is the lab's stand-in. */
  emulated: boolean
}

/** Pure: every check over the state. */
export function examine(state: NodeState): Diagnosis {
  return {
    findings: CHECKS.map((check) => finding(check, check.judge(state))),
    emulated: usedPfs(state).some(({ emulated }) => emulated),
  }
}

function finding(check: Check, { result, says, ...rest }: Outcome): Finding {
  const more = says === '' ? '' : `: ${says}`
  return {
    check,
    area: check.id.split('.', 1)[0] as Area,
    result,
    says: result === 'OK' ? `${check.title}${more}` : says,
    ...rest,
  }
}

/** The worst of all: FAIL, WARN, else OK. */
export function worstOf({ findings }: Pick<Diagnosis, 'findings'>): Exclude<Result, 'SKIP'> {
  return (['FAIL', 'WARN'] as const).find((result) => findings.some((one) => one.result === result)) ?? 'OK'
}
