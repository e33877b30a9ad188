import type { NodeState } from './state.js'

/**
 * OK; WARN: something is in software, or may go wrong, that need not; FAIL: tunnels can't be in hardware, or packets are lost or go the wrong
 * way; SKIP: it doesn't matter on this node, or can't be known here.
 */
export const RESULTS = ['FAIL', 'WARN', 'OK', 'SKIP'] as const
export type Result = (typeof RESULTS)[number]

export const AREAS = [
  'node',
  'kernel',
  'bpf',
  'nic',
  'vtep',
  'routing',
  'tunnel',
  'ovs',
  'tc',
  'steering',
  'scope',
] as const
export type Area = (typeof AREAS)[number]

export interface Outcome {
  result: Result
  /** One line: what is so; of OK what was found, where there is more to say than the check's title. */
  says: string
  /** What was read, and where. */
  evidence: readonly string[]
  /** Commands, or what to change; empty where nothing is wrong. */
  fix: readonly string[]
}

/** A pure function of the node's state, and what is to be said of it. */
export interface Check {
  /** Stable: `kernel.mlx5-cls-act`. */
  id: `${Area}.${string}`
  /** What is to be so, for people. */
  title: string
  /** What the answer is read from. */
  looksAt: string
  /** The demand comes from a driver's source, and was seen on no NIC. */
  label?: 'source-read'
  judge(state: NodeState): Outcome
}

export interface Problem {
  result: 'WARN' | 'FAIL'
  what: string
  fix: string
}

export function skip(why: string): Outcome {
  return { result: 'SKIP', says: why, evidence: [], fix: [] }
}

export function ok(says = '', evidence: readonly string[] = []): Outcome {
  return { result: 'OK', says, evidence, fix: [] }
}

const SHOWN = 3

/**
 * As bad as the worst of the problems.
 * @param fine what is said where there is none of them
 */
export function outcome(problems: readonly Problem[], evidence: readonly string[] = [], fine = ''): Outcome {
  if (problems.length === 0) return ok(fine, evidence)
  const more = problems.length - SHOWN
  const first = problems.slice(0, SHOWN).map(({ what }) => what)
  return {
    result: problems.some(({ result }) => result === 'FAIL') ? 'FAIL' : 'WARN',
    says: more > 0 ? `${first.join('; ')}; and ${more} more` : first.join('; '),
    // What the line has no room for.
    evidence: [...evidence, ...problems.slice(SHOWN).map(({ what }) => what)],
    fix: [...new Set(problems.map(({ fix }) => fix))],
  }
}

export const fail = (what: string, fix: string): Problem => ({ result: 'FAIL', what, fix })
export const warn = (what: string, fix: string): Problem => ({ result: 'WARN', what, fix })
