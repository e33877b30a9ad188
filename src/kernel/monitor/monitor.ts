import { Worker } from 'node:worker_threads'
import { NicsteerError } from '../../base/errors.js'
import { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { errnoName } from '../netlink/errno.js'
import { writeMessage } from '../netlink/message.js'
import { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { type MonitorEvent, readEvents } from './event.js'
import { groupNumbers, type MonitorGroup } from './groups.js'
import { Handover } from './handover.js'
import type { Received, ReceiveOrder } from './receive-thread.js'

export interface MonitorOptions {
  /** What is listened to, and nothing else. */
  groups: readonly MonitorGroup[]
  /** Path of a network namespace, `/run/netns/peer`; the calling thread's own where missing. */
  netns?: string
  /**
   * What the kernel keeps for a reader that is slow, 32 MiB where missing; it counts twice the number and, for a
   * message of 100 bytes, about 1 KiB. Without CAP_NET_ADMIN at most net.core.rmem_max.
   */
  receiveBytes?: number
  /** What is received and not yet taken, at most (and one receive more); 4 MiB where missing. */
  queueBytes?: number
  /** Size that one message may have at first; 64 KiB where missing. */
  datagramBytes?: number
}

/**
 * Listens to changes of the kernel's network configuration. It listens already when this returns: whoever reads the
 * state after that, and then applies what is told, misses nothing. What is told twice does no harm: an event says what
 * is now, not what is different.
 *
 * ```ts
 * await using changes = monitor({ groups: ['neigh'] })
 * let neighbours = tableOf(listNeighbours(socket))
 * for await (const event of changes) {
 *   if (event.kind === 'resync') neighbours = tableOf(listNeighbours(socket))
 *   else if (event.kind === 'neighbour') apply(neighbours, event)
 * }
 * ```
 *
 * What goes with its owner isn't told one by one: filters with their qdisc, qdiscs with their device, and IPv4 routes
 * with their device or when it goes down (net/ipv4/fib_trie.c fib_table_flush).
 * @throws NicsteerError NETLINK_SOCKET, NO_NETNS, NETNS_REFUSED
 */
export function monitor(options: MonitorOptions): Monitor {
  return new Monitor(options)
}

const RECEIVE_BYTES = 32 << 20
const QUEUE_BYTES = 4 << 20
/** NLMSG_GOODSIZE is half of that at most; a link with many VFs has more (net/core/rtnetlink.c if_nlmsg_size). */
const DATAGRAM_BYTES = 64 << 10

/**
 * Changes in the kernel's order, for one reader: `for await`, or `next()`. Breaking off a `for await` closes it. It
 * keeps the process alive until it is closed.
 */
export class Monitor implements AsyncIterableIterator<MonitorEvent>, AsyncDisposable {
  readonly #socket: NetlinkSocket
  readonly #handover: Handover
  readonly #ended: Promise<void>
  readonly #events = this.#read()
  #queue: (Datagrams | Loss)[] = []
  /** Overruns so far: what was received before the last one is out of date. */
  #overruns = 0
  #failure: unknown
  #closed = false
  /** Lets the waiting reader look again. */
  #wakeReader: () => void = () => {}

  /** See {@link monitor}. */
  constructor({ groups, netns, receiveBytes, queueBytes, datagramBytes }: MonitorOptions) {
    this.#socket = NetlinkSocket.open('route', {
      netns,
      groups: groupNumbers(groups),
      kernelBytes: receiveBytes ?? RECEIVE_BYTES,
      datagrams: 1,
    })
    const limit = queueBytes ?? QUEUE_BYTES
    this.#handover = new Handover(limit)
    const workerData: ReceiveOrder = {
      fd: this.#socket.fd,
      shared: this.#handover.shared,
      limit,
      datagramBytes: datagramBytes ?? DATAGRAM_BYTES,
    }
    // Of our own flags some are not for a thread (--input-type).
    const options = { workerData, execArgv: [], name: 'netlink monitor' }
    const thread = new Worker(new URL('./receive-thread.js', import.meta.url), options)
    thread.on('message', (received: Received) => this.#receive(received))
    thread.on('error', (error) => this.#fail(error))
    this.#ended = new Promise((resolve) => {
      thread.once('exit', () => {
        running.delete(this.#stop)
        this.#socket[Symbol.dispose]()
        this.#fail(new NicsteerError('NETLINK_SOCKET', 'the receiving thread is gone'))
        resolve()
      })
    })
    running.add(this.#stop)
  }

  /** @throws NicsteerError NETLINK_SOCKET when nothing can be received any more; it is closed then */
  next(): Promise<IteratorResult<MonitorEvent>> {
    return this.#events.next()
  }

  async return(): Promise<IteratorResult<MonitorEvent>> {
    await this.close()
    return { done: true, value: undefined }
  }

  /** Ends it, also for a reader that waits; resolves when the thread is gone and the socket closed. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#queue = []
      this.#stop()
      this.#wakeReader()
    }
    await this.#ended
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#read(): AsyncGenerator<MonitorEvent, undefined> {
    while (!this.#closed) {
      const received = this.#queue.shift()
      if (received !== undefined) yield* this.#decode(received)
      else if (this.#failure !== undefined) {
        await this.close()
        throw this.#failure
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve
        })
      }
    }
    return undefined
  }
  *#decode(received: Datagrams | Loss): Generator<MonitorEvent, undefined> {
    if ('lost' in received) {
      yield { kind: 'resync', reason: received.lost }
      return
    }
    const { bytes, ends } = received
    const overruns = this.#overruns
    let from = 0
    for (const end of ends) {
      for (const event of readEvents(new ByteSource(bytes.subarray(from, end)))) {
        yield event
        if (this.#closed) return
      }
      if (overruns !== this.#overruns) break
      from = end
    }
    this.#taken(received)
  }

  #receive(received: Received): void {
    if (this.#closed) return
    if ('errno' in received) {
      const { errno } = received
      this.#fail(new NicsteerError('NETLINK_SOCKET', `can't receive from the kernel: ${errnoName(errno)}`, { errno }))
      return
    }
    if ('lost' in received && received.lost === 'overrun') {
      this.#overruns++
      for (const before of this.#queue) this.#taken(before)
      this.#queue = []
    }
    this.#queue.push(received)
    this.#wakeReader()
  }

  #taken(received: Datagrams | Loss): void {
    if ('bytes' in received) this.#handover.taken(received.bytes.length)
  }

  /** For the reader, when it has read what came before. */
  #fail(error: unknown): void {
    this.#failure ??= error
    this.#wakeReader()
  }

  /** The thread waits for the handover or in the kernel, whose answer to this wakes it there. */
  readonly #stop = (): void => {
    this.#handover.stop()
    try {
      this.#socket.send(NOOP)
    } catch {
      // The socket's time limit wakes it too, later.
    }
  }
}

type Datagrams = Extract<Received, { bytes: Uint8Array }>
type Loss = Extract<Received, { lost: string }>

/** A message that does nothing and wants to be acknowledged. */
const NOOP = noop()

function noop(): Uint8Array {
  const out = new ByteWriter(64)
  const message = { what: 'wake', type: uapi.NLMSG_NOOP, flags: 0, headerSize: 0, writeBody() {} }
  writeMessage(out, message, uapi.NLM_F_REQUEST | uapi.NLM_F_ACK, 0)
  return out.written()
}

/** A process that exits joins its threads: one that is blocked in the kernel has to be woken before. */
const running = new Set<() => void>()
process.on('exit', () => {
  for (const stop of running) stop()
})
