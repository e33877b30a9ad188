import { ByteSource, ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import type { Codec } from '../../../src/kernel/netlink/codec.js'

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  // Rubbish in the buffer shows what isn't written.
  const out = new ByteWriter(64)
  out.bytes.fill(0xee)
  codec.write(out, value)
  return out.written().slice()
}

export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  // Behind the payload there is something else, as in a real buffer.
  const around = new Uint8Array(bytes.length + 64).fill(0xdd)
  around.set(bytes, 8)
  return codec.read(new ByteSource(around), 8, 8 + bytes.length)
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
}
