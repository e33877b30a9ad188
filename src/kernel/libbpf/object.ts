import koffi from 'koffi'
import { NicsteerError } from '../../base/errors.js'
import { makeRoomFor } from './bpffs.js'
import { Btf } from './btf.js'
import {
  mapFd,
  mapKeyTypeId,
  mapName,
  mapType,
  mapValueTypeId,
  nextMap,
  nextProgram,
  objectBtf,
  objectClose,
  objectLoad,
  objectOpen,
  type Pointer,
  programAutoload,
  programFd,
  programName,
  programSection,
  setAutoload,
  setLogBuffer,
  setLogLevel,
  setMaxEntries,
  setPinPath,
} from './calls.js'
import { BpfRefusal, refused } from './errors.js'
import { Global } from './global.js'
import type { Field, Layout } from './layout.js'
import { loadFailure } from './load-failure.js'
import { withLog } from './log.js'
import { type BpfMap, type MapFields, typedMap, typedPerCpuMap } from './map.js'
import { BPF_MAP_TYPE_RINGBUF } from './numbers.js'
import { ObjectProgram } from './program.js'
import { RingReader } from './ring.js'
import { Sections } from './section.js'

export interface MapOptions {
  maxEntries?: number
  /** A path on a BPF file system: the map that is pinned there is used, or a new one is pinned. */
  pin?: string
}

export interface OpenOptions {
  /** By name, where something differs from what the object says. */
  maps?: Record<string, MapOptions>
  /** Programs that aren't to be loaded, for a kernel that would refuse them. */
  skip?: readonly string[]
}

export interface LoadOptions {
  /** What the verifier says of programs that it takes: 2 is every step, 4 only how much work it was. */
  logLevel?: 2 | 4
}

/** Of one program's log; a longer one fails the load on kernels before 6.4 (ENOSPC). */
const LOG_SIZE = 1 << 20

/**
 * What a compiled file holds: programs, maps, global variables. Closing it closes them, and detaches nothing: links are closed
 * on their own.
 */
export class BpfObject implements Disposable {
  readonly path: string
  readonly #maps: ReadonlyMap<string, Pointer>
  readonly #programs: ReadonlyMap<string, Pointer>
  readonly #logs = new Map<string, Uint8Array>()
  readonly #sections = new Sections(() => this.#open())
  #object: Pointer | undefined
  #loaded = false

  constructor(path: string, object: Pointer) {
    this.path = path
    this.#object = object
    this.#maps = new Map(all(object, nextMap).map((map) => [mapName(map), map]))
    this.#programs = new Map(all(object, nextProgram).map((program) => [programName(program), program]))
  }

