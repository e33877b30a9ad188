import type { Reason } from '../reasons/index.js'
import type { Verdict } from '../verdict.js'

/** Where a packet is on its way. */
export const PLACES = [
  'vf',
  'representor',
  'rule',
  'tunnel',
  'tunnel device',
  'route',
  'neighbour',
  'nic',
  'remote',
  'back',
] as const
export type Place = (typeof PLACES)[number]

/** One step of a packet's way: what was looked up there, and what was found. */
export interface Hop {
  place: Place
  found: string
  /** Why the packet goes no further, or not in hardware. */
  problem?: Problem
}

export interface Problem {
  text: string
  /** What to do about it. */
  hint: string
  /** Of a verdict, or with the code of a finding or an error. */
  reason?: Omit<Reason, 'code'> & { code: string }
}

export interface Explanation {
  /** As they were found: `0000:d8:00.0 VF 0 (02:00:00:00:00:01)`. */
  from: string
  to: string
  hops: readonly Hop[]
  /** Of the rule that carries it there; missing where it was not got as far as that. */
  verdict?: Verdict
  emulated: boolean
  /** One sentence: in hardware or not, why, and what to do. */
  conclusion: string
}
