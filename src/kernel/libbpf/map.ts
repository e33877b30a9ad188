import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import * as batch from './batch.js'
import { openPinned, pin } from './bpffs.js'
import { Btf, mismatch } from './btf.js'
import { btfFree, btfOfKernel, mapDelete, mapLookup, mapLookupAndDelete, mapNextKey, mapUpdate } from './calls.js'
import { refused, updateRefused } from './errors.js'
import { type MapInfo, mapInfo } from './info.js'
import type { Field } from './layout.js'
import { isPerCpu, perCpu } from './per-cpu.js'

const { ENOENT } = constants.errno

/** linux/bpf.h BPF_ANY, BPF_NOEXIST, BPF_EXIST */
const MODES = { any: 0, noexist: 1, exist: 2 }
/** What an update does where the key is, or isn't, already there. */
export type UpdateMode = keyof typeof MODES

/** What a map's bytes stand for. */
export interface MapFields<K, V> {
  key: Field<K>
  value: Field<V>
}

/** V8 moves arrays that are shorter. */
const MINIMUM = 64

/** A map with typed keys and values; all calls are system calls that don't wait. */
export class BpfMap<K, V> implements Disposable {
  readonly fd: number
  readonly name: string
  readonly info: MapInfo
  readonly #fields: MapFields<K, V>
  readonly #owned: boolean
  readonly #key: Uint8Array<ArrayBuffer>
  readonly #keyView: DataView
  readonly #value: Uint8Array<ArrayBuffer>
  readonly #valueView: DataView
  #closed = false

  /** @param owned the file descriptor is closed with the map */
  constructor(fd: number, name: string, info: MapInfo, fields: MapFields<K, V>, owned: boolean) {
    this.fd = fd
    this.name = name
    this.info = info
    this.#fields = fields
    this.#owned = owned
    this.#key = new Uint8Array(Math.max(fields.key.size, MINIMUM))
    this.#keyView = new DataView(this.#key.buffer)
    this.#value = new Uint8Array(Math.max(fields.value.size, MINIMUM))
    this.#valueView = new DataView(this.#value.buffer)
  }

  /** @returns undefined where the key isn't there */
  lookup(key: K): V | undefined {
    return this.#found(mapLookup(this.fd, this.#bytesOf(key), this.#value), 'look up in')
  }

  /** In one step. Hash maps. */
  lookupAndDelete(key: K): V | undefined {
    return this.#found(mapLookupAndDelete(this.fd, this.#bytesOf(key), this.#value), 'take from')
  }

