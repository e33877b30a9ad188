import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { type ByteSource, HOST_LITTLE_ENDIAN } from './bytes.js'
import { errnoName } from './errno.js'
import { bind, close, getsockname, lastErrno, onThread, sendto, setsockopt, socket } from './libc.js'
import { inNetns } from './netns.js'
import { Receiver } from './receiver.js'

const PROTOCOLS = { route: 0, netfilter: 12, generic: 16 } as const
export type Protocol = keyof typeof PROTOCOLS

/** struct sockaddr_nl: u16 family, u16 pad, u32 port id, u32 groups */
const ADDRESS_SIZE = 12

/** A whole batch must fit into the send buffer, its answers into the receive buffer. */
const SEND_BUFFER = 4 << 20
const RECEIVE_BUFFER = 8 << 20

/** The kernel fills at most 32 KiB of a dump into a datagram (af_netlink.c netlink_dump); one link can have more. */
const DATAGRAM_BYTES = 64 << 10

/** Taken from the kernel in one call. */
const DATAGRAMS = 64

/** Taken in one call of another thread: so few that decoding them takes a few milliseconds. */
const DATAGRAMS_AHEAD = 8

/** The kernel has answered when send returns; an answer that takes this long was lost. */
const ANSWER_SECONDS = 10

export interface SocketOptions {
  /** Path of a network namespace, `/run/netns/peer`; the calling thread's own where missing. */
  netns?: string | undefined
  /** Size of the buffer that a datagram must fit into; it grows when one doesn't. */
  receiveBytes?: number
  /** How many are taken from the kernel in one call; 1 reads a dump no faster than it is decoded. */
  datagrams?: number
  /** What the kernel keeps for this socket before it loses messages: SO_RCVBUF of socket(7). */
  kernelBytes?: number
  /** RTNLGRP_* whose notifications are received from now on. */
  groups?: readonly number[]
}

/** What came from the kernel in one datagram; valid until the next receive. */
export interface Datagram {
  source: ByteSource
  end: number
}

interface BoundSocket {
  fd: number
  portId: number
}

/** A netlink socket, used synchronously: the kernel works a request off while it is being sent. */
export class NetlinkSocket implements Disposable {
  /** Our address; the kernel answers to it. */
  readonly portId: number
  readonly #fd: number
  #closed = false
  #sequence = 1
  readonly #datagrams: number
  #receiver: Receiver
  /** Datagrams in the receiver, and how many of them were handed out. */
  #received = 0
  #taken = 0
  /** Another thread makes a call. */
  #busy = false
  /** Size that the next receiver must have at least. */
  #wanted = 0

  protected constructor({ fd, portId }: BoundSocket, options: SocketOptions) {
    const { receiveBytes = DATAGRAM_BYTES, datagrams = DATAGRAMS } = options
    this.#fd = fd
    this.#datagrams = datagrams
    this.#receiver = new Receiver(datagrams, receiveBytes)
    this.portId = portId
  }

  /** @throws NicsteerError NETLINK_SOCKET, NO_NETNS, NETNS_REFUSED */
  static open(protocol: Protocol, options: SocketOptions = {}): NetlinkSocket {
    return new NetlinkSocket(NetlinkSocket.bound(protocol, options), options)
  }

  /** @throws as {@link open} */
  protected static bound(protocol: Protocol, options: SocketOptions): BoundSocket {
    const create = () =>
      check(socket(uapi.AF_NETLINK, uapi.SOCK_RAW | uapi.SOCK_CLOEXEC, PROTOCOLS[protocol]), 'open a netlink socket')
    const fd = options.netns === undefined ? create() : inNetns(options.netns, create)
    try {
      return { fd, portId: prepare(fd, options) }
    } catch (error) {
      close(fd)
      throw error
    }
  }

  /** For another thread that receives in this one's place. */
  get fd(): number {
    return this.#open()
  }

