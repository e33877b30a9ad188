import { laterMoment } from '../../base/transcript.js'
import type { tc } from '../../kernel/index.js'
import type { Session } from '../session.js'
import type { FlowRule } from './evidence.js'
import { rulesOfOvs } from './rules-of-ovs.js'

/** Open vSwitch's rules as they were some time ago. */
export interface EarlierRules {
  /** By cookie. */
  rules: ReadonlyMap<string, FlowRule>
  /** At least so long ago. */
  seconds: number
}

/** @param seconds that will pass before the rules are read again */
export function readEarlier(session: Session, seconds: number): EarlierRules {
  return { rules: rulesOfOvs(session), seconds }
}

/** The same, and lets that time pass. */
export async function observeRules(session: Session, seconds: number): Promise<EarlierRules> {
  const earlier = readEarlier(session, seconds)
  await laterMoment(seconds)
  return earlier
}

/**
 * By how many packets a rule's counters moved.
 * @returns undefined where it isn't the rule of before: Open vSwitch deletes and installs one anew for the same flow, with the same cookie
 * and often the same handle, and its counters begin at 0
 */
export function movedOf(
  cookie: string,
  now: FlowRule,
  { rules, seconds }: EarlierRules,
): { hardware: number; software: number } | undefined {
  const before = rules.get(cookie)
  if (before === undefined || before.handle !== now.handle || !isOlder(before, now, seconds)) return undefined
  const hardware = now.hardware.packets - before.hardware.packets
  const software = now.software.packets - before.software.packets
  return hardware < 0 || software < 0 ? undefined : { hardware, software }
}

/** Ages are told to 10 ms (act_api.h tcf_tm_dump, jiffies_to_clock_t), each rounded down. */
const ROUNDED_MS = 20

function isOlder(before: FlowRule, now: FlowRule, seconds: number): boolean {
  const [old, current] = [ageMs(before.filter), ageMs(now.filter)]
  return old === undefined || current === undefined || current >= old + seconds * 1000 - ROUNDED_MS
}

/** Of its newest action: a policer is shared, and may be older than the rule. */
function ageMs({ actions }: tc.FlowerFilter): number | undefined {
  const ages = actions.flatMap((action) => ('age' in action && action.age ? [action.age.installedMs] : []))
  return ages.length === 0 ? undefined : Math.min(...ages)
}
