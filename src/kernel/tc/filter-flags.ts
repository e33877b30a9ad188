import type { Codec } from '../netlink/codec.js'
import { u32 } from '../netlink/codec.js'
import { CLS_FLAGS } from './constants.js'

export interface FilterFlags {
  skipHw?: boolean
  skipSw?: boolean
  /** The driver's reason for a refusal comes as a warning, also without skipSw. */
  verbose?: boolean
  /** Only from the kernel: at least one device took it, or none did. */
  inHw?: boolean
  notInHw?: boolean
}

/** What was decoded before; filters with equal flags share them. */
const FLAGS: Readonly<FilterFlags>[] = []

/** TCA_FLOWER_FLAGS and its likes. */
export const filterFlags: Codec<FilterFlags> = {
  write(out, flags) {
    let bits = 0
    // IN_HW and NOT_IN_HW are the kernel's to set (cls_flower.c fl_change takes user flags only, tc_flags_valid).
    if (flags.skipHw) bits |= CLS_FLAGS.skipHw
    if (flags.skipSw) bits |= CLS_FLAGS.skipSw
    if (flags.verbose) bits |= CLS_FLAGS.verbose
    u32.write(out, bits)
  },
  read: (source, start, end) => flagsFromBits(u32.read(source, start, end)),
}

/** @param bits TCA_CLS_FLAGS_* */
export function flagsFromBits(bits: number): Readonly<FilterFlags> {
  const known = FLAGS[bits]
  if (known !== undefined) return known
  const flags: FilterFlags = {}
  for (const name of Object.keys(CLS_FLAGS) as (keyof FilterFlags)[]) if (bits & CLS_FLAGS[name]) flags[name] = true
  if (bits < 2 * CLS_FLAGS.verbose) FLAGS[bits] = Object.freeze(flags)
  return flags
}
