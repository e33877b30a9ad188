import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { ByteWriter } from './bytes.js'
import { type Ack, readAck, readDone, refusal } from './extack.js'
import { forEachMessage, type Message, type Request, writeMessage } from './message.js'
import { isLoss, type NetlinkSocket } from './socket.js'

/** A dump that changes under the reader is read again, but not for ever. */
const ATTEMPTS = 10

/**
 * All answers to a dump request, decoded; what decodes to undefined is left out. A dump that was interrupted by a
 * change (NLM_F_DUMP_INTR), or of which the kernel lost parts, is read again from its beginning.
 * @throws KernelRefusal; NicsteerError NETLINK_DUMP_INTERRUPTED when it never stood still
 */
export function dump<R>(socket: NetlinkSocket, request: Request, decode: (message: Message) => R | undefined): R[] {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const reading = new Reading(socket, request, decode)
    while (!reading.ended) reading.read()
    const results = reading.results()
    if (results !== undefined) return results
  }
  throw neverStill(request)
}

/** As {@link dump}, on two threads: while some answers are decoded, the kernel makes the next on another one. */
export async function dumpAsync<R>(
  socket: NetlinkSocket,
  request: Request,
  decode: (message: Message) => R | undefined,
): Promise<R[]> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const reading = new Reading(socket, request, decode)
    while (!reading.ended) await reading.readAhead()
    const results = reading.results()
    if (results !== undefined) return results
  }
  throw neverStill(request)
}

function neverStill({ what }: Request): NicsteerError {
  return new NicsteerError('NETLINK_DUMP_INTERRUPTED', `${what}: changed while it was read, ${ATTEMPTS} times`, {
    hint: 'try again when fewer changes are made',
  })
}

/** One dump, from its request to its last answer: a socket has one at a time, the next one is refused (EBUSY). */
class Reading<R> {
  readonly #socket: NetlinkSocket
  readonly #request: Request
  readonly #decode: (message: Message) => R | undefined
  readonly #sequence: number
  readonly #sent: Uint8Array
  readonly #results: R[] = []
  #consistent = true
  #failure: unknown
  #end: Ack | undefined

  constructor(socket: NetlinkSocket, request: Request, decode: (message: Message) => R | undefined) {
    this.#socket = socket
    this.#request = request
    this.#decode = decode
    this.#sequence = socket.nextSequence()
    const out = new ByteWriter(1024)
    writeMessage(out, request, request.flags | uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, this.#sequence)
    this.#sent = out.written()
    socket.send(this.#sent)
  }

  get ended(): boolean {
    return this.#end !== undefined
  }

  /** Waits for a datagram, and takes it. */
  read(): void {
    try {
      const { source, end } = this.#socket.receive()
      forEachMessage(source, end, this.#visit)
    } catch (error) {
      this.#lost(error)
    }
  }

  /** Takes what is there. */
  async readAhead(): Promise<void> {
    try {
      for await (const datagrams of this.#socket.receiveAhead()) {
        for (const { source, end } of datagrams) forEachMessage(source, end, this.#visit)
        if (this.ended) return
      }
    } catch (error) {
      this.#lost(error)
    }
    // The kernel has the next answer ready before it is asked for it; if it had to wait for memory, so do we.
    if (!this.ended) this.read()
  }

  /**
   * undefined: what was read is not one consistent state.
   * @throws KernelRefusal, and what decoding threw
   */
  results(): R[] | undefined {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#end !== undefined && this.#end.errno !== 0) throw refusal(this.#request, this.#sent, this.#end)
    return this.#consistent ? this.#results : undefined
  }

  #lost(error: unknown): void {
    if (!isLoss(error)) throw error
    this.#consistent = false
  }

  readonly #visit = (message: Message): void => {
    if (message.sequence !== this.#sequence || message.portId !== this.#socket.portId) return
    if ((message.flags & uapi.NLM_F_DUMP_INTR) !== 0) this.#consistent = false
    if (message.type === uapi.NLMSG_DONE) this.#end = readDone(message)
    else if (message.type === uapi.NLMSG_ERROR) this.#end = readAck(message)
    else if (this.#failure === undefined && this.#consistent) {
      try {
        const result = this.#decode(message)
        if (result !== undefined) this.#results.push(result)
      } catch (error) {
        // It is read to its end first.
        this.#failure = error
      }
    }
  }
}