  /** The first of `count` numbers in a row that no answer to an earlier request has. */
  nextSequence(count = 1): number {
    // 0 marks notifications that nobody asked for.
    if (this.#sequence + count > 0xffffffff) this.#sequence = 1
    const sequence = this.#sequence
    this.#sequence += count
    return sequence
  }

  /** Sends whole messages; when it returns, the kernel has worked them off, in order. */
  send(messages: Uint8Array): void {
    while (true) {
      const sent = sendto(this.#open(), messages, messages.length, 0, KERNEL, ADDRESS_SIZE)
      if (sent >= 0) return
      const errno = lastErrno()
      if (errno !== constants.errno.EINTR) throw failure('send to the kernel', errno)
    }
  }

  /**
   * As {@link send}, on another thread; the bytes must stay as they are until then.
   * @throws NicsteerError NETLINK_BUSY as long as another such call is under way; so do all other calls
   */
  async sendAsync(messages: Uint8Array): Promise<void> {
    while (true) {
      const sent = await this.#elsewhere((fd) =>
        onThread(sendto, fd, messages, messages.length, 0, KERNEL, ADDRESS_SIZE),
      )
      if (sent >= 0) return
      if (sent !== -constants.errno.EINTR) throw failure('send to the kernel', -sent)
    }
  }

  /**
   * The datagrams that are there, in order, some at a time, until there is none. While the caller works through some,
   * another thread takes the next ones; of a dump the kernel then makes the next ones.
   * @throws as {@link receive}; NicsteerError NETLINK_BUSY
   */
  async *receiveAhead(): AsyncGenerator<readonly Datagram[], void, void> {
    let here = new Receiver(Math.min(DATAGRAMS_AHEAD, this.#datagrams), Math.max(this.#receiver.size, this.#wanted))
    let ahead = new Receiver(Math.min(DATAGRAMS_AHEAD, this.#datagrams), here.size)
    let filling = this.#fillAsync(here)
    try {
      while (true) {
        const count = await filling
        if (count === -constants.errno.EAGAIN) return
        if (count < 0) throw receiveFailure(-count)
        const datagrams = Array.from({ length: count }, (_, i) => this.#datagram(here, i)).filter(isDatagram)
        filling = this.#fillAsync(ahead)
        yield datagrams
        ;[here, ahead] = [ahead, here]
      }
    } finally {
      await filling
    }
  }

  /**
   * The next datagram from the kernel. With `wait: false`, undefined when there is none.
   * @throws NicsteerError NETLINK_OVERRUN (ENOBUFS: messages were lost), NETLINK_TRUNCATED (this one was lost; the
   * next of its size will fit), NETLINK_SILENT (no answer)
   */
  receive(options?: { wait: true }): Datagram
  receive(options: { wait: boolean }): Datagram | undefined
  receive({ wait }: { wait: boolean } = { wait: true }): Datagram | undefined {
    while (true) {
      if (this.#taken === this.#received && !this.#fill(wait)) return undefined
      const datagram = this.#datagram(this.#receiver, this.#taken++)
      if (datagram !== undefined) return datagram
    }
  }

  /**
   * Throws away what is waiting to be read. A socket that lost messages gets no new ones before that (af_netlink.c
   * netlink_overrun).
   */
  discard(): void {
    while (true) {
      try {
        if (this.receive({ wait: false }) === undefined) return
      } catch (error) {
        if (!isLoss(error)) throw error
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    // The number of a closed file soon means another one, also to the other thread.
    if (!this.#busy) close(this.#fd)
  }

  /** undefined for one that isn't the kernel's: any process may send to our port, only the kernel is port 0. */
  #datagram(receiver: Receiver, i: number): Datagram | undefined {
    if (receiver.senderOf(i) !== 0) return undefined
    const size = receiver.lengthOf(i)
    if (size <= receiver.size) return { source: receiver.sourceOf(i), end: size }
    this.#wanted = Math.max(this.#wanted, size * 2)
    throw new NicsteerError('NETLINK_TRUNCATED', `an answer of ${size} bytes didn't fit into ${receiver.size}`)
  }

  /** False when nothing is there and nobody waits. */
  #fill(wait: boolean): boolean {
    if (this.#wanted > this.#receiver.size) this.#receiver = new Receiver(this.#datagrams, this.#wanted)
    this.#received = this.#taken = 0
    const flags = uapi.MSG_TRUNC | (wait ? uapi.MSG_WAITFORONE : uapi.MSG_DONTWAIT)
    while (true) {
      const count = this.#receiver.fill(this.#open(), flags)
      if (count >= 0) {
        this.#received = count
        return true
      }
      const errno = lastErrno()
      if (errno === constants.errno.EINTR) continue
      if (errno === constants.errno.EAGAIN && !wait) return false
      throw receiveFailure(errno)
    }
  }

  /** How many datagrams it took, or an errno's opposite. */
  async #fillAsync(receiver: Receiver): Promise<number> {
    while (true) {
      const count = await this.#elsewhere((fd) => receiver.fillAsync(fd, uapi.MSG_TRUNC | uapi.MSG_DONTWAIT))
      if (count !== -constants.errno.EINTR) return count
    }
  }

  /** A call that another thread makes: until it returns, nobody else may use the socket. */
  async #elsewhere(call: (fd: number) => Promise<number>): Promise<number> {
    const done = call(this.#open())
    this.#busy = true
    try {
      return await done
    } finally {
      this.#busy = false
      if (this.#closed) close(this.#fd)
    }
  }

  #open(): number {
    if (this.#closed) throw new NicsteerError('NETLINK_CLOSED', 'the netlink socket is closed')
    if (this.#busy) {
      throw new NicsteerError('NETLINK_BUSY', 'another call on this netlink socket is not done', {
        hint: 'await it first, or open a socket of its own',
      })
    }
    return this.#fd
  }
}

/** True for the errors of {@link NetlinkSocket.receive} that say that something was lost, but the socket works on. */
export function isLoss(error: unknown): boolean {
  return error instanceof NicsteerError && (error.code === 'NETLINK_OVERRUN' || error.code === 'NETLINK_TRUNCATED')
}

function isDatagram(datagram: Datagram | undefined): datagram is Datagram {
  return datagram !== undefined
}

/** Looking at an array's buffer takes it out of V8's heap for good: another thread may read it. */
const KERNEL = new Uint8Array(ADDRESS_SIZE)
new DataView(KERNEL.buffer).setUint16(0, uapi.AF_NETLINK, HOST_LITTLE_ENDIAN)

/** Options, bind; returns the port id the kernel chose. */
function prepare(fd: number, { kernelBytes = RECEIVE_BUFFER, groups = [] }: SocketOptions): number {
  // Extended ACKs are what tells people why; they are off by default.
  check(setOption(fd, uapi.SOL_NETLINK, uapi.NETLINK_EXT_ACK, 1), 'turn on extended ACKs')
  // Errors needn't carry the request back: we still have it.
  check(setOption(fd, uapi.SOL_NETLINK, uapi.NETLINK_CAP_ACK, 1), 'turn on capped ACKs')
  check(setOption(fd, uapi.SOL_NETLINK, uapi.NETLINK_GET_STRICT_CHK, 1), 'turn on strict checking')
  // The …FORCE forms need CAP_NET_ADMIN; without it the limits of net.core apply.
  if (setOption(fd, uapi.SOL_SOCKET, uapi.SO_SNDBUFFORCE, SEND_BUFFER) < 0)
    setOption(fd, uapi.SOL_SOCKET, uapi.SO_SNDBUF, SEND_BUFFER)
  if (setOption(fd, uapi.SOL_SOCKET, uapi.SO_RCVBUFFORCE, kernelBytes) < 0)
    setOption(fd, uapi.SOL_SOCKET, uapi.SO_RCVBUF, kernelBytes)
  const timeout = new Uint8Array(16)
  new DataView(timeout.buffer).setBigInt64(0, BigInt(ANSWER_SECONDS), HOST_LITTLE_ENDIAN)
  check(setsockopt(fd, uapi.SOL_SOCKET, uapi.SO_RCVTIMEO, timeout, timeout.length), 'set a time limit')

  check(bind(fd, KERNEL, ADDRESS_SIZE), 'bind a netlink socket')
  // Not by the address' bits, which end at group 32.
  for (const group of groups) {
    check(setOption(fd, uapi.SOL_NETLINK, uapi.NETLINK_ADD_MEMBERSHIP, group), `listen to group ${group}`)
  }
  const address = new Uint8Array(ADDRESS_SIZE)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, ADDRESS_SIZE, HOST_LITTLE_ENDIAN)
  check(getsockname(fd, address, length), 'read the address of a netlink socket')
  return new DataView(address.buffer).getUint32(4, HOST_LITTLE_ENDIAN)
}

function setOption(fd: number, level: number, option: number, value: number): number {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, HOST_LITTLE_ENDIAN)
  return setsockopt(fd, level, option, bytes, bytes.length)
}

function check(result: number, what: string): number {
  if (result < 0) throw failure(what, lastErrno())
  return result
}

function failure(what: string, errno: number): NicsteerError {
  return new NicsteerError('NETLINK_SOCKET', `can't ${what}: ${errnoName(errno)}`, { errno })
}

function receiveFailure(errno: number): NicsteerError {
  if (errno === constants.errno.ENOBUFS) {
    return new NicsteerError('NETLINK_OVERRUN', 'messages of the kernel were lost: the receive buffer was full', {
      errno,
      hint: 'read the state again',
    })
  }
  if (errno === constants.errno.EAGAIN) {
    return new NicsteerError('NETLINK_SILENT', `no answer from the kernel in ${ANSWER_SECONDS} s`, { errno })
  }
  return failure('receive from the kernel', errno)
}
