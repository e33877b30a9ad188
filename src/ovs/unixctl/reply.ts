import { NicsteerError } from '../../base/errors.js'
import { JsonStringDecoder } from './json-string.js'
import { UnixctlRefusal } from './refusal.js'

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = Array.from('"\\{}[]', (c) => c.charCodeAt(0))
/** How a member begins whose text is not held. */
const STREAMED = /"(result|error)"\s*:\s*$/
/** Everything of a reply but those texts. */
const LONGEST_FRAME = 1 << 12
/** Of an error's text the end is kept: dpctl commands put what they had printed so far in front of it. */
const KEPT_OF_ERROR = 1 << 12

/**
 * Decodes the reply to one request while it comes (JSON-RPC 1.0; unixctl_command_reply__() of lib/unixctl.c): a dump is one JSON
 * string of maybe hundreds of megabytes, of which no more than a chunk is held. Members come in any order.
 */
export class ReplyDecoder {
  readonly #command: string
  /** The reply so far, with empty strings for result and error. */
  #frame = ''
  #depth = 0
  #inString = false
  #escaped = false
  /** Decodes the result or the error while that is being read. */
  #text: JsonStringDecoder | undefined
  #isError = false
  #error: Buffer = Buffer.alloc(0)

  constructor(command: string) {
    this.#command = command
  }

  get complete(): boolean {
    return this.#frame !== '' && this.#depth === 0
  }

  /**
   * @returns what this chunk has of the result's text, in UTF-8
   * @throws NicsteerError UNIXCTL_PROTOCOL: this is no reply
   */
  push(chunk: Buffer): Buffer[] {
    const results: Buffer[] = []
    const give = (part: Buffer) => {
      if (this.#isError) this.#error = Buffer.concat([this.#error, part]).subarray(-KEPT_OF_ERROR)
      else results.push(part)
    }
    for (let at = 0; at < chunk.length; ) {
      at = this.#text === undefined ? this.#readFrame(chunk, at) : this.#readText(this.#text, chunk, at, give)
    }
    return results
  }

  /**
   * To be called when the reply is complete.
   * @throws UnixctlRefusal: the command failed; NicsteerError UNIXCTL_PROTOCOL
   */
  finish(): void {
    const { result, error } = this.#parse()
    if (error !== null && error !== undefined) {
      throw new UnixctlRefusal(this.#command, this.#error.toString('utf8').trim() || JSON.stringify(error))
    }
    if (typeof result !== 'string') throw this.#noReply(this.#frame)
  }

  /** Reads up to a text that is not held. */
  #readFrame(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] as number
      if (this.#escaped) this.#escaped = false
      else if (this.#inString) {
        if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) {
        const member = this.#depth === 1 ? STREAMED.exec(this.#frame)?.[1] : undefined
        if (member !== undefined) {
          this.#frame += '""'
          this.#isError = member === 'error'
          this.#text = new JsonStringDecoder()
          return at + 1
        }
        this.#inString = true
      } else if (byte === OPEN || byte === OPEN_LIST) this.#depth += 1
      else if (byte === CLOSE || byte === CLOSE_LIST) this.#depth -= 1
      this.#frame += String.fromCharCode(byte)
      if (this.#frame[0] !== '{' || this.#frame.length > LONGEST_FRAME) throw this.#noReply(this.#frame)
    }
    return chunk.length
  }

  #readText(text: JsonStringDecoder, chunk: Buffer, from: number, give: (part: Buffer) => void): number {
    try {
      const at = text.push(chunk, from, give)
      if (text.ended) this.#text = undefined
      return at
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw this.#noReply(error.message)
    }
  }

  #parse(): { result?: unknown; error?: unknown } {
    try {
      return JSON.parse(this.#frame) as { result?: unknown; error?: unknown }
    } catch {
      throw this.#noReply(this.#frame)
    }
  }

  #noReply(shown: string): NicsteerError {
    const what = `the answer to ${this.#command} is not JSON-RPC: ${JSON.stringify(shown.slice(0, 60))}`
    return new NicsteerError('UNIXCTL_PROTOCOL', what, {
      hint: 'check that the socket is that of an Open vSwitch daemon',
    })
  }
}
