import { closeSync, constants, openSync } from 'node:fs'
import { NicsteerError } from '../../base/errors.js'
import { errnoName } from './errno.js'
import { lastErrno, setns } from './libc.js'

/** linux/sched.h */
const CLONE_NEWNET = 0x40000000

/**
 * Runs `work`, which must be synchronous, with this thread in another network namespace. What it opens stays there;
 * the thread is back when the function returns or throws.
 * @param path `/run/netns/peer`, `/proc/42/ns/net`
 * @throws NicsteerError NO_NETNS, NETNS_REFUSED
 */
export function inNetns<T>(path: string, work: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
  try {
    const target = openNetns(path)
    try {
      enter(target, path)
    } finally {
      closeSync(target)
    }
    try {
      return work()
    } finally {
      enter(home, 'the namespace this thread came from')
    }
  } finally {
    closeSync(home)
  }
}

/** A file descriptor of it, to be closed by the caller. @throws NicsteerError NO_NETNS */
export function openNetns(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY)
  } catch (cause) {
    throw new NicsteerError('NO_NETNS', `no network namespace at ${path}`, { hint: 'ip netns list shows them', cause })
  }
}

function enter(fd: number, name: string): void {
  if (setns(fd, CLONE_NEWNET) === 0) return
  const errno = lastErrno()
  throw new NicsteerError('NETNS_REFUSED', `can't enter ${name}: ${errnoName(errno)}`, {
    errno,
    hint: 'this needs CAP_SYS_ADMIN, and a path that is a network namespace',
  })
}
