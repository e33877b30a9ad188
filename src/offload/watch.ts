import { setTimeout as pause } from 'node:timers/promises'
import { showRule } from '../steering/rule.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import type { Session } from './session.js'
import { type JudgedRule, type Verification, verify } from './verify.js'

/** A rule that is not any more what it was. */
export interface Transition {
  at: Date
  rule: string
  device: string
  /** Undefined: it is new. */
  before: JudgedRule | undefined
  /** Undefined: nobody wants it any more. */
  now: JudgedRule | undefined
}

/**
 * Judges again and again, and tells what changed. Refused rules are offered to hardware again, to hear the reason, only when something did.
 * @param seconds between two readings
 * @param seen of each reading, the first one too
 */
export async function* watch(
  session: Session,
  file: LoadedSteering | undefined,
  { seconds, signal, seen }: { seconds: number; signal: AbortSignal; seen: (verification: Verification) => void },
): AsyncGenerator<Transition> {
  let before = await verify(session, file)
  seen(before)
  while (!signal.aborted) {
    await pause(seconds * 1000, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    const looked = await verify(session, file, { ask: false })
    if (transitions(before, looked).length === 0) continue
    const now = await verify(session, file)
    seen(now)
    yield* transitions(before, now)
    before = now
  }
}

/** By verdict and who carries it; that a rule has got its first packet counts too. */
export function transitions(before: Verification, now: Verification): Transition[] {
  const [old, current] = [byRule(before), byRule(now)]
  const at = new Date()
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((key) => {
    const [was, is] = [old.get(key), current.get(key)]
    if (was !== undefined && is !== undefined && stateOf(was) === stateOf(is)) return []
    const { rule, device } = (is ?? was) as JudgedRule
    return { at, rule: showRule(rule), device, before: was, now: is }
  })
}

function byRule({ rules }: Verification): Map<string, JudgedRule> {
  return new Map(rules.map((one) => [`${one.device} ${one.rule.priority} ${showRule(one.rule)}`, one]))
}

const stateOf = ({ verdict, carrying, by }: JudgedRule) => `${verdict} ${carrying} ${by}`
