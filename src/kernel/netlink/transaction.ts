import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { ByteWriter, HOST_LITTLE_ENDIAN as LE } from './bytes.js'
import { type Ack, type KernelRefusal, readAck, refusal } from './extack.js'
import { addFlags, forEachMessage, type Message, type Request, writeMessage } from './message.js'
import { type Datagram, isLoss, type NetlinkSocket } from './socket.js'

/** What came of one request. Neither error nor warning: done. */
export interface Outcome<R = never> {
  error?: KernelRefusal
  /** Extended ACK text that came with success. */
  warning?: string
  /** Answers and echoed notifications, decoded. */
  replies?: R[]
}

export interface TransactOptions<R> {
  /** For messages that answer request number `index` (GET, NLM_F_ECHO); without it they are passed over. */
  decode?: (message: Message, index: number) => R
}

/** What is sent; an array, or something that makes each request when its turn comes. */
export interface Requests {
  readonly length: number
  at(index: number): Request | undefined
}

/** Messages of one send: so many that handing them over to another thread doesn't count. */
const BATCH_MESSAGES = 1024
/** Those among them that are answered in any case: the answers must fit into the receive buffer. */
const BATCH_ANSWERS = 256
const BATCH_BYTES = 128 << 10

/** Done, and nothing more to say: one object for all of them. */
const DONE: Outcome<never> = Object.freeze({})

/**
 * Sends requests in order and returns what came of each. The kernel works a batch off to its end whatever fails in
 * between; a refusal is in that request's outcome, not thrown.
 * @throws NicsteerError NETLINK_OVERRUN, NETLINK_SILENT when answers were lost: what was done is unknown then
 */
export function transact<R = never>(
  socket: NetlinkSocket,
  requests: Requests,
  options: TransactOptions<R> = {},
): Outcome<R>[] {
  const outcomes: Outcome<R>[] = []
  const out = new ByteWriter()
  while (outcomes.length < requests.length) {
    const batch = writeBatch(out, requests, { first: outcomes.length, sequence: socket.nextSequence(BATCH_MESSAGES) })
    socket.send(out.written())
    collect(socket, batch, options, outcomes)
  }
  return outcomes
}

/**
 * As {@link transact}, on two threads: while the kernel works a batch off on another one, the next is encoded, and the
 * event loop goes on. Until it is done nothing else may use the socket.
 * @throws as transact; NicsteerError NETLINK_BUSY
 */
export async function transactAsync<R = never>(
  socket: NetlinkSocket,
  requests: Requests,
  options: TransactOptions<R> = {},
): Promise<Outcome<R>[]> {
  const outcomes: Outcome<R>[] = []
  const write = (out: ByteWriter, first: number) =>
    writeBatch(out, requests, { first, sequence: socket.nextSequence(BATCH_MESSAGES) })
  let spare = new ByteWriter()
  let batch = write(new ByteWriter(), 0)
  while (batch.requests.length > 0) {
    const sent = socket.sendAsync(batch.out.written())
    let next: Batch
    try {
      next = write(spare, batch.first + batch.requests.length)
    } finally {
      await sent
      collect(socket, batch, options, outcomes)
    }
    spare = batch.out
    batch = next
  }
  return outcomes
}

/**
 * One request whose refusal is an error of the caller.
 * @returns the warning that came with success
 * @throws KernelRefusal
 */
export function execute(socket: NetlinkSocket, message: Request): string | undefined {
  const [outcome] = transact(socket, [message])
  if (outcome?.error !== undefined) throw outcome.error
  return outcome?.warning
}

/**
 * One request with one answer.
 * @throws KernelRefusal
 */
export function query<R>(socket: NetlinkSocket, message: Request, decode: (message: Message) => R): R {
  const [outcome] = transact(socket, [message], { decode })
  if (outcome?.error !== undefined) throw outcome.error
  const [reply] = outcome?.replies ?? []
  if (reply === undefined) throw new NicsteerError('NETLINK_NO_REPLY', `${message.what}: the kernel answered nothing`)
  return reply
}

