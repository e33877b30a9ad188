import { setTimeout as pause } from 'node:timers/promises'
import { NicsteerError } from './errors.js'

/**
 * What the node was asked and what it answered: recorded by `collect`, and asked in the node's place by `--bundle`. A moment is a reading of
 * everything: within one, the same question has the same answer, so that all commands speak of the same state.
 */

/** `route`, `netfilter` and `generic` are netlink's protocols. */
export type Channel = 'file' | 'folder' | 'link' | 'route' | 'netfilter' | 'generic' | 'ovsdb' | 'unixctl' | 'node'

/** JSON: a value (none: there is nothing of that name), or how asking failed. */
export interface Answer {
  value?: unknown
  error?: { code: string; message: string; hint?: string; errno?: number; cause?: { code: string } }
}

export interface Entry {
  moment: number
  channel: Channel
  question: string
  answer: Answer
}

export class Transcript {
  readonly #moments: Map<string, Entry>[] = [new Map()]
  #moment = 0

  static of(entries: Iterable<Entry>): Transcript {
    const transcript = new Transcript()
    for (const entry of entries) transcript.#at(entry.moment).set(keyOf(entry.channel, entry.question), entry)
    return transcript
  }

  answer(channel: Channel, question: string): Answer | undefined {
    return this.#at(this.#moment).get(keyOf(channel, question))?.answer
  }

  add(channel: Channel, question: string, answer: Answer): void {
    const entry = { moment: this.#moment, channel, question, answer }
    this.#at(this.#moment).set(keyOf(channel, question), entry)
  }

  /** What came was no whole answer. */
  forget(channel: Channel, question: string): void {
    this.#at(this.#moment).delete(keyOf(channel, question))
  }

  /** False where there is no later one, and none is made. */
  nextMoment({ make }: { make: boolean }): boolean {
    if (!make && this.#moments.length === this.#moment + 1) return false
    this.#moment += 1
    this.#at(this.#moment)
    return true
  }

  firstMoment(): void {
    this.#moment = 0
  }

  *entries(): Generator<Entry> {
    for (const moment of this.#moments) yield* moment.values()
  }

  #at(moment: number): Map<string, Entry> {
    while (this.#moments.length <= moment) this.#moments.push(new Map())
    return this.#moments[moment] as Map<string, Entry>
  }
}

export type Mode = 'record' | 'replay'

/** Of this process: undefined where the node is asked and nothing is kept. */
let current: { transcript: Transcript; mode: Mode } | undefined

/** Until it is disposed of, everything that is asked goes into the transcript, or is answered by it alone. */
export function useTranscript(transcript: Transcript, mode: Mode): Disposable {
  const before = current
  current = { transcript, mode }
  return {
    [Symbol.dispose]: () => {
      current = before
    },
  }
}

export function transcriptInUse(): { transcript: Transcript; mode: Mode } | undefined {
  return current
}

export function isReplayed(): boolean {
  return current?.mode === 'replay'
}

/** How an answer is kept as JSON. */
export interface Codec<T> {
  keep(value: T): unknown
  give(kept: unknown): T
}

const AS_IT_IS: Codec<unknown> = { keep: (value) => value, give: (kept) => kept }

export const BYTES: Codec<Uint8Array | undefined> = {
  keep: (bytes) => bytes && Buffer.from(bytes).toString('base64'),
  give: (kept) => (kept === undefined ? undefined : Buffer.from(kept as string, 'base64')),
}

/**
 * Asks the node, or the transcript in its place.
 * @throws what `live` throws; NicsteerError NOT_IN_BUNDLE
 */
export function ask<T>(channel: Channel, question: string, live: () => T, codec = AS_IT_IS as Codec<T>): T {
  const known = current?.transcript.answer(channel, question)
  if (known !== undefined) return answered(known, codec)
  if (current === undefined) return live()
  const { transcript } = missing(channel, question)
  return kept(transcript, channel, question, codec, live)
}

/** As {@link ask}, of what answers later. */
export async function askLater<T>(
  channel: Channel,
  question: string,
  live: () => Promise<T>,
  codec = AS_IT_IS as Codec<T>,
): Promise<T> {
  const known = current?.transcript.answer(channel, question)
  if (known !== undefined) return answered(known, codec)
  if (current === undefined) return live()
  const { transcript } = missing(channel, question)
  const result = await live().then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error
    },
  )
  return kept(transcript, channel, question, codec, result)
}

/**
 * What is asked from now on is asked anew: the node may have changed.
 * @param seconds to wait before; with a transcript that has been there already, nobody waits
 * @throws NicsteerError NOT_IN_BUNDLE where the transcript ends
 */
export async function laterMoment(seconds = 0): Promise<void> {
  const known = current?.transcript.nextMoment({ make: false }) ?? false
  if (known) return
  if (current?.mode === 'replay') throw notInBundle('node', 'a second reading')
  if (seconds > 0) await pause(seconds * 1000)
  current?.transcript.nextMoment({ make: true })
}

/** For what is no one question: whoever records or replays it on its own. */
export function notInBundle(channel: Channel, question: string): NicsteerError {
  const shown = question.length > 100 ? `${question.slice(0, 100)}…` : question
  return new NicsteerError('NOT_IN_BUNDLE', `the bundle does not say what the node answers here: ${channel} ${shown}`, {
    hint: 'collect again, with the same steering file',
  })
}

function missing(channel: Channel, question: string): { transcript: Transcript } {
  if (current === undefined || current.mode === 'replay') throw notInBundle(channel, question)
  return current
}

function kept<T>(transcript: Transcript, channel: Channel, question: string, codec: Codec<T>, live: () => T): T {
  try {
    const value = live()
    const json = codec.keep(value)
    transcript.add(channel, question, json === undefined ? {} : { value: json })
    return value
  } catch (error) {
    if (error instanceof NicsteerError) {
      transcript.add(channel, question, { error: asJson(error) })
    }
    throw error
  }
}

function answered<T>({ value, error }: Answer, codec: Codec<T>): T {
  if (error === undefined) return codec.give(value)
  const { code, message, ...options } = error
  throw new NicsteerError(code, message, options)
}

function asJson({ code, message, hint, errno, cause }: NicsteerError): NonNullable<Answer['error']> {
  const system = (cause as { code?: unknown } | undefined)?.code
  return {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(errno !== undefined && { errno }),
    ...(typeof system === 'string' && { cause: { code: system } }),
  }
}

function keyOf(channel: Channel, question: string): string {
  return `${channel} ${question}`
}
