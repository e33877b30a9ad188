import { spawn } from 'node:child_process'
import { NicsteerError } from '../../base/errors.js'
import { linesOf } from '../lines.js'
import { UnixctlRefusal } from './refusal.js'

const KEPT_OF_ERROR = 1 << 12

/**
 * The same as unixctl(), by ovs-appctl(8).
 * @param seconds how long the whole may take
 * @throws UnixctlRefusal: ovs-appctl failed; NicsteerError APPCTL_MISSING, LINE_TOO_LONG
 */
export async function* appctl(
  path: string,
  command: string,
  args: readonly string[],
  seconds: number,
): AsyncGenerator<string> {
  const child = spawn('ovs-appctl', [`--timeout=${Math.ceil(seconds)}`, `--target=${path}`, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-KEPT_OF_ERROR)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(missing(cause)))
    child.once('close', resolve)
  })
  // Whoever stops asking for lines never hears of it.
  ended.catch(() => undefined)
  try {
    yield* linesOf(child.stdout as AsyncIterable<Buffer>)
    const status = await ended
    if (status !== 0)
      throw new UnixctlRefusal(command, complaint.trim() || `ovs-appctl ended with ${status ?? 'a signal'}`)
  } finally {
    child.kill()
  }
}

function missing(cause: Error): NicsteerError {
  const hint = 'install openvswitch-common'
  return new NicsteerError('APPCTL_MISSING', `ovs-appctl cannot be run: ${cause.message}`, { hint, cause })
}
