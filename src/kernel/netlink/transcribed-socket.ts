import { type Channel, notInBundle, type Transcript, transcriptInUse } from '../../base/transcript.js'
import { uapi } from '../uapi.js'
import { ByteSource, HOST_LITTLE_ENDIAN as LE } from './bytes.js'
import { NLMSG_HDRLEN } from './message.js'
import { type Datagram, NetlinkSocket, type Protocol, type SocketOptions } from './socket.js'

/** A socket of the kernel, or of what a transcript has of it, or both: what it doesn't have yet is asked and goes into it. */
export function openSocket(protocol: Protocol, options: SocketOptions = {}): NetlinkSocket {
  const inUse = transcriptInUse()
  if (inUse === undefined) return NetlinkSocket.open(protocol, options)
  return inUse.mode === 'record' ? TranscribedSocket.open(protocol, options) : TranscribedSocket.replay(protocol)
}

/**
 * Keeps per send, which is the question, the datagrams that came. Kept messages have sequence numbers relative to those of the question, and no
 * port id. Messages that nobody asked for are not kept.
 */
class TranscribedSocket extends NetlinkSocket {
  readonly #channel: Channel
  /** There is no kernel behind it. */
  readonly #replayed: boolean
  /** Of the last question: what is still to be received, from a transcript. */
  #told: Uint8Array[] = []
  /** Of the last question: where what the kernel says is to go. */
  #kept: { transcript: Transcript; question: string; sequence: number; datagrams: string[] } | undefined

  static override open(protocol: Protocol, options: SocketOptions): NetlinkSocket {
    const { fd, portId } = NetlinkSocket.bound(protocol, options)
    return new TranscribedSocket(protocol, { fd, portId }, options)
  }

  static replay(protocol: Protocol): NetlinkSocket {
    return new TranscribedSocket(protocol, { fd: -1, portId: 1 }, { receiveBytes: 1, datagrams: 1 })
  }

  private constructor(protocol: Protocol, bound: { fd: number; portId: number }, options: SocketOptions) {
    super(bound, options)
    this.#channel = protocol
    this.#replayed = bound.fd < 0
  }

  override send(messages: Uint8Array): void {
    const { question, sequence } = questionOf(messages)
    const transcript = transcriptInUse()?.transcript
    const known = transcript?.answer(this.#channel, question)
    this.#kept = undefined
    if (known !== undefined) {
      this.#told = (known.value as string[]).map((bytes) =>
        renumbered(Buffer.from(bytes, 'base64'), sequence, this.portId),
      )
      return
    }
    if (this.#replayed || transcript === undefined) throw notInBundle(this.#channel, question)
    const datagrams: string[] = []
    this.#kept = { transcript, question, sequence, datagrams }
    transcript.add(this.#channel, question, { value: datagrams })
    super.send(messages)
  }

  override async sendAsync(messages: Uint8Array): Promise<void> {
    this.send(messages)
  }

  override receive(options?: { wait: true }): Datagram
  override receive(options: { wait: boolean }): Datagram | undefined
  override receive(options: { wait: boolean } = { wait: true }): Datagram | undefined {
    const next = this.#told.shift()
    if (next !== undefined) return { source: new ByteSource(next), end: next.length }
    if (this.#replayed) {
      if (!options.wait) return undefined
      throw notInBundle(this.#channel, 'an answer that was cut off')
    }
    try {
      const datagram = super.receive(options)
      if (datagram !== undefined) this.#keep(datagram)
      return datagram
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  override async *receiveAhead(): AsyncGenerator<readonly Datagram[], void, void> {
    for (let next = this.receive({ wait: false }); next !== undefined; next = this.receive({ wait: false }))
      yield [next]
  }

  override [Symbol.dispose](): void {
    if (!this.#replayed) super[Symbol.dispose]()
  }

  #keep({ source, end }: Datagram): void {
    if (this.#kept === undefined) return
    const bytes = Buffer.from(source.bytes.subarray(0, end))
    const messages = headersOf(bytes)
    if (messages.some(({ portId }) => portId !== this.portId)) return
    // A dump that something came between is asked again: that answer is the one to be kept.
    if (messages.some(({ flags }) => (flags & uapi.NLM_F_DUMP_INTR) !== 0)) this.#forget()
    this.#kept?.datagrams.push(renumbered(bytes, -this.#kept.sequence, 0).toString('base64'))
  }

  #forget(): void {
    this.#kept?.transcript.forget(this.#channel, this.#kept.question)
    this.#kept = undefined
  }
}

/** A request without what differs from one process to the next. */
function questionOf(messages: Uint8Array): { question: string; sequence: number } {
  const bytes = Buffer.from(messages)
  const sequence = headersOf(bytes)[0]?.sequence ?? 0
  return { question: renumbered(bytes, -sequence, 0).toString('base64'), sequence }
}

/** struct nlmsghdr of each message in it: u32 length, u16 type, u16 flags, u32 sequence, u32 port id. */
function headersOf(bytes: Buffer): { at: number; flags: number; sequence: number; portId: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const headers = []
  for (let at = 0; at + NLMSG_HDRLEN <= bytes.length; at += Math.max(NLMSG_HDRLEN, (view.getUint32(at, LE) + 3) & ~3)) {
    headers.push({
      at,
      flags: view.getUint16(at + 6, LE),
      sequence: view.getUint32(at + 8, LE),
      portId: view.getUint32(at + 12, LE),
    })
  }
  return headers
}

/** With other sequence numbers and another port id, in place. */
function renumbered(bytes: Buffer, by: number, portId: number): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (const { at, sequence } of headersOf(bytes)) {
    view.setUint32(at + 8, sequence + by, LE)
    view.setUint32(at + 12, portId, LE)
  }
  return bytes
}
