/**
 * What the receiving thread and the reader's thread both see: how many bytes are on the way from one to the other, and
 * that it is over. The receiver waits while too much is on the way, so a slow reader costs memory in the kernel's
 * bounded buffer only.
 */
export class Handover {
  /** To be given to the other thread, which makes its own Handover of it. */
  readonly shared: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #limit: number

  /** @param limit bytes on the way at which the receiver waits; one receive more may be on the way */
  constructor(limit: number, shared = new SharedArrayBuffer(8)) {
    this.#limit = limit
    this.shared = shared
    this.#cells = new Int32Array(shared)
  }

  /** Of the receiver: so many bytes, in one piece. */
  add(bytes: number): void {
    Atomics.add(this.#cells, ON_THE_WAY, bytes + PIECE)
  }

  /** Of the receiver: blocks its thread until there is room. False: it is over. */
  waitForRoom(): boolean {
    while (!this.stopped) {
      const bytes = Atomics.load(this.#cells, ON_THE_WAY)
      if (bytes < this.#limit) return true
      Atomics.wait(this.#cells, ON_THE_WAY, bytes)
    }
    return false
  }

  /** Of the reader: a piece of so many bytes. */
  taken(bytes: number): void {
    Atomics.sub(this.#cells, ON_THE_WAY, bytes + PIECE)
    Atomics.notify(this.#cells, ON_THE_WAY)
  }

  /** Of the reader. A receiver that waits in the kernel has to be woken there. */
  stop(): void {
    Atomics.store(this.#cells, STOPPED, 1)
    // Another value than the one the receiver may be about to wait on.
    Atomics.store(this.#cells, ON_THE_WAY, -1)
    Atomics.notify(this.#cells, ON_THE_WAY)
  }

  get stopped(): boolean {
    return Atomics.load(this.#cells, STOPPED) !== 0
  }
}

/** About what a piece costs beside its bytes, when each is small. */
const PIECE = 512

const ON_THE_WAY = 0
const STOPPED = 1
