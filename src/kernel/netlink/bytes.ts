import { endianness } from 'node:os'

/** Netlink speaks the host's byte order wherever a header doesn't say otherwise. */
export const HOST_LITTLE_ENDIAN = endianness() === 'LE'

/** Received bytes. Codecs read from it by absolute offset, so nothing is copied before it is kept. */
export class ByteSource {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.bytes.length
  }
}

/** One growing buffer that whole batches of messages are encoded into and that is used again for the next batch. */
export class ByteWriter {
  bytes: Uint8Array
  view: DataView
  length = 0

  constructor(capacity = 16_384) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  reset(): void {
    this.length = 0
  }

  /** Makes room for `size` bytes at the end and returns where they begin. Their content is undefined. */
  reserve(size: number): number {
    const at = this.length
    this.length = at + size
    if (this.length > this.bytes.length) this.#grow()
    return at
  }

  /** Zeroes up to the next multiple of four: padding must not leak what the buffer held before. */
  align4(): void {
    while ((this.length & 3) !== 0) this.bytes[this.reserve(1)] = 0
  }

  append(source: Uint8Array): void {
    const at = this.reserve(source.length)
    this.bytes.set(source, at)
  }

  /** A view of what was written; valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  #grow(): void {
    const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}
