import { once } from 'node:events'
import { closeSync, createReadStream, createWriteStream, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOf } from '../../ovs/lines.js'
import type { DumpSource } from './read.js'

/** Lines that come once, kept on disk in a file without a name, so that they can be read twice and are gone with the process. */
export class Spool implements DumpSource, Disposable {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  static async of(lines: AsyncIterable<string>): Promise<Spool> {
    const folder = mkdtempSync(join(tmpdir(), 'nicsteer-'))
    const fd = openSync(join(folder, 'lines'), 'wx+', 0o600)
    rmSync(folder, { recursive: true })
    const spool = new Spool(fd)
    try {
      const out = createWriteStream('', { fd, autoClose: false })
      for await (const line of lines) if (!out.write(`${line}\n`)) await once(out, 'drain')
      out.end()
      await once(out, 'finish')
      return spool
    } catch (error) {
      spool[Symbol.dispose]()
      throw error
    }
  }

  lines(): AsyncIterable<string> {
    // Opened anew (proc(5), /proc/PID/fd): who stops reading early destroys the stream, which closes its file even with autoClose off.
    return linesOf(createReadStream(`/proc/self/fd/${this.#fd}`) as AsyncIterable<Buffer>)
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }
}

/** A file that is there anyway. @throws what the system says, as it is read */
export function dumpFile(path: string): DumpSource {
  return { lines: () => linesOf(createReadStream(path) as AsyncIterable<Buffer>) }
}
