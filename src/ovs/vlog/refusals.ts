import { NETLINK, SPEAKERS } from './levels.js'
import { type LogLine, parseLogLine } from './line.js'

/** A flow that Open vSwitch tried to offload, and could not. */
export interface LoggedRefusal {
  /** Missing where the log names the port alone. */
  ufid?: string
  /** Name of the port that it comes from. */
  port: string
  /** What the attempt ended with, in words: `Operation not supported`. */
  error: string
  /** The kernel's answer; missing where Open vSwitch did not get as far as asking it. */
  errno?: number
  /** Why: the kernel's words, or without an errno Open vSwitch's. */
  text?: string
  /** Lines are missing in between: it may be that of another flow. */
  approximate?: true
}

/** What one thread said of the flow that it is at. */
interface Attempt {
  why?: { text: string; errno?: number }
  /** Request that the kernel refused just now: `new filter`, or another one. */
  refused?: 'new filter' | 'other'
  ended?: { error: string; port: string } | 'added'
  /** Lines were left out meanwhile. */
  gaps?: true
}

/** lib/netlink-socket.c nlmsg_to_string; generic netlink's types have a name. */
const ERROR = /^nl_sock_recv__ .* error\(-.*in-reply-to\(nl\(len:\d+, type=(\d+\([^)]*\))/
/** RTM_NEWTFILTER of linux/rtnetlink.h. */
const NEW_FILTER = '44(family-defined)'
const NAK = /^received NAK error=(\d+) - (.*)$/
const FAILED = /^failed to offload flow: ([^:]+): (.+)$/
const CLEANING = /^failed to delete offloaded flow: /
const PUT = /^\S+: put\S* ufid:([\da-f-]{36}) /
/** lib/vlog.c vlog_should_drop: said by whoever of those that share a limit speaks next, in any thread. */
const LEFT_OUT = /^Dropped \d+ log messages in last \d+ seconds/
/** What netdev-offload-tc.c says on the way. */
const NOTES = /^(tunnel: id |vlan_(id|prio)\[|updating old handle|flow get )/
const EEXIST = 17

/** Whose flow it is that failed, the line behind says (lib/dpif-netlink.c try_send_to_netdev). Since 3.7 no such line follows. */
const NAMES_FLOWS = SPEAKERS[0].failed
const FAILERS: ReadonlySet<string> = new Set(SPEAKERS.map(({ failed }) => failed))
const EXPLAINERS: ReadonlySet<string> = new Set(SPEAKERS.map(({ why }) => why))

/**
 * Reads the refusals out of ovs-vswitchd's log at level debug. A thread tries one flow after the other: what it says before
 * `failed to offload flow` is why, and the line of dpif_netlink behind it names the flow.
 */
export class RefusalReader {
  readonly #attempts = new Map<string, Attempt>()
  readonly #ofFlow = new Map<string, LoggedRefusal>()
  #ofPort: LoggedRefusal[] = []

  push(text: string): void {
    const line = parseLogLine(text)
    if (line === undefined) return
    if (line.module === 'vlog' && line.message.startsWith('opened log file')) this.#forget()
    else if (line.module === NETLINK || EXPLAINERS.has(line.module)) this.#hearWhy(line)
    else if (FAILERS.has(line.module)) this.#hearEnd(line)
  }

  /** Of each flow the last attempt, if it failed. */
  refusals(): LoggedRefusal[] {
    return [...this.#ofFlow.values(), ...this.#ofPort]
  }

  /** Another process wrote what stands before: its flows are gone. */
  #forget(): void {
    this.#attempts.clear()
    this.#ofFlow.clear()
    this.#ofPort = []
  }

  #hearWhy({ module, thread, message }: LogLine): void {
    const attempt = this.#attempts.get(thread) ?? {}
    // What comes after the attempt has ended is about cleaning up.
    if (attempt.ended !== undefined) return
    if (module === NETLINK) hearKernel(attempt, message)
    else if (!NOTES.test(message) && !LEFT_OUT.test(message)) attempt.why = { text: message.trimEnd() }
    this.#attempts.set(thread, attempt)
  }

  #hearEnd({ module, thread, message }: LogLine): void {
    const attempt = this.#attempts.get(thread) ?? {}
    const [, error, port] = FAILED.exec(message) ?? []
    const [, ufid] = (module === NAMES_FLOWS && PUT.exec(message)) || []
    if (LEFT_OUT.test(message)) for (const one of this.#attempts.values()) one.gaps = true
    else if (ufid !== undefined) this.#end(thread, ufid)
    else if (message === 'added flow') this.#close(module, thread, { ended: 'added' })
    else if (CLEANING.test(message)) return
    else if (error === undefined || port === undefined) this.#attempts.delete(thread)
    else if (attempt.ended === undefined) this.#close(module, thread, { ...attempt, ended: { error, port } })
    else {
      // The line with the flow before is missing, so it isn't known whose what was heard since is.
      this.#end(thread, undefined)
      this.#close(module, thread, { ended: { error, port }, gaps: true })
    }
  }

  #close(module: string, thread: string, attempt: Attempt): void {
    this.#attempts.set(thread, attempt)
    if (module !== NAMES_FLOWS) this.#end(thread, undefined)
  }

  #end(thread: string, ufid: string | undefined): void {
    const { why, ended, gaps } = this.#attempts.get(thread) ?? {}
    this.#attempts.delete(thread)
    if (ended === undefined) return
    if (ended === 'added') {
      if (ufid !== undefined) this.#ofFlow.delete(ufid)
      return
    }
    const refusal: LoggedRefusal = {
      ...(ufid !== undefined && { ufid }),
      ...ended,
      ...(why?.errno !== undefined && { errno: why.errno }),
      // Where the kernel says nothing, strerror(3) stands there (lib/netlink-socket.c nl_sock_transact_multiple__).
      ...(why !== undefined && !(why.errno !== undefined && why.text === ended.error) && { text: why.text }),
      ...(gaps && { approximate: true }),
    }
    if (ufid === undefined) this.#ofPort.push(refusal)
    else this.#ofFlow.set(ufid, refusal)
  }
}

/** The kernel's answer stands in two lines: to which request, and in which words. */
function hearKernel(attempt: Attempt, message: string): void {
  const [, request] = ERROR.exec(message) ?? []
  if (request !== undefined) attempt.refused = request === NEW_FILTER ? 'new filter' : 'other'
  const [, errno, text] = NAK.exec(message) ?? []
  if (errno === undefined || text === undefined) return
  const { refused } = attempt
  delete attempt.refused
  if (refused === 'other' || Number(errno) === EEXIST) return
  attempt.why = { text, errno: Number(errno) }
  if (refused === undefined) attempt.gaps = true
}
