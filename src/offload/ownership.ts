import { createHash } from 'node:crypto'
import { tc } from '../kernel/index.js'
import { RULE_KINDS, type RuleKind } from '../steering/rule.js'

/**
 * What makes a filter ours: a cookie of 12 bytes on its last action (DESIGN.md "How rules are owned"). OVS takes a cookie of 16 bytes or
 * more for the id of a flow of its own (lib/netdev-offload-tc.c), so ours stays below.
 *
 *   magic 4 | version 1 | rule kind 1 | hash of the actions 6
 *
 * The upper bit of the rule kind says that the device's clsact qdisc was made by us, so that `clear` can remove it: the kernel is the only
 * place where that is remembered. A probe's kind is a bit of its own.
 */
export interface Ownership {
  /** `probe`: no rule, but what was only to be offered to hardware (probe/twin.ts). */
  kind: RuleKind | 'probe'
  /** We made the qdisc that the rule is on. */
  qdisc: boolean
  /** Hex, 6 bytes. */
  hash: string
}

const MAGIC = Buffer.from('nics').toString('hex')
const VERSION = '01'
const QDISC = 0x80
const PROBE = 0x40
const HASH_DIGITS = 12
const COOKIE_DIGITS = 24

export function cookieOf({ kind, qdisc, hash }: Ownership): string {
  const code = (kind === 'probe' ? PROBE : RULE_KINDS.indexOf(kind) + 1) | (qdisc ? QDISC : 0)
  return `${MAGIC}${VERSION}${code.toString(16).padStart(2, '0')}${hash}`
}

export function parseCookie(cookie: string | undefined): Ownership | undefined {
  if (cookie?.length !== COOKIE_DIGITS || !cookie.startsWith(MAGIC + VERSION)) return undefined
  const code = Number.parseInt(cookie.slice(10, 12), 16)
  const kindCode = code & ~QDISC
  const kind = kindCode === PROBE ? 'probe' : RULE_KINDS[kindCode - 1]
  return kind && { kind, qdisc: (code & QDISC) !== 0, hash: cookie.slice(12) }
}

/** Whose filter it is: ours, with what its cookie says, or somebody else's. */
export function ownershipOf(filter: tc.Filter): Ownership | undefined {
  return filter.kind === 'flower' ? parseCookie(filter.actions.at(-1)?.cookie) : undefined
}

/** Hash of what the actions do, without their cookies. */
export function actionsHash(actions: readonly tc.Action[], flags?: tc.FilterFlags): string {
  const text = tc.actionsText(actions, flags)
  return createHash('sha256').update(text, 'latin1').digest('hex').slice(0, HASH_DIGITS)
}

/** The rule is ours by its cookie, but does something else than what the cookie was made for. */
export function isAltered(filter: tc.FlowerFilter): boolean {
  const ownership = ownershipOf(filter)
  return ownership !== undefined && ownership.hash !== actionsHash(filter.actions, filter.flags)
}
