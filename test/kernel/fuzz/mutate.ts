import { HOST_LITTLE_ENDIAN as LE } from '../../../src/kernel/netlink/bytes.js'
import { uapi } from '../../../src/kernel/uapi.js'
import type { Random } from './random.js'

/** Changes bytes in place, or returns others. */
type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random, other: Uint8Array) => Uint8Array<ArrayBuffer>

/** struct nlmsghdr begins with the message's length. */
const NLMSGHDR = 16
/** Attributes are at multiples of four: struct nlattr, u16 length, u16 type. */
const STEP = 4

/** A datagram that isn't what a kernel sends. @param other where foreign bytes are taken from */
export function mutate(datagram: Uint8Array, random: Random, other: Uint8Array): Uint8Array<ArrayBuffer> {
  let bytes = datagram.slice()
  for (let times = 1 + random.below(3); times > 0; times--) bytes = random.pick(MUTATIONS)(bytes, random, other)
  return bytes
}

const MUTATIONS: readonly Mutation[] = [flipBits, writeLength, writeType, truncate, nest, appendAttributes, splice]

function flipBits(...[bytes, random]: Parameters<Mutation>) {
  for (let times = 1 + random.below(8); times > 0 && bytes.length > 0; times--) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
  }
  return bytes
}

/** Lengths at their limits, and some that mean no more than rubbish. */
function writeLength(...[bytes, random]: Parameters<Mutation>) {
  const at = place(bytes, random)
  if (at === undefined) return bytes
  const view = viewOf(bytes)
  const before = view.getUint16(at, LE)
  const rest = bytes.length - at
  const lengths = [0, 1, 3, 4, 5, before - 1, before + 1, before + 4, rest - 1, rest, rest + 1, 0x7fff, 0xffff]
  view.setUint16(at, random.pick(lengths), LE)
  return bytes
}

function writeType(...[bytes, random]: Parameters<Mutation>) {
  const at = place(bytes, random)
  if (at !== undefined) viewOf(bytes).setUint16(at + 2, random.pick([random.below(128), random.u32() & 0xffff]), LE)
  return bytes
}

/** Half of them with a message length that fits again. */
function truncate(...[bytes, random]: Parameters<Mutation>) {
  const cut = bytes.slice(0, random.below(bytes.length + 1))
  return random.below(2) === 0 ? cut : withLength(cut)
}

/** From some place on, each attribute holds nothing but the next one. */
function nest(...[bytes, random]: Parameters<Mutation>) {
  const from = place(bytes, random)
  if (from === undefined) return bytes
  const view = viewOf(bytes)
  const same = random.below(32)
  for (let at = from; bytes.length - at >= STEP; at += STEP) {
    view.setUint16(at, bytes.length - at, LE)
    view.setUint16(at + 2, uapi.NLA_F_NESTED | (random.below(4) === 0 ? random.below(128) : same), LE)
  }
  return bytes
}

function appendAttributes(...[bytes, random]: Parameters<Mutation>) {
  const added = new Uint8Array(random.pick([4, 8, 12, 20, 64, 1024]))
  const view = viewOf(added)
  let at = 0
  while (added.length - at >= STEP) {
    const length = Math.min(STEP + random.below(20), added.length - at)
    view.setUint16(at, length, LE)
    view.setUint16(at + 2, random.below(128), LE)
    for (let i = at + STEP; i < at + length; i++) added[i] = random.u32()
    at += (length + 3) & ~3
  }
  return withLength(joined(bytes, added))
}

/** A piece of another message in the middle of this one. */
function splice(...[bytes, random, other]: Parameters<Mutation>) {
  const from = random.below(other.length)
  const piece = other.subarray(from, from + random.below(64))
  const at = place(bytes, random) ?? 0
  if (random.below(2) === 0) return withLength(joined(bytes.subarray(0, at), piece, bytes.subarray(at)))
  bytes.set(piece.subarray(0, bytes.length - at), at)
  return bytes
}

/** Where an attribute, or a field of a header, may begin. */
function place(bytes: Uint8Array, random: Random): number | undefined {
  const places = Math.floor((bytes.length - NLMSGHDR) / STEP)
  return places <= 0 ? undefined : NLMSGHDR + STEP * random.below(places)
}

/** Makes the first message as long as the datagram. */
function withLength(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length >= NLMSGHDR) viewOf(bytes).setUint32(0, bytes.length, LE)
  return bytes
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
