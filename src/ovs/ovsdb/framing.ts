import { NicsteerError } from '../../base/errors.js'

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = Array.from('"\\{}[]', (c) => c.charCodeAt(0))
const SPACE = 0x20

/**
 * Cuts a stream into JSON texts. RFC 7047 section 4 puts messages one after the other without a separator, so an end is where the
 * outermost bracket closes. Works on bytes: none of a UTF-8 sequence looks like a bracket or a quote.
 */
export class JsonFraming {
  #parts: Buffer[] = []
  #depth = 0
  #inString = false
  #escaped = false

  /**
   * The messages that end in this chunk; what comes after them is kept for the next one.
   * @throws NicsteerError OVSDB_PROTOCOL: this is no JSON object
   */
  push(chunk: Buffer): unknown[] {
    const messages: unknown[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) this.#inString = true
      else if (byte === OPEN || byte === OPEN_LIST) this.#depth += 1
      else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth -= 1
        if (this.#depth > 0) continue
        this.#parts.push(chunk.subarray(start, at + 1))
        messages.push(parse(Buffer.concat(this.#parts)))
        this.#parts = []
        start = at + 1
      }
      if (this.#depth === 0 && byte > SPACE && byte !== CLOSE && byte !== CLOSE_LIST) throw notJson(chunk.subarray(at))
    }
    if (start < chunk.length && this.#depth > 0) this.#parts.push(chunk.subarray(start))
    return messages
  }
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    throw notJson(text)
  }
}

function notJson(bytes: Buffer): NicsteerError {
  const shown = JSON.stringify(bytes.subarray(0, 40).toString('latin1'))
  return new NicsteerError('OVSDB_PROTOCOL', `what the server sent is not JSON-RPC: ${shown}`, {
    hint: 'check that the address is that of an OVSDB server, and ssl: or tcp: as it listens',
  })
}
