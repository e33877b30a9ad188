import type { tc } from '../kernel/index.js'
import type { Holder } from './holder.js'
import type { TunnelPath } from './preflight.js'
import type { Reason, ReasonCode } from './reasons/index.js'
import type { AtRepresentor, Taken } from './representor.js'
import type { SecondStage } from './second-stage.js'

/** DESIGN.md "Verdicts": a closed set, never a boolean. */
export const VERDICTS = ['hardware', 'suspect', 'software', 'fallback', 'missing', 'wrong', 'foreign'] as const
export type VerdictWord = (typeof VERDICTS)[number]

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

/** What is known of one wanted rule: what its verdict rests on. */
export interface Evidence {
  /** At its place, with its match: `other` and `foreign` are a rule of ours that does something else, and somebody else's. */
  present: 'no' | 'other' | 'same' | 'foreign'
  softwareOnly: boolean
  inHw: boolean
  /** How many drivers have it. */
  inHwCount?: number
  /** Whose hardware that is. */
  holder?: Holder
  /** Hex; of the rule's last action. */
  cookie?: string
  hardware: tc.Counters
  software: tc.Counters
  /** By how many packets the counters moved while we looked; missing when we looked once. */
  moved?: { hardware: number; software: number }
  /** Of a rule on a VF's representor, where the driver counts what comes to it. */
  representor?: AtRepresentor
  /** Of an encap rule. */
  path?: TunnelPath
  /** Of a rule that hardware did not take; one for hardware alone isn't there then. */
  refusal?: Reason
}

const NOT_THERE: Reason = { code: 'NOT_INSTALLED', hint: 'no such rule is there: nicsteer apply', source: 'evidence' }
const NOT_OURS: Reason = {
  code: 'NOT_OURS',
  hint: 'a rule that is not ours matches the same there; nicsteer leaves it alone and cannot answer for it',
  source: 'evidence',
}

/** Hardware refused the rule because of its route: they say more than that the route is wrong. */
const ROUTE_REFUSALS: ReadonlySet<ReasonCode> = new Set([
  'LOCAL_ROUTE',
  'OTHER_PF_ROUTE',
  'NO_ROUTE',
  'NO_SOURCE_ADDRESS',
])

function wrongRoute(problem: string, { localIp, remoteIp }: TunnelPath): Reason {
  return { code: 'WRONG_ROUTE', text: problem, hint: `ip route get ${remoteIp} from ${localIp}`, source: 'evidence' }
}

export function decideVerdict(evidence: Evidence): Verdict {
  const { present, softwareOnly, inHw, path, refusal } = evidence
  if (present === 'no') return { verdict: 'missing', reason: refusal ?? NOT_THERE }
  if (present === 'foreign') return { verdict: 'foreign', reason: NOT_OURS }
  if (present === 'other') {
    return {
      verdict: 'wrong',
      reason: {
        code: 'OTHER_ACTIONS',
        hint: 'the rule does something else than wanted: nicsteer apply',
        source: 'evidence',
      },
    }
  }
  if (path?.problem !== undefined) {
    const explained = refusal !== undefined && ROUTE_REFUSALS.has(refusal.code)
    return { verdict: 'wrong', reason: explained ? refusal : wrongRoute(path.problem, path) }
  }
  if (softwareOnly) return { verdict: 'software', by: 'tc', intended: true }
  if (!inHw) return { verdict: 'software', by: 'tc', ...(refusal !== undefined && { reason: refusal }) }
  return decideInHardware(evidence)
}

