import { ByteSource, HOST_LITTLE_ENDIAN as LE } from './bytes.js'
import { addressOf, onThread, recvmmsg } from './libc.js'

/** struct sockaddr_nl, linux/netlink.h: u16 family, u16 pad, u32 port id, u32 groups */
const ADDRESS = 12
const ADDRESS_SPACE = 16
/** struct iovec: pointer, size_t */
const IOVEC = 16
/** struct mmsghdr of recvmmsg(2), where pointers have 64 bits: struct msghdr, then u32 length. */
const MMSGHDR = 64
const NAME = 0
const NAME_LENGTH = 8
const IOV = 16
const IOV_COUNT = 24
const LENGTH = 56

/**
 * Room for many datagrams, filled by one system call: a batch's ACKs are a datagram each, and a call from JavaScript
 * costs more than the kernel needs for one.
 */
export class Receiver {
  /** Bytes that a datagram may have. */
  readonly size: number
  readonly #slots: ByteSource[]
  /** Headers, iovecs and addresses; nothing in it moves while it is referenced. */
  readonly #block: Uint8Array
  readonly #view: DataView
  readonly #bytes: Uint8Array

  constructor(count: number, size: number) {
    this.size = size
    this.#bytes = new Uint8Array(count * size)
    this.#slots = Array.from(
      { length: count },
      (_, i) => new ByteSource(this.#bytes.subarray(i * size, (i + 1) * size)),
    )
    this.#block = new Uint8Array(count * (MMSGHDR + IOVEC + ADDRESS_SPACE))
    this.#view = new DataView(this.#block.buffer, this.#block.byteOffset)
    const block = addressOf(this.#block)
    const bytes = addressOf(this.#bytes)
    for (let i = 0; i < count; i++) {
      const at = i * MMSGHDR
      const iovec = count * MMSGHDR + i * IOVEC
      this.#pointer(at + NAME, block + BigInt(this.#addressAt(i)))
      this.#pointer(at + IOV, block + BigInt(iovec))
      this.#pointer(at + IOV_COUNT, 1n)
      this.#pointer(iovec, bytes + BigInt(i * size))
      this.#pointer(iovec + 8, BigInt(size))
    }
  }

  /** Waits, unless the flags say otherwise, for one datagram, and takes what else is there. Negative: see errno. */
  fill(fd: number, flags: number): number {
    const count = this.#prepare()
    return recvmmsg(fd, this.#block, count, flags, null)
  }

  /** As {@link fill}, on another thread. Negative: an errno's opposite. */
  fillAsync(fd: number, flags: number): Promise<number> {
    const count = this.#prepare()
    return onThread(recvmmsg, fd, this.#block, count, flags, null)
  }

  /** Of the datagram itself, which may be more than fitted. */
  lengthOf(i: number): number {
    return this.#view.getUint32(i * MMSGHDR + LENGTH, LE)
  }

  /** 0 is the kernel. */
  senderOf(i: number): number {
    return this.#view.getUint32(this.#addressAt(i) + 4, LE)
  }

  /** Valid until the next {@link fill}. */
  sourceOf(i: number): ByteSource {
    return this.#slots[i] as ByteSource
  }

  #prepare(): number {
    const count = this.#slots.length
    // The kernel writes the length it used.
    for (let i = 0; i < count; i++) this.#view.setUint32(i * MMSGHDR + NAME_LENGTH, ADDRESS, LE)
    return count
  }

  #addressAt(i: number): number {
    return this.#slots.length * (MMSGHDR + IOVEC) + i * ADDRESS_SPACE
  }

  #pointer(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value, LE)
  }
}
