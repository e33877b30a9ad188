import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { NicsteerError } from '../base/errors.js'
import { isReplayed } from '../base/transcript.js'

/**
 * One nicsteer at a time changes rules in a network namespace. The lock is an abstract unix socket (unix(7)): abstract names belong to the
 * network namespace, and the kernel frees them with the process, whatever ends it.
 */
const NAME = '\0nicsteer.lock'
const RETRY_MS = 50

export interface Lock extends AsyncDisposable {}

/** @throws NicsteerError LOCKED, saying who holds it, after `seconds` */
export async function takeLock(seconds: number): Promise<Lock> {
  if (isReplayed()) return { [Symbol.asyncDispose]: async () => {} }
  const end = Date.now() + seconds * 1000
  for (;;) {
    const server = await tryListen()
    if (server !== undefined) {
      server.unref()
      return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
    }
    if (Date.now() >= end) {
      throw new NicsteerError('LOCKED', `another nicsteer is changing rules here: ${holder() ?? 'unknown process'}`, {
        hint: 'wait for it, then run this again',
      })
    }
    await pause(RETRY_MS)
  }
}

function tryListen(): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(NAME, () => resolve(server))
  })
}

/** Process that holds the socket, by proc(5): its inode in /proc/net/unix, then the process with a descriptor of it. */
function holder(): string | undefined {
  // The kernel shows each NUL of an abstract name as @, and Node's name is padded with them.
  const line = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .find((one) => / @nicsteer\.lock@*$/.test(one))
  const inode = line?.trim().split(/\s+/)[6]
  if (inode === undefined) return undefined
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const owns = readdirSync(`/proc/${pid}/fd`).some(
        (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
      )
      if (owns) return `process ${pid} (${readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()})`
    } catch {
      // It ended meanwhile, or isn't ours to look at.
    }
  }
  return undefined
}