  get mapNames(): string[] {
    return [...this.#maps.keys()]
  }

  get programNames(): string[] {
    return [...this.#programs.keys()]
  }

  get loaded(): boolean {
    return this.#loaded
  }

  /** Before it is loaded. @throws NicsteerError NO_MAP, NO_BPFFS */
  configureMap(name: string, { maxEntries, pin }: MapOptions): void {
    const map = this.#map(name)
    if (maxEntries !== undefined) this.#must(`set the size of map '${name}'`, setMaxEntries(map, maxEntries))
    if (pin === undefined) return
    makeRoomFor(pin)
    this.#must(`set the pin of map '${name}'`, setPinPath(map, pin))
  }

  /** Before it is loaded: leaves a program out. @throws NicsteerError NO_PROGRAM */
  skip(name: string): void {
    this.#must(`leave out program '${name}'`, setAutoload(this.#program(name), false))
  }

  /**
   * Creates the maps, has the programs verified. An object that can't be loaded is closed.
   * @throws BpfRefusal BPF_VERIFIER (its `log` has the whole reasoning), BPF_NOT_PERMITTED, BPF_REFUSED; NicsteerError BPF_UNSUPPORTED
   */
  load({ logLevel }: LoadOptions = {}): this {
    const object = this.#open()
    for (const [name, program] of this.#programs) {
      if (logLevel === undefined) continue
      const buffer = new Uint8Array(LOG_SIZE)
      this.#logs.set(name, buffer)
      this.#must('ask for the log', setLogBuffer(program, buffer, LOG_SIZE))
      this.#must('ask for the log', setLogLevel(program, logLevel))
    }
    const { result: status, log } = withLog(() => objectLoad(object))
    if (status < 0) {
      const failure = loadFailure(this.path, -status, log, [...this.#maps.values()].map(mapType))
      this[Symbol.dispose]()
      throw failure
    }
    this.#loaded = true
    return this
  }

  /**
   * A map of the object, typed. Open as long as the object is.
   * @throws NicsteerError NO_MAP, NOT_LOADED, BTF_MISMATCH that names the member, WRONG_MAP_TYPE
   */
  map<K, V>(name: string, fields: MapFields<K, V>): BpfMap<K, V> {
    return typedMap(this.#checkedMap(name, fields), name, fields, false)
  }

  /** As {@link map}, with a value per possible CPU. */
  perCpuMap<K, V>(name: string, fields: MapFields<K, V>): BpfMap<K, V[]> {
    return typedPerCpuMap(this.#checkedMap(name, fields), name, fields, false)
  }

  /** @throws NicsteerError NO_VARIABLE, BTF_MISMATCH */
  global<T>(name: string, field: Field<T>): Global<T> {
    return new Global({ sections: this.#sections, loaded: () => this.#loaded }, name, this.#btf(), field)
  }

  /**
   * Delivers the events of a ring buffer on the event loop. Close the reader before, or instead of, losing it: it keeps the
   * process alive (see {@link RingReader.unref}).
   * @param struct name in C of what `event` declares
   * @throws NicsteerError NO_MAP, NOT_LOADED, NO_BTF_TYPE, BTF_MISMATCH
   */
  ring<T>(name: string, struct: string, event: Layout<T>, deliver: (event: T) => void): RingReader<T> {
    const map = this.#map(name)
    if (mapType(map) !== BPF_MAP_TYPE_RINGBUF) {
      throw new NicsteerError('WRONG_MAP_TYPE', `map '${name}' is no ring buffer`)
    }
    const btf = this.#btf()
    btf.check(`event of ring '${name}'`, event, btf.structNamed(struct))
    return new RingReader(this.#fdOf(map), event, deliver)
  }

  /** @throws NicsteerError NO_PROGRAM, NOT_LOADED */
  program(name: string): ObjectProgram {
    const program = this.#program(name)
    if (!this.#loaded || !programAutoload(program)) {
      throw new NicsteerError('NOT_LOADED', `program '${name}' of ${this.path} is not loaded`)
    }
    const open = () => {
      this.#open()
      return program
    }
    return new ObjectProgram(programFd(program), name, programSection(program), this.#logOf(name), open)
  }

  [Symbol.dispose](): void {
    if (this.#object === undefined) return
    this.#sections[Symbol.dispose]()
    objectClose(this.#object)
    this.#object = undefined
  }

  #checkedMap(name: string, { key, value }: MapFields<unknown, unknown>): number {
    const map = this.#map(name)
    const fd = this.#fdOf(map)
    if (mapKeyTypeId(map) !== 0) this.#btf().check(`key of map '${name}'`, key, mapKeyTypeId(map))
    if (mapValueTypeId(map) !== 0) this.#btf().check(`value of map '${name}'`, value, mapValueTypeId(map))
    return fd
  }

  #fdOf(map: Pointer): number {
    if (!this.#loaded) throw new NicsteerError('NOT_LOADED', `${this.path} is not loaded`)
    return mapFd(map)
  }

  #logOf(name: string): string {
    const buffer = this.#logs.get(name)
    if (buffer === undefined) return ''
    return Buffer.from(buffer.buffer, 0, buffer.indexOf(0)).toString()
  }

  #map(name: string): Pointer {
    return this.#named('map', name, this.#maps)
  }

  #program(name: string): Pointer {
    return this.#named('program', name, this.#programs)
  }

  #named(what: string, name: string, all: ReadonlyMap<string, Pointer>): Pointer {
    this.#open()
    const found = all.get(name)
    if (found !== undefined) return found
    throw new NicsteerError(`NO_${what.toUpperCase()}`, `${this.path} has no ${what} '${name}'`, {
      hint: `it has: ${[...all.keys()].join(', ')}`,
    })
  }

  #btf(): Btf {
    const btf = objectBtf(this.#open())
    if (btf !== null) return new Btf(btf)
    throw new NicsteerError('NO_BTF', `${this.path} has no BTF`, { hint: 'compile it with -g' })
  }

  #must(what: string, status: number): void {
    if (status < 0) throw refused(`${what} of ${this.path}`, { errno: -status })
  }

  #open(): Pointer {
    if (this.#object === undefined) throw new NicsteerError('BPF_CLOSED', `${this.path} is closed`)
    return this.#object
  }
}

function all(object: Pointer, next: (object: Pointer, previous: Pointer | null) => Pointer | null): Pointer[] {
  const found: Pointer[] = []
  for (let one = next(object, null); one !== null; one = next(object, one)) found.push(one)
  return found
}

/**
 * Reads a compiled file; nothing is in the kernel before {@link BpfObject.load}.
 * @param path an ELF file of clang's BPF target, compiled with -g
 * @throws NicsteerError LIBBPF_MISSING, LIBBPF_TOO_OLD, NO_MAP, NO_PROGRAM, NO_BPFFS; BpfRefusal BPF_OBJECT
 */
export function open(path: string, { maps = {}, skip = [] }: OpenOptions = {}): BpfObject {
  const { result, log } = withLog(() => ({ pointer: objectOpen(path, null), errno: koffi.errno() }))
  if (result.pointer === null) {
    const [said = ''] = log.split('\n')
    throw new BpfRefusal('BPF_OBJECT', `open ${path}: ${said.replace(/^libbpf: /, '')}`, {
      errno: result.errno,
      log,
      hint: 'scripts/build-bpf makes the objects',
    })
  }
  const object = new BpfObject(path, result.pointer)
  try {
    for (const [name, options] of Object.entries(maps)) object.configureMap(name, options)
    for (const name of skip) object.skip(name)
    return object
  } catch (error) {
    object[Symbol.dispose]()
    throw error
  }
}