  /** @throws BpfRefusal BPF_MAP_FULL; EEXIST and ENOENT by mode */
  update(key: K, value: V, mode: UpdateMode = 'any'): void {
    this.#fields.value.set(this.#valueView, 0, value)
    const status = mapUpdate(this.fd, this.#bytesOf(key), this.#value, MODES[mode])
    if (status < 0) throw updateRefused(this.name, this.info.maxEntries, { errno: -status })
  }

  /** @returns whether it was there */
  delete(key: K): boolean {
    const status = mapDelete(this.fd, this.#bytesOf(key))
    if (status < 0 && status !== -ENOENT) throw refused(`delete from map '${this.name}'`, { errno: -status })
    return status === 0
  }

  /** One system call each; begins anew when the key it stands at is deleted meanwhile (hash maps). */
  *keys(): Generator<K, void, undefined> {
    const next = new Uint8Array(this.#key.length)
    const view = new DataView(next.buffer)
    let previous: Uint8Array | null = null
    for (;;) {
      const status = mapNextKey(this.fd, previous, next)
      if (status === -ENOENT) return
      if (status < 0) throw refused(`list keys of map '${this.name}'`, { errno: -status })
      previous = next
      yield this.#fields.key.get(view, 0)
    }
  }

  /** Thousands in a system call; a hash map that changes meanwhile shows no entry twice that stays where it is. */
  *entries(): Generator<[K, V], void, undefined> {
    if (yield* batch.entries(this.fd, this.name, this.#fields)) return
    for (const key of this.keys()) {
      const value = this.lookup(key)
      if (value !== undefined) yield [key, value]
    }
  }

  /** All of them in order, thousands in a system call. @throws BpfRefusal with `done`, how many are in */
  updateBatch(entries: Iterable<readonly [K, V]>, mode: UpdateMode = 'any'): void {
    batch.update(this.fd, this.name, this.#fields, entries, MODES[mode], {
      maxEntries: this.info.maxEntries,
      one: ([key, value]) => this.update(key, value, mode),
    })
  }

  /** @throws BpfRefusal ENOENT for one that isn't there, with `done`, how many are gone */
  deleteBatch(keys: Iterable<K>): void {
    batch.remove(this.fd, this.name, this.#fields.key, keys, (key) => {
      if (!this.delete(key)) throw refused(`delete from map '${this.name}'`, { errno: ENOENT })
    })
  }

  /** Under a path on a BPF file system; it stays when everybody has closed it. @throws NicsteerError NO_BPFFS; BpfRefusal EEXIST */
  pin(path: string): void {
    pin(`map '${this.name}'`, this.fd, path)
  }

  /** One of an object's stays open as long as the object. */
  [Symbol.dispose](): void {
    if (this.#closed || !this.#owned) return
    this.#closed = true
    closeSync(this.fd)
  }

  #bytesOf(key: K): Uint8Array {
    this.#fields.key.set(this.#keyView, 0, key)
    return this.#key
  }

  #found(status: number, what: string): V | undefined {
    if (status === 0) return this.#fields.value.get(this.#valueView, 0)
    if (status === -ENOENT) return undefined
    throw refused(`${what} map '${this.name}'`, { errno: -status })
  }
}

/**
 * A map that is pinned, typed; its layouts are compared with the BTF it was made with.
 * @throws NicsteerError NO_BPFFS, NOT_PINNED, BTF_MISMATCH
 */
export function openMap<K, V>(path: string, fields: MapFields<K, V>): BpfMap<K, V> {
  return opened(path, (fd, info) => typedMap(fd, info.name, fields, true))
}

/** As {@link openMap}, with a value per possible CPU. */
export function openPerCpuMap<K, V>(path: string, fields: MapFields<K, V>): BpfMap<K, V[]> {
  return opened(path, (fd, info) => typedPerCpuMap(fd, info.name, fields, true))
}

function opened<M>(path: string, make: (fd: number, info: MapInfo) => M): M {
  const fd = openPinned('map', path)
  try {
    return make(fd, mapInfo(fd))
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** @throws NicsteerError BTF_MISMATCH, WRONG_MAP_TYPE */
export function typedMap<K, V>(fd: number, name: string, fields: MapFields<K, V>, owned: boolean): BpfMap<K, V> {
  const info = mapInfo(fd)
  if (isPerCpu(info.type)) throw wrongType(name, 'has a value per CPU', 'perCpuMap')
  checkFields(name, info, fields)
  return new BpfMap(fd, name, info, fields, owned)
}

/** @throws NicsteerError BTF_MISMATCH, WRONG_MAP_TYPE */
export function typedPerCpuMap<K, V>(
  fd: number,
  name: string,
  fields: MapFields<K, V>,
  owned: boolean,
): BpfMap<K, V[]> {
  const info = mapInfo(fd)
  if (!isPerCpu(info.type)) throw wrongType(name, 'has one value for all CPUs', 'map')
  checkFields(name, info, fields)
  return new BpfMap(fd, name, info, { key: fields.key, value: perCpu(fields.value) }, owned)
}

function wrongType(name: string, what: string, method: string): NicsteerError {
  return new NicsteerError('WRONG_MAP_TYPE', `map '${name}' ${what}`, { hint: `open it with ${method}` })
}

/** With the BTF that the map was made with, which an object that reuses a pinned map may not share; without BTF sizes only. */
function checkFields(name: string, info: MapInfo, { key, value }: MapFields<unknown, unknown>): void {
  const btf = info.btfId === 0 ? null : btfOfKernel(info.btfId)
  if (btf !== null) {
    try {
      const types = new Btf(btf)
      types.check(`key of map '${name}'`, key, info.keyTypeId)
      types.check(`value of map '${name}'`, value, info.valueTypeId)
    } finally {
      btfFree(btf)
    }
  }
  checkSize(`key of map '${name}'`, key, info.keySize)
  checkSize(`value of map '${name}'`, value, info.valueSize)
}

function checkSize(what: string, field: Field<unknown>, size: number): void {
  if (field.size !== size) throw mismatch(`${what}: declared with ${field.size} bytes, the map has ${size}`)
}
