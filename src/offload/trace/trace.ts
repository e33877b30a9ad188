import { bpf, files } from '../../kernel/index.js'
import type { TraceEvent } from './event.js'
import { listenToOffers, listenToTexts, type Programs, type TraceSource } from './programs.js'

export interface TraceOptions {
  /** Offers of every network namespace, not only of this process's own. */
  everywhere?: boolean
  /** Also offers that hardware took without a word. */
  accepted?: boolean
  /** The texts alone, as where the kernel lets nobody see more. */
  source?: 'tracepoint'
}

/**
 * What the kernel says while programs offer rules to hardware, as it happens. Iterate over it once; it listens until it is stopped or closed,
 * or the process ends, in whatever way.
 */
export class ExtackTrace implements AsyncIterable<TraceEvent>, Disposable {
  /** `tracepoint`: texts without rules. */
  readonly source: TraceSource
  /** Why it is the tracepoint alone. */
  readonly why: string | undefined
  readonly #programs: Programs
  #events: TraceEvent[] = []
  #wake: () => void = () => {}
  #lost = 0
  #stopped = false

  constructor({ everywhere = false, accepted = false, source }: TraceOptions) {
    const deliver = (event: TraceEvent) => {
      this.#events.push(event)
      this.#wake()
    }
    const offers = () => listenToOffers({ netns: everywhere ? 0 : ownNetns(), accepted }, deliver)
    const { programs, why } = firstOf(source === undefined ? offers : undefined, () => listenToTexts(deliver))
    this.#programs = programs
    this.source = programs.source
    this.why = why
  }

  /** Events that the kernel could not keep until they were read. */
  get lost(): number {
    return this.#stopped ? this.#lost : this.#programs.lost()
  }

  /** Hears what has been said until now, and no more: whoever iterates gets that, then the end. */
  stop(): void {
    if (this.#stopped) return
    this.#programs.drain()
    this.#lost = this.#programs.lost()
    this.#stopped = true
    this.#programs[Symbol.dispose]()
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent, void, undefined> {
    for (;;) {
      const events = this.#events
      this.#events = []
      yield* events
      if (this.#events.length > 0) continue
      if (this.#stopped) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  [Symbol.dispose](): void {
    this.stop()
  }
}

/**
 * Listens to what the kernel says about rules that are offered to hardware, whoever offers them.
 * @throws BpfRefusal BPF_NOT_PERMITTED …; NicsteerError LIBBPF_MISSING, LIBBPF_TOO_OLD, BPF_UNSUPPORTED before Linux 5.8
 */
export function traceExtack(options: TraceOptions = {}): ExtackTrace {
  return new ExtackTrace(options)
}

/** Inode of the network namespace of this process. */
export function ownNetns(): number {
  return Number(/\d+/.exec(files.linkName('/proc/self/ns/net') ?? '')?.[0] ?? 0)
}

function firstOf(offers: (() => Programs) | undefined, texts: () => Programs): { programs: Programs; why?: string } {
  if (offers === undefined) return { programs: texts(), why: 'asked for' }
  try {
    return { programs: offers() }
  } catch (error) {
    if (!(error instanceof bpf.BpfRefusal)) throw error
    const { message, hint } = error
    return { programs: texts(), why: hint === undefined ? message : `${message} (${hint})` }
  }
}
