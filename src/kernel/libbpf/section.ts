import { NicsteerError } from '../../base/errors.js'
import { HOST_LITTLE_ENDIAN as LE } from '../netlink/bytes.js'
import { lastErrno } from '../netlink/libc.js'
import { findMap, mapFd, mapInitialValue, mmap, munmap, type Pointer } from './calls.js'
import { unsupported } from './errors.js'

/** sys/mman.h */
const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const FAILED = 0xffff_ffff_ffff_ffffn

/**
 * Memory of an object's global variables, a map each for .rodata, .data, .bss. Before the object is loaded it is libbpf's; afterwards
 * the kernel's, which is mapped here, since libbpf itself does so only for generated skeletons.
 */
export class Sections implements Disposable {
  readonly #object: () => Pointer
  readonly #mapped = new Map<string, { address: Pointer; size: number }>()

  /** @param object throws when it is closed */
  constructor(object: () => Pointer) {
    this.#object = object
  }

  /** @throws NicsteerError BPF_UNSUPPORTED before Linux 5.5, BPF_CLOSED */
  addressOf(section: string, offset: number, loaded: boolean): Pointer {
    const map = findMap(this.#object(), section)
    if (map === null) throw new NicsteerError('NO_VARIABLE', `there is no section ${section}`)
    const length = new Uint8Array(8)
    const initial = mapInitialValue(map, length)
    const size = Number(new DataView(length.buffer).getBigUint64(0, LE))
    if (initial === null || offset >= size) throw unsupported('memory shared with programs', '5.5')
    const { address } = loaded ? this.#map(section, mapFd(map), size) : { address: initial }
    return address + BigInt(offset)
  }

  [Symbol.dispose](): void {
    for (const { address, size } of this.#mapped.values()) munmap(address, size)
    this.#mapped.clear()
  }

  #map(section: string, fd: number, size: number): { address: Pointer; size: number } {
    const known = this.#mapped.get(section)
    if (known !== undefined) return known
    // Constants are frozen: the kernel refuses to map them for writing (kernel/bpf/syscall.c bpf_map_mmap).
    const protection = section === '.rodata' ? PROT_READ : PROT_READ | PROT_WRITE
    const address = mmap(null, size, protection, MAP_SHARED, fd, 0)
    if (address === null || address === FAILED) {
      throw unsupported('memory shared with programs', '5.5', { errno: lastErrno() })
    }
    const mapping = { address, size }
    this.#mapped.set(section, mapping)
    return mapping
  }
}
