import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { NicsteerError } from '../../base/errors.js'
import { type Ifindex, parseIfindex } from '../../base/types.js'
import { u32, u64 } from '../netlink/codec.js'
import { openPinned, pin } from './bpffs.js'
import { linkUpdate } from './calls.js'
import { refused } from './errors.js'
import { linkInfo } from './info.js'
import { layout } from './layout.js'
import { BPF_F_REPLACE, BPF_LINK_TYPE_PERF_EVENT, BPF_LINK_TYPE_TCX, BPF_TCX_INGRESS } from './numbers.js'
import type { Program } from './program.js'

const { EPERM } = constants.errno

/** bpf.h struct bpf_link_update_opts */
const updateOptions = layout({ size: u64, flags: u32, oldProgram: u32 })

export type Direction = 'ingress' | 'egress'

export interface LinkInfo {
  id: number
  programId: number
  /** Of a tcx link; `ifindex` is missing where the device is gone, and the link with it attached to nothing. */
  tcx?: { ifindex?: Ifindex; direction: Direction }
}

/**
 * A program at its place. It is detached when the link is closed, unless it was pinned; so also when the process ends in
 * whatever way.
 */
export class Link implements Disposable {
  readonly fd: number
  readonly #release: () => void
  #closed = false

  constructor(fd: number, release: () => void = () => closeSync(fd)) {
    this.fd = fd
    this.#release = release
  }

  get info(): LinkInfo {
    const { type, id, programId, ifindex, attachType } = linkInfo(this.fd)
    if (type !== BPF_LINK_TYPE_TCX) return { id, programId }
    const direction = attachType === BPF_TCX_INGRESS ? 'ingress' : 'egress'
    return { id, programId, tcx: { ...(ifindex !== 0 && { ifindex: parseIfindex(ifindex) }), direction } }
  }

  /**
   * Puts another program in the place of this one, between two packets. tcx links and others of the kind; not tracing.
   * @param expected refuse where another one than this is there
   * @throws NicsteerError LINK_CHANGED where it is another one; BpfRefusal
   */
  update(program: Program, expected?: Program): void {
    const options = new Uint8Array(updateOptions.size)
    updateOptions.set(new DataView(options.buffer), 0, {
      size: updateOptions.size,
      flags: expected === undefined ? 0 : BPF_F_REPLACE,
      oldProgram: expected?.fd ?? 0,
    })
    const status = linkUpdate(this.fd, program.fd, options)
    if (status === -EPERM && expected !== undefined) {
      throw new NicsteerError('LINK_CHANGED', `link ${this.info.id} holds another program than '${expected.name}'`)
    }
    if (status < 0) throw refused(`put program '${program.name}' into link ${this.info.id}`, { errno: -status })
  }

  /**
   * The program stays attached when this process has ended, until the pin is removed and nobody has the link open.
   * @throws NicsteerError NO_BPFFS, NOT_PINNABLE; BpfRefusal EEXIST
   */
  pin(path: string): void {
    // libbpf disables the event when it closes the link (libbpf.c bpf_link_perf_detach): the pin would hold a dead one.
    if (linkInfo(this.fd).type === BPF_LINK_TYPE_PERF_EVENT) {
      throw new NicsteerError('NOT_PINNABLE', 'a tracepoint’s link ends with this process', {
        hint: 'write the program as tp_btf, whose link can be pinned',
      })
    }
    pin('link', this.fd, path)
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    this.#release()
  }
}

/** @throws NicsteerError NO_BPFFS, NOT_PINNED; BpfRefusal */
export function openLink(path: string): Link {
  return new Link(openPinned('link', path))
}
