import { NicsteerError } from '../base/errors.js'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
/** Much more than the longest flow: what has no line ends is no text of lines, and would be held as a whole. */
const LONGEST = 1 << 20

/** Cuts a stream of UTF-8 into lines; holds no more than the one that has not ended yet. */
export class LineSplitter {
  #rest: Uint8Array[] = []
  #length = 0

  /**
   * The lines that end in this chunk, without their ends (LF or CR LF).
   * @throws NicsteerError LINE_TOO_LONG
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      lines.push(this.#rest.length === 0 ? textOf(chunk, from, end) : this.#joined(chunk.subarray(from, end)))
      from = end + 1
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from))
    return lines
  }

  /** What comes behind the last line end, if anything. */
  end(): string[] {
    return this.#rest.length > 0 ? [this.#joined(new Uint8Array())] : []
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > LONGEST) {
      const hint = 'give the text that dpctl/dump-flows prints'
      throw new NicsteerError('LINE_TOO_LONG', `a line has more than ${LONGEST} bytes`, { hint })
    }
    // A copy: whoever sends the chunks may use their memory again, and a short rest would keep a whole chunk.
    this.#rest.push(Uint8Array.from(part))
  }

  #joined(last: Uint8Array): string {
    const line = Buffer.concat([...this.#rest, last])
    this.#rest = []
    this.#length = 0
    return textOf(line, 0, line.length)
  }
}

/** @throws NicsteerError LINE_TOO_LONG, and whatever the chunks throw */
export async function* linesOf(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  const splitter = new LineSplitter()
  // A loop costs less than `yield*`, which waits for each line twice.
  for await (const chunk of chunks) for (const line of splitter.push(chunk)) yield line
  yield* splitter.end()
}

/** Each line is a string of its own, so that what is kept of one doesn't keep the chunk. */
function textOf(bytes: Buffer, from: number, end: number): string {
  return bytes.toString('utf8', from, end > from && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end)
}
