import type { tc } from '../kernel/index.js'
import type { TunnelPath } from './preflight.js'
import type { Reason } from './reasons.js'

/** DESIGN.md "Verdicts": a closed set, never a boolean. */
export type VerdictWord = 'hardware' | 'suspect' | 'software' | 'fallback' | 'missing' | 'wrong' | 'foreign'

export interface Verdict {
  verdict: VerdictWord
  /** Of `hardware`: whether the counters prove it, or no traffic has come yet. */
  carrying?: 'yes' | 'idle'
  /** Of `software`: who carries it. */
  by?: 'tc' | 'ovs'
  reason?: Reason
  /** It is meant to be so: a rule that only software is to have. */
  intended?: true
}

/** What is known of one wanted rule. */
export interface Evidence {
  /** `other`: at its place, with its match, a rule of ours does something else. */
  present: 'no' | 'other' | 'same'
  softwareOnly: boolean
  inHw: boolean
  hardware: tc.Counters
  software: tc.Counters
  /** By how much the counters moved while we looked; missing when we looked once. */
  moved?: { hardware: number; software: number }
  /** Of an encap rule. */
  path?: TunnelPath
  /** Of a rule that hardware did not take. */
  refusal?: Reason
}

export function decideVerdict(evidence: Evidence): Verdict {
  const { present, softwareOnly, inHw, path, refusal } = evidence
  if (present === 'no') return { verdict: 'missing' }
  if (present === 'other') {
    return {
      verdict: 'wrong',
      reason: { code: 'OTHER_ACTIONS', hint: 'the rule does something else than wanted: nicsteer apply' },
    }
  }
  if (path?.problem !== undefined) {
    return {
      verdict: 'wrong',
      reason: { code: 'WRONG_ROUTE', text: path.problem, hint: `ip route get ${path.remoteIp} from ${path.localIp}` },
    }
  }
  if (softwareOnly) return { verdict: 'software', by: 'tc', intended: true }
  if (!inHw) return { verdict: 'software', by: 'tc', ...(refusal !== undefined && { reason: refusal }) }
  return inHardware(evidence)
}

/** The flag alone proves nothing: the driver sets it also for a rule whose packets still go through the representor. */
function inHardware({ hardware, software, moved, path }: Evidence): Verdict {
  if (path?.neighbour === 'unresolved') {
    const hint = `${path.nextHop} does not answer on ${path.device}: hardware has no outer MAC address for it, the packets go by the representor`
    return { verdict: 'suspect', reason: { code: 'NEIGHBOUR_UNRESOLVED', hint } }
  }
  const inSoftware = moved === undefined ? hardware.packets === 0 && software.packets > 0 : moved.software > 0
  if (inSoftware) {
    const packets = moved?.software ?? software.packets
    return {
      verdict: 'suspect',
      reason: {
        code: 'TRAFFIC_IN_SOFTWARE',
        hint: `flagged in_hw, but ${packets} packets reached the representor and software carried them`,
      },
    }
  }
  if (hardware.packets === 0) return { verdict: 'hardware', carrying: 'idle' }
  if (software.packets === 0) return { verdict: 'hardware', carrying: 'yes' }
  const hint = `${software.packets} packets went through software at some time; verify --observe SECONDS tells whether any still do`
  return { verdict: 'hardware', carrying: 'yes', reason: { code: 'SOME_WENT_BY_SOFTWARE', hint } }
}

/** DESIGN.md "CLI contract": 0 as wanted; 2 degraded but carried; 3 not carried, or wrong. */
export function exitStatus(verdicts: readonly Verdict[], strict = false): 0 | 2 | 3 {
  if (verdicts.some(({ verdict }) => verdict === 'missing' || verdict === 'wrong')) return 3
  const degraded = ({ verdict, intended, carrying }: Verdict) =>
    (!intended && (verdict === 'software' || verdict === 'fallback' || verdict === 'suspect')) ||
    (strict && carrying === 'idle')
  return verdicts.some(degraded) ? 2 : 0
}
