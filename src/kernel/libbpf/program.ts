import { closeSync } from 'node:fs'
import koffi from 'koffi'
import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { openPinned, pin } from './bpffs.js'
import { linkDestroy, linkFd, type Pointer, programAttach } from './calls.js'
import { refused } from './errors.js'
import { type ProgramInfo, programInfo } from './info.js'
import { type Direction, Link } from './link.js'
import { withLog } from './log.js'
import { attachTcx, type TcxPosition } from './tcx.js'
import { type TestResult, type TestRun, testRun } from './test-run.js'

/** A program that the kernel has verified. */
export class Program implements Disposable {
  readonly fd: number
  readonly name: string
  readonly #owned: boolean
  #closed = false

  /** @param owned the file descriptor is closed with the program */
  constructor(fd: number, name: string, owned: boolean) {
    this.fd = fd
    this.name = name
    this.#owned = owned
  }

  /** The kernel's names have 15 characters at most. */
  get info(): ProgramInfo {
    return programInfo(this.fd)
  }

  /** See {@link attachTcx}. */
  attachTcx(ifindex: Ifindex, direction: Direction, position?: TcxPosition): Link {
    return attachTcx(this, ifindex, direction, position)
  }

  /** See {@link testRun}. */
  testRun(run: TestRun): TestResult {
    return testRun(this, run)
  }

  /** @throws NicsteerError NO_BPFFS; BpfRefusal EEXIST */
  pin(path: string): void {
    pin(`program '${this.name}'`, this.fd, path)
  }

  /** One of an object's stays open as long as the object. */
  [Symbol.dispose](): void {
    if (this.#closed || !this.#owned) return
    this.#closed = true
    closeSync(this.fd)
  }
}

/** A program of an object: its section's name says what it is for. */
export class ObjectProgram extends Program {
  /** What the verifier said, where it was asked for when the object was loaded. */
  readonly log: string
  readonly #program: () => Pointer
  readonly #section: string

  /** @param program throws when the object is closed */
  constructor(fd: number, name: string, section: string, log: string, program: () => Pointer) {
    super(fd, name, false)
    this.log = log
    this.#section = section
    this.#program = program
  }

  /**
   * Where the section says: `tracepoint/netlink/netlink_extack`, `fentry/tc_setup_cb_add`, `fexit/…`, `tp_btf/…`.
   * @throws NicsteerError NO_TRACEPOINT; BpfRefusal
   */
  attach(): Link {
    const { result, log } = withLog(() => ({ link: programAttach(this.#program()), errno: koffi.errno() }))
    const { link, errno } = result
    if (link !== null) return new Link(linkFd(link), () => void linkDestroy(link))
    const what = `attach program '${this.name}' to ${this.#section}`
    if (/failed to determine tracepoint/.test(log)) {
      throw new NicsteerError('NO_TRACEPOINT', `${what}: there is no such tracepoint`, {
        errno,
        hint: 'is tracefs mounted? mount -t tracefs tracefs /sys/kernel/tracing',
      })
    }
    throw refused(what, { errno, log })
  }
}

/** @throws NicsteerError NO_BPFFS, NOT_PINNED; BpfRefusal */
export function openProgram(path: string): Program {
  const fd = openPinned('program', path)
  return new Program(fd, programInfo(fd).name, true)
}
