import { constants } from 'node:os'
import { ByteSource, HOST_LITTLE_ENDIAN as LE } from '../netlink/bytes.js'
import { u64 } from '../netlink/codec.js'
import { mapDeleteBatch, mapLookupBatch, mapUpdateBatch } from './calls.js'
import { BpfRefusal, refused, updateRefused } from './errors.js'
import { type Field, layout } from './layout.js'
import type { MapFields } from './map.js'

const { EINVAL, ENOENT } = constants.errno
/** include/linux/errno.h: what a map type without batches says; before Linux 5.6 the command itself is EINVAL. */
const ENOTSUPP = 524

/** Entries in one system call. */
const CHUNK = 4096

/** bpf.h struct bpf_map_batch_opts */
const options = layout({ size: u64, elementFlags: u64, flags: u64 })

/**
 * Whatever a map holds.
 * @returns false, with nothing said before, where the kernel has no batches for it
 */
export function* entries<K, V>(
  fd: number,
  name: string,
  { key, value }: MapFields<K, V>,
): Generator<[K, V], boolean, undefined> {
  const keys = block(CHUNK * key.size)
  const values = block(CHUNK * value.size)
  // Where the kernel is: a bucket's number, or a key (kernel/bpf/syscall.c generic_map_lookup_batch).
  let from: Uint8Array | null = null
  let to = block(key.size).bytes
  let spare = block(key.size).bytes
  for (;;) {
    const count = counter(CHUNK)
    const status = mapLookupBatch(fd, from, to, keys.bytes, values.bytes, count.bytes, null)
    if (from === null && (status === -ENOTSUPP || status === -EINVAL)) return false
    if (status < 0 && status !== -ENOENT) throw refused(`list map '${name}'`, { errno: -status })
    const found = count.view.getUint32(0, LE)
    for (let i = 0; i < found; i++) yield [key.get(keys.view, i * key.size), value.get(values.view, i * value.size)]
    if (status === -ENOENT) return true
    from = to
    ;[to, spare] = [spare, to]
  }
}

interface UpdateOptions<E> {
  maxEntries: number
  /** For a kernel or a map type that has no batches. */
  one(entry: E): void
}

export function update<K, V>(
  fd: number,
  name: string,
  { key, value }: MapFields<K, V>,
  all: Iterable<readonly [K, V]>,
  flags: number,
  { maxEntries, one }: UpdateOptions<readonly [K, V]>,
): void {
  const keys = block(CHUNK * key.size)
  const values = block(CHUNK * value.size)
  const opts = optionsWith(flags)
  inChunks(all, {
    write(i, [k, v]) {
      key.set(keys.view, i * key.size, k)
      value.set(values.view, i * value.size, v)
    },
    send: (count) => mapUpdateBatch(fd, keys.bytes, values.bytes, count, opts),
    refusal: (detail) => updateRefused(name, maxEntries, detail),
    one,
  })
}

export function remove<K>(fd: number, name: string, key: Field<K>, all: Iterable<K>, one: (key: K) => void): void {
  const keys = block(CHUNK * key.size)
  const opts = optionsWith(0)
  inChunks(all, {
    write: (i, k) => key.set(keys.view, i * key.size, k),
    send: (count) => mapDeleteBatch(fd, keys.bytes, count, opts),
    refusal: (detail) => refused(`delete from map '${name}'`, detail),
    one,
  })
}

interface Work<E> {
  write(i: number, entry: E): void
  /** Leaves in `count` how many were worked off. */
  send(count: Uint8Array): number
  refusal(detail: { errno: number; done: number }): BpfRefusal
  one(entry: E): void
}

function inChunks<E>(all: Iterable<E>, work: Work<E>): void {
  let done = 0
  for (const chunk of chunks(all)) {
    chunk.forEach((entry, i) => {
      work.write(i, entry)
    })
    const count = counter(chunk.length)
    const status = work.send(count.bytes)
    if (status === -ENOTSUPP || (status === -EINVAL && done === 0)) {
      done += oneByOne(chunk, done, work)
      continue
    }
    if (status < 0) {
      // Where the command itself was refused, the kernel hasn't written how many it did.
      const worked = count.view.getUint32(0, LE)
      throw work.refusal({ errno: -status, done: done + (worked < chunk.length ? worked : 0) })
    }
    done += chunk.length
  }
}

function oneByOne<E>(chunk: readonly E[], done: number, { one, refusal }: Work<E>): number {
  chunk.forEach((entry, i) => {
    try {
      one(entry)
    } catch (error) {
      throw error instanceof BpfRefusal && error.errno !== undefined
        ? refusal({ errno: error.errno, done: done + i })
        : error
    }
  })
  return chunk.length
}

function* chunks<E>(all: Iterable<E>): Generator<E[], void, undefined> {
  let chunk: E[] = []
  for (const entry of all) {
    chunk.push(entry)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** At least 64 bytes, which V8 doesn't move. */
function block(size: number): ByteSource {
  return new ByteSource(new Uint8Array(Math.max(size, 64)))
}

function counter(count: number): ByteSource {
  const source = block(4)
  source.view.setUint32(0, count, LE)
  return source
}

function optionsWith(elementFlags: number): Uint8Array {
  const { bytes, view } = block(options.size)
  options.set(view, 0, { size: options.size, elementFlags, flags: 0 })
  return bytes
}
