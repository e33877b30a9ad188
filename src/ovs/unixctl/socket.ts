import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { NicsteerError } from '../../base/errors.js'

/** Where Debian's and Red Hat's Open vSwitch keep their sockets. */
export const RUNDIR = '/run/openvswitch'

/**
 * The control socket of a daemon, as ovs-appctl(8) finds it: `RUNDIR/PROGRAM.PID.ctl`, with the PID from `RUNDIR/PROGRAM.pid`.
 * @throws NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION
 */
export function controlSocket(rundir: string, program: string): string {
  return `${rundir}/${program}.${pidOf(rundir, program)}.ctl`
}

/** @throws NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION */
export function pidOf(rundir: string, program: string): string {
  const file = `${rundir}/${program}.pid`
  const pid = /^\d+$/.exec(read(file, program).trim())?.[0]
  if (pid === undefined) throw notRunning(`${file} has no process id`, program)
  return pid
}

/** @throws NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    const failed = (error: NodeJS.ErrnoException) => reject(cannot(path, error))
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

function read(file: string, program: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notRunning(`there is no ${file}`, program, error)
    throw cannot(file, error as NodeJS.ErrnoException)
  }
}

function cannot(path: string, cause: NodeJS.ErrnoException): NicsteerError {
  const { code } = cause
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'run it as root, or as a member of the group that Open vSwitch runs as'
    return new NicsteerError('UNIXCTL_NO_PERMISSION', `${path}: permission denied`, { hint, cause })
  }
  // ECONNREFUSED: left over from a daemon that was killed.
  const why = code === 'ENOENT' ? 'there is no such socket' : code === 'ECONNREFUSED' ? 'nobody listens' : cause.message
  return notRunning(`${path}: ${why}`, 'Open vSwitch', cause)
}

function notRunning(what: string, program: string, cause?: unknown): NicsteerError {
  const hint = `check that ${program} runs: systemctl status openvswitch-switch`
  return new NicsteerError('UNIXCTL_NOT_RUNNING', what, { hint, cause })
}