/** Requests that are sent together, encoded. */
interface Batch {
  readonly out: ByteWriter
  /** Which of all requests is its first one, and that one's sequence number; the others follow. */
  readonly first: number
  readonly sequence: number
  readonly requests: Request[]
  /** Where each begins. */
  readonly offsets: number[]
  /** How many are answered if none is refused. */
  answers: number
}

/**
 * Encodes the next requests from `first` on, as many as one send takes. The kernel works them off in order and answers
 * every refusal, so for a quiet one the answer to a later one says that it is done.
 */
export function writeBatch(
  out: ByteWriter,
  requests: Requests,
  { first, sequence }: { first: number; sequence: number },
): Batch {
  const batch: Batch = { out, first, sequence, requests: [], offsets: [], answers: 0 }
  out.reset()
  while (batch.requests.length < BATCH_MESSAGES && batch.answers < BATCH_ANSWERS && out.length < BATCH_BYTES) {
    const count = batch.requests.length
    const message = requests.at(first + count)
    if (message === undefined) break
    batch.offsets.push(out.length)
    batch.requests.push(message)
    if (!message.quiet) batch.answers++
    const flags = message.flags | uapi.NLM_F_REQUEST | (message.quiet ? 0 : uapi.NLM_F_ACK)
    writeMessage(out, message, flags, sequence + count)
  }
  const last = batch.requests.at(-1)
  if (last?.quiet) {
    addFlags(out, batch.offsets.at(-1) ?? 0, uapi.NLM_F_ACK)
    batch.answers++
  }
  return batch
}

/** Takes the answers to a batch that was sent, and appends to `outcomes` what came of each of its requests. */
function collect<R>(
  socket: NetlinkSocket,
  { out, first, sequence, requests: sent, offsets, answers }: Batch,
  { decode }: TransactOptions<R>,
  outcomes: Outcome<R>[],
): void {
  for (let i = 0; i < sent.length; i++) outcomes.push(DONE)
  let waiting = answers
  const bytesOf = (i: number) => out.bytes.subarray(offsets[i], offsets[i + 1] ?? out.length)
  const replies = new Map<number, R[]>()
  const visit = (message: Message): void => {
    const i = message.sequence - sequence
    const request = sent[i]
    // Notifications, and what is left of a transaction that was given up.
    if (request === undefined || message.portId !== socket.portId) return
    if (message.type === uapi.NLMSG_ERROR) {
      outcomes[first + i] = outcomeOf(request, bytesOf(i), readAck(message), replies.get(i))
      if (!request.quiet || i === sent.length - 1) waiting--
    } else if (decode !== undefined) {
      const list = replies.get(i)
      if (list === undefined) replies.set(i, [decode(message, first + i)])
      else list.push(decode(message, first + i))
    }
  }
  while (waiting > 0) {
    const datagram = receiveAnswer(socket)
    const i = plainAck(datagram, socket.portId) - sequence
    if (i >= 0 && i < sent.length && !replies.has(i)) waiting--
    else forEachMessage(datagram.source, datagram.end, visit)
  }
}

/** NLMSG_ERROR without an error and without a word, as most answers are: u32 length, u16 type and flags, u32 sequence, port. */
const PLAIN_ACK_BYTES = 36

/** The sequence number that such an answer is for; -1 for any other datagram. */
function plainAck({ source: { view }, end }: Datagram, portId: number): number {
  if (end !== PLAIN_ACK_BYTES || view.getUint32(0, LE) !== PLAIN_ACK_BYTES) return -1
  if (view.getUint16(4, LE) !== uapi.NLMSG_ERROR || view.getInt32(16, LE) !== 0) return -1
  return view.getUint32(12, LE) === portId ? view.getUint32(8, LE) : -1
}

function receiveAnswer(socket: NetlinkSocket): Datagram {
  try {
    return socket.receive()
  } catch (error) {
    if (isLoss(error)) socket.discard()
    throw error
  }
}

function outcomeOf<R>(message: Request, sent: Uint8Array, ack: Ack, replies: R[] | undefined): Outcome<R> {
  if (ack.errno !== 0) return { error: refusal(message, sent, ack) }
  const warning = ack.extack.message
  if (warning === undefined && replies === undefined) return DONE
  return { ...(warning !== undefined && { warning }), ...(replies !== undefined && { replies }) }
}
