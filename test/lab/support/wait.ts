import { setTimeout as pause } from 'node:timers/promises'

/**
 * Polls until `condition` gives something other than false, null or undefined, and returns it. Bounded: after `seconds` it throws
 * with `what`, so that a condition that never comes is a failed test with a reason.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  seconds = 60,
): Promise<Exclude<T, false | null | undefined>> {
  const end = process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n
  for (;;) {
    const value = await condition()
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>
    if (process.hrtime.bigint() > end) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await pause(20)
  }
}
