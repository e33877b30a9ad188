import { constants } from 'node:os'
import koffi, { type node } from 'koffi'
import { copy, type Pointer, ringConsume, ringEpollFd, ringFree, ringNew } from './calls.js'
import { refused } from './errors.js'
import type { Field } from './layout.js'

/** Between two turns of the event loop. */
const PER_TURN = 1024

/**
 * Events of a ring buffer, delivered on the event loop as soon as they are written. What found no room is the program's to count.
 * The loop itself watches the ring's file descriptor: there is no thread, and nothing runs while nothing happens.
 */
export class RingReader<T> implements Disposable {
  readonly #deliver: (event: T) => void
  readonly #event: Field<T>
  readonly #callback: Pointer
  readonly #ring: Pointer
  readonly #watch: node.PollHandle
  readonly #sample: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  #taken: T[] = []
  #failure: unknown
  #scheduled: NodeJS.Immediate | undefined
  #delivering = false
  #closed = false

  constructor(fd: number, event: Field<T>, deliver: (event: T) => void) {
    this.#deliver = deliver
    this.#event = event
    this.#sample = new Uint8Array(Math.max(event.size, 64))
    this.#view = new DataView(this.#sample.buffer)
    this.#callback = koffi.register(
      (_: unknown, data: Pointer, size: number | bigint) => this.#take(data, Number(size)),
      koffi.pointer(koffi.proto('int', ['void *', 'void *', 'size_t'])),
    )
    const ring = ringNew(fd, this.#callback, null, null)
    if (ring === null) {
      const errno = koffi.errno()
      koffi.unregister(this.#callback)
      throw refused('read a ring buffer', { errno })
    }
    this.#ring = ring
    // A callback from here runs outside of what Node does around its own: the work is left to it.
    this.#watch = koffi.node.poll(ringEpollFd(ring), () => this.#schedule())
  }

  /** Delivers what is there now, at once; the loop does it by itself otherwise. Not from a handler. @throws what the handler throws */
  drain(): void {
    while (this.#consume() === PER_TURN);
  }

  /** The process may end while this is open. */
  unref(): this {
    this.#watch.unref()
    return this
  }

  /** Events that weren't delivered yet are dropped; {@link drain} first to have them. */
  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled)
    this.#watch.close()
    ringFree(this.#ring)
    koffi.unregister(this.#callback)
  }

  #turn(): void {
    this.#scheduled = undefined
    this.#consume()
  }

  /** How many were taken. A handler may close the reader, and may throw: the events behind are delivered next time. */
  #consume(): number {
    if (this.#closed || this.#delivering) return 0
    const status = ringConsume(this.#ring)
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    if (status < 0 && status !== -constants.errno.ECANCELED) throw refused('read a ring buffer', { errno: -status })
    return this.#deliverTaken()
  }

  #deliverTaken(): number {
    const events = this.#taken
    let next = 0
    this.#taken = []
    this.#delivering = true
    try {
      while (next < events.length && !this.#closed) this.#deliver(events[next++] as T)
    } finally {
      this.#delivering = false
      this.#taken = events.slice(next)
      if (this.#taken.length > 0) this.#schedule()
    }
    return next
  }

  #schedule(): void {
    if (!this.#closed) this.#scheduled ??= setImmediate(() => this.#turn())
  }

  /** Runs inside of libbpf: nothing may be thrown from here. */
  #take(data: Pointer, size: number): number {
    try {
      if (size < this.#event.size) throw new RangeError(`an event has ${size} bytes, ${this.#event.size} are expected`)
      copy(this.#sample, data, this.#event.size)
      this.#taken.push(this.#event.get(this.#view, 0))
    } catch (error) {
      this.#failure = error
      return -constants.errno.ECANCELED
    }
    return this.#taken.length < PER_TURN ? 0 : -constants.errno.ECANCELED
  }
}
