import { writeAttribute } from '../netlink/attribute.js'
import { ByteWriter } from '../netlink/bytes.js'
import { type Action, action } from './action.js'
import { newAction } from './as-new.js'
import type { FilterFlags } from './filter-flags.js'
import { type FlowerMatch, flowerKeys } from './match.js'

const out = new ByteWriter(4096)
let written = Buffer.from(out.bytes.buffer)

/** What was written, a character a byte: one flat string, as keys of a big table should be. */
function text(): string {
  if (written.buffer !== out.bytes.buffer) written = Buffer.from(out.bytes.buffer)
  return written.toString('latin1', 0, out.length)
}

/** The match as the kernel is told it: matches that are the same have the same text, in whatever order their fields stand. */
export function matchText(match: FlowerMatch): string {
  out.reset()
  flowerKeys.write(out, match)
  return text()
}

/**
 * The same of what a filter's actions do: as they would be installed anew (asNew), without their cookies.
 * @param flags of the filter, which its actions take over
 */
export function actionsText(actions: readonly Action[], flags: FilterFlags = {}): string {
  out.reset()
  for (let i = 0; i < actions.length; i++) writeAttribute(out, i + 1, action, unmarked(actions[i] as Action, flags))
  return text()
}

/** Counters, ages and references are never written; a copy is needed of what has a cookie, an index or inherited flags. */
function unmarked(one: Action, flags: FilterFlags): Action {
  if (one.actionFlags !== undefined) return { ...newAction(one, flags), cookie: undefined }
  if (one.cookie === undefined && one.index === undefined) return one
  return { ...one, cookie: undefined, index: undefined }
}
