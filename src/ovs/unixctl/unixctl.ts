import type { Socket } from 'node:net'
import { NicsteerError } from '../../base/errors.js'
import { linesOf } from '../lines.js'
import { ReplyDecoder } from './reply.js'
import { openSocket } from './socket.js'

/**
 * Gives a command to an Open vSwitch daemon by its control socket, as ovs-appctl(8) does, and reads the lines of its answer while they
 * come. Nothing is sent before the first line is asked for; who stops asking closes the connection.
 * @param seconds how long the daemon may stay silent; its main loop puts a dump together before it sends the first byte
 * @throws UnixctlRefusal: the command failed; NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION, UNIXCTL_CUT,
 * UNIXCTL_TIMEOUT, UNIXCTL_PROTOCOL, LINE_TOO_LONG
 */
export async function* unixctl(
  path: string,
  command: string,
  args: readonly string[],
  seconds: number,
): AsyncGenerator<string> {
  const socket = await openSocket(path)
  try {
    socket.write(JSON.stringify({ id: 0, method: command, params: args }))
    yield* linesOf(resultOf(chunksOf(socket, path, command, seconds), path, command))
  } finally {
    socket.destroy()
  }
}

async function* resultOf(chunks: AsyncIterable<Buffer>, path: string, command: string): AsyncGenerator<Buffer> {
  const reply = new ReplyDecoder(command)
  for await (const chunk of chunks) {
    yield* reply.push(chunk)
    if (reply.complete) return reply.finish()
  }
  throw cut(path, command)
}

/** What the socket sends. The time limit is on the daemon alone: it rests while the caller works on what has come. */
async function* chunksOf(socket: Socket, path: string, command: string, seconds: number): AsyncGenerator<Buffer> {
  const chunks = socket[Symbol.asyncIterator]()
  for (;;) {
    const timer = setTimeout(() => socket.destroy(silent(path, command, seconds)), seconds * 1000)
    const { done, value } = await chunks
      .next()
      .catch((error: unknown) => {
        throw error instanceof NicsteerError ? error : cut(path, command, error)
      })
      .finally(() => clearTimeout(timer))
    if (done) return
    yield value as Buffer
  }
}

function silent(path: string, command: string, seconds: number): NicsteerError {
  const hint = 'see whether the daemon is busy: top -H, ovs-appctl coverage/show'
  return new NicsteerError('UNIXCTL_TIMEOUT', `${path} was silent for ${seconds} s after ${command}`, { hint })
}

function cut(path: string, command: string, cause?: unknown): NicsteerError {
  const what = `${path} closed the connection in the middle of its answer to ${command}`
  return new NicsteerError('UNIXCTL_CUT', what, { hint: 'see whether the daemon was restarted, then try again', cause })
}
