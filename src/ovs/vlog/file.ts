import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename } from 'node:path'

const PROGRAM = 'ovs-vswitchd'
/** ovs-ctl(8) starts it so on Debian and Red Hat. */
const DEFAULT = '/var/log/openvswitch/ovs-vswitchd.log'
const OPTION = '--log-file'

/**
 * Where a running ovs-vswitchd logs to, as seen from here: it may have a root of its own. No command of it tells.
 * @returns undefined: to no file
 */
export function logFileOf(pid: string): string | undefined {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  // In another PID namespace the number is somebody else's here.
  if (basename(words[0] ?? '') !== PROGRAM) return DEFAULT
  const option = words.findLast((word) => word === OPTION || word.startsWith(`${OPTION}=`))
  if (option === undefined) return undefined
  return `/proc/${pid}/root${option.slice(OPTION.length + 1) || DEFAULT}`
}

/** The lines of a file's last bytes; the first may be cut off. */
export function lastLines(path: string, bytes: number): string[] {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const tail = Buffer.alloc(Math.min(size, bytes))
    const length = readSync(fd, tail, 0, tail.length, size - tail.length)
    return tail.toString('utf8', 0, length).split('\n')
  } finally {
    closeSync(fd)
  }
}
