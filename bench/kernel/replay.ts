import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ByteWriter } from '../../src/kernel/netlink/bytes.js'
import { type Request, writeMessage } from '../../src/kernel/netlink/message.js'
import { type Requests, writeBatch } from '../../src/kernel/netlink/transaction.js'
import { uapi } from '../../src/kernel/uapi.js'

const source = fileURLToPath(new URL('../../../bench/kernel/replay.c', import.meta.url))

/** The C program that sends what a file holds, compiled into a folder. */
export class Replay {
  readonly #folder: string
  readonly #program: string
  readonly #prefix: readonly string[]

  /** @param prefix of its command line, such as `ip netns exec NAME` */
  constructor(folder: string, prefix: readonly string[] = []) {
    this.#folder = folder
    this.#program = join(folder, 'replay')
    this.#prefix = prefix
    execFileSync('gcc', ['-O2', '-o', this.#program, source])
  }

  /** The bytes that our own transactions would send. @returns the file's path */
  write(name: string, requests: Requests): string {
    const chunks: Uint8Array[] = []
    const out = new ByteWriter()
    for (let first = 0; first < requests.length; ) {
      const batch = writeBatch(out, requests, { first, sequence: first + 1 })
      chunks.push(new Uint8Array(Uint32Array.of(out.length, batch.answers).buffer), out.written().slice())
      first += batch.requests.length
    }
    return this.#save(name, chunks)
  }

  writeDump(name: string, request: Request): string {
    const out = new ByteWriter()
    writeMessage(out, request, request.flags | uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, 1)
    return this.#save(name, [out.written()])
  }

  /** Milliseconds from the first byte sent to the last answer. @throws when the kernel refused something */
  run(file: string, { dump = false } = {}): number {
    const [command = '', ...args] = [...this.#prefix, this.#program, ...(dump ? ['-d'] : []), file]
    const [nanoseconds, , refusals] = execFileSync(command, args, { encoding: 'utf8' }).trim().split(' ').map(Number)
    if (refusals !== 0) throw new Error(`replay of ${file}: ${refusals} refusals`)
    return (nanoseconds ?? 0) / 1e6
  }

  #save(name: string, chunks: Uint8Array[]): string {
    const file = join(this.#folder, name)
    writeFileSync(file, Buffer.concat(chunks))
    return file
  }
}
