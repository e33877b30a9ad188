import { setImmediate } from 'node:timers/promises'
import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { ByteWriter } from './bytes.js'
import { type Ack, type KernelRefusal, readAck, refusal } from './extack.js'
import { forEachMessage, type Message, type Request, writeMessage } from './message.js'
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

/** Messages of one send. More brings nothing (docs/performance.md), and their answers must fit the receive buffer. */
const BATCH_MESSAGES = 256
const BATCH_BYTES = 256 << 10

/** How long {@link transactChunked} may keep the event loop waiting, in milliseconds. */
const CHUNK_MILLISECONDS = 25

/** Done, and nothing more to say: one object for all of them. */
const DONE: Outcome<never> = Object.freeze({})

/**
 * Sends requests in order and returns what came of each. The kernel works a batch off to its end whatever fails in
 * between; a refusal is in that request's outcome, not thrown.
 * @throws NicsteerError NETLINK_OVERRUN, NETLINK_SILENT when answers were lost: what was done is unknown then
 */
export function transact<R = never>(
  socket: NetlinkSocket,
  requests: readonly Request[],
  options: TransactOptions<R> = {},
): Outcome<R>[] {
  const outcomes: Outcome<R>[] = []
  const out = new ByteWriter()
  while (outcomes.length < requests.length) sendBatch(socket, requests, out, options, outcomes)
  return outcomes
}

/** As {@link transact}, but gives way to the event loop between batches. */
export async function transactChunked<R = never>(
  socket: NetlinkSocket,
  requests: readonly Request[],
  options: TransactOptions<R> = {},
): Promise<Outcome<R>[]> {
  const outcomes: Outcome<R>[] = []
  const out = new ByteWriter()
  let began = performance.now()
  while (outcomes.length < requests.length) {
    sendBatch(socket, requests, out, options, outcomes, BATCH_MESSAGES / 4)
    if (performance.now() - began < CHUNK_MILLISECONDS) continue
    await setImmediate()
    began = performance.now()
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

/** Appends to `outcomes` what came of the next requests, as many as fit into one send. */
function sendBatch<R>(
  socket: NetlinkSocket,
  requests: readonly Request[],
  out: ByteWriter,
  { decode }: TransactOptions<R>,
  outcomes: Outcome<R>[],
  limit = BATCH_MESSAGES,
): void {
  const first = outcomes.length
  const offsets: number[] = []
  const indexOf = new Map<number, number>()
  out.reset()
  for (let i = first; i < requests.length && offsets.length < limit && out.length < BATCH_BYTES; i++) {
    const message = requests[i]
    if (message === undefined) break
    const sequence = socket.nextSequence()
    indexOf.set(sequence, i)
    offsets.push(out.length)
    writeMessage(out, message, message.flags | uapi.NLM_F_REQUEST | uapi.NLM_F_ACK, sequence)
  }
  offsets.push(out.length)
  socket.send(out.written())

  const bytesOf = (index: number) => out.bytes.subarray(offsets[index - first], offsets[index - first + 1])
  const replies = new Map<number, R[]>()
  let waiting = indexOf.size
  while (waiting > 0) {
    const datagram = receiveAnswer(socket)
    if (datagram === undefined) break
    forEachMessage(datagram.source, datagram.end, (message) => {
      // Notifications, and what is left of a transaction that was given up.
      if (message.portId !== socket.portId) return
      const index = indexOf.get(message.sequence)
      if (index === undefined) return
      if (message.type === uapi.NLMSG_ERROR) {
        outcomes[index] = outcomeOf(requests[index] as Request, bytesOf(index), readAck(message), replies.get(index))
        waiting--
      } else if (decode !== undefined) {
        const list = replies.get(index)
        if (list === undefined) replies.set(index, [decode(message, index)])
        else list.push(decode(message, index))
      }
    })
  }
}

function receiveAnswer(socket: NetlinkSocket): Datagram | undefined {
  try {
    return socket.receive({ wait: true })
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
