import { askLater, transcriptInUse } from '../../base/transcript.js'
import { appctl } from './appctl.js'
import { controlSocket, pidOf, RUNDIR } from './socket.js'
import { unixctl } from './unixctl.js'

/** Commands of Open vSwitch's daemons: ovs-appctl(8), "COMMON COMMANDS", and ovs-vswitchd(8), "RUNTIME MANAGEMENT COMMANDS". */

export { UnixctlRefusal } from './refusal.js'
export { RUNDIR } from './socket.js'

export interface ControlOptions {
  /** Where the daemon keeps its sockets; {@link RUNDIR} where missing. */
  rundir?: string
  /** ovs-vswitchd where missing. */
  program?: string
  /** How long the daemon may stay silent, or ovs-appctl may take; 60 where missing. */
  seconds?: number
  /** The socket itself, or ovs-appctl; the socket where missing. */
  by?: 'socket' | 'ovs-appctl'
}

/**
 * The lines of a command's answer, while they come.
 * @throws UnixctlRefusal: the command failed; NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION, UNIXCTL_CUT,
 * UNIXCTL_TIMEOUT, UNIXCTL_PROTOCOL, APPCTL_MISSING
 */
export async function* control(
  command: string,
  args: readonly string[],
  { rundir = RUNDIR, program = 'ovs-vswitchd', seconds = 60, by = 'socket' }: ControlOptions = {},
): AsyncGenerator<string> {
  const told = by === 'ovs-appctl' ? appctl : unixctl
  const lines = () => told(controlSocket(rundir, program), command, args, seconds)
  if (transcriptInUse() === undefined) yield* lines()
  else yield* await askLater('unixctl', [program, command, ...args].join(' '), () => all(lines()))
}

/** Of the daemon, in its own PID namespace. @throws NicsteerError UNIXCTL_NOT_RUNNING, UNIXCTL_NO_PERMISSION */
export function processId({ rundir = RUNDIR, program = 'ovs-vswitchd' }: ControlOptions = {}): string {
  return pidOf(rundir, program)
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const kept: string[] = []
  for await (const line of lines) kept.push(line)
  return kept
}
