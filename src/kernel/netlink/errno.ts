import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

/** Numbers with two names: the one the kernel's sources use. */
const PREFERRED = new Set(['EAGAIN', 'EOPNOTSUPP', 'EDEADLK'])

const NAMES = new Map<number, string>()
for (const [name, number] of Object.entries(constants.errno)) {
  if (!NAMES.has(number) || PREFERRED.has(name)) NAMES.set(number, name)
}
// Not for user space, yet drivers let it through (include/linux/errno.h).
NAMES.set(524, 'ENOTSUPP')

/** `EOPNOTSUPP` for 95. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`
}

/** In words, as strerror(3) has them; empty for a number nobody knows. */
export function errnoText(errno: number): string {
  // libuv's text is about sockets, the kernel means anything.
  if (errno === constants.errno.EOPNOTSUPP) return 'operation not supported'
  return getSystemErrorMap().get(-errno)?.[1] ?? ''
}