/** The flag alone proves nothing: the driver sets it also for a rule whose packets still go through the representor. */
export function decideInHardware(
  evidence: Pick<Evidence, 'hardware' | 'software' | 'moved' | 'path' | 'representor'>,
): Verdict {
  const { hardware, software, moved, path, representor } = evidence
  if (path?.neighbour === 'unresolved') {
    const hint = `${path.nextHop} does not answer on ${path.device}: hardware has no outer MAC address for it, the packets go by the representor`
    return { verdict: 'suspect', reason: { code: 'NEIGHBOUR_UNRESOLVED', hint, source: 'evidence' } }
  }
  const onlySoftware = hardware.packets === 0 && software.packets > 0
  if (onlySoftware || (moved?.software ?? 0) > 0) {
    const packets = moved?.software || software.packets
    return {
      verdict: 'suspect',
      reason: {
        code: 'TRAFFIC_IN_SOFTWARE',
        hint: `flagged in_hw, but ${packets} packets reached the representor and software carried them`,
        source: 'evidence',
      },
    }
  }
  if (representor?.takenBy !== undefined) return takenInSoftware(representor, representor.takenBy)
  const untold = untoldAt(representor, moved)
  if (untold !== undefined) return untold
  if (hardware.packets === 0) return { verdict: 'hardware', carrying: 'idle' }
  const second = path?.second && behindTheFirst(path.second, moved?.hardware ?? 0)
  if (second !== undefined) return second
  if (software.packets === 0) return { verdict: 'hardware', carrying: 'yes' }
  const hint = `${software.packets} packets went through software at some time; verify --observe SECONDS tells whether any still do`
  return { verdict: 'hardware', carrying: 'yes', reason: { code: 'SOME_WENT_BY_SOFTWARE', hint, source: 'evidence' } }
}

/** They would have matched the rule: its own counter could not see them. */
function takenInSoftware({ device }: AtRepresentor, { priority, packets }: Taken): Verdict {
  const hint = `flagged in_hw, but ${packets} packets that it matches reached ${device}, where the filter of priority ${priority} took them`
  return { verdict: 'suspect', reason: { code: 'TRAFFIC_IN_SOFTWARE', hint, source: 'evidence' } }
}

/**
 * Of a rule that hardware had no packet of while its representor got some: whether they were the rule's can't be told, so that it is neither
 * proof nor suspicion. An idle VF's ARP comes there too.
 */
function untoldAt(representor: AtRepresentor | undefined, moved: Evidence['moved']): Verdict | undefined {
  const { device, uncounted = 0, blind } = representor ?? {}
  if (moved?.hardware !== 0 || uncounted === 0 || blind === undefined) return undefined
  const hint = `${uncounted} packets reached ${device} while hardware had none of this rule; whether they were meant for it can't be told: ${blind}`
  return { verdict: 'hardware', carrying: 'idle', reason: { code: 'PACKETS_AT_REPRESENTOR', hint, source: 'evidence' } }
}

/** @returns undefined where the second stage is in hardware as well */
function behindTheFirst({ device, inHardware, others }: SecondStage, moved: number): Verdict | undefined {
  if (inHardware > 0) return undefined
  if (others === 0 && moved === 0) {
    const hint = `Open vSwitch has no rule on the egress of ${device} now: verify --observe SECONDS while packets flow`
    return { verdict: 'hardware', carrying: 'idle', reason: { code: 'SECOND_STAGE_IDLE', hint, source: 'evidence' } }
  }
  const hint = `encapsulated in hardware, then carried on by software: of Open vSwitch's rules on the egress of ${device}, ${others}, none is in hardware`
  return { verdict: 'suspect', reason: { code: 'SECOND_STAGE_NOT_OFFLOADED', hint, source: 'evidence' } }
}

/** What somebody else's rule carries, nobody here can prove. */
const DEGRADED: ReadonlySet<VerdictWord> = new Set(['software', 'fallback', 'suspect', 'foreign'])

/** DESIGN.md "CLI contract": 0 as wanted; 2 degraded but carried; 3 not carried, or wrong. */
export function exitStatus(verdicts: readonly Verdict[], strict = false): 0 | 2 | 3 {
  if (verdicts.some(({ verdict }) => verdict === 'missing' || verdict === 'wrong')) return 3
  const degraded = ({ verdict, intended, carrying }: Verdict) =>
    (!intended && DEGRADED.has(verdict)) || (strict && carrying === 'idle')
  return verdicts.some(degraded) ? 2 : 0
}
