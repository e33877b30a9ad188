import type { NetlinkSocket } from '../netlink/socket.js'
import type { BpfFilter } from '../tc/bpf.js'
import { deleteFilters, type FilterPlace, getFilter, installFilters } from '../tc/filter.js'
import type { Program } from './program.js'

/**
 * A program as a filter of clsact, for kernels without tcx and for places among other filters. Its return value decides
 * (direct action). It stays when this process ends.
 */
export class Classifier implements Disposable {
  readonly filter: FilterPlace & { handle: number }
  readonly #socket: NetlinkSocket
  #programId: number

  constructor(socket: NetlinkSocket, filter: FilterPlace & { handle: number }, programId: number) {
    this.#socket = socket
    this.filter = filter
    this.#programId = programId
  }

  /** Another program in the same place, between two packets. @throws KernelRefusal */
  update(program: Program): void {
    install(this.#socket, program, this.filter, true)
    this.#programId = program.info.id
  }

  /** Removes the filter, unless somebody else's program is in its place. @returns whether it was ours */
  detach(): boolean {
    const reference = { ...this.filter, kind: 'bpf' as const }
    const there = getFilter(this.#socket, reference)
    if (there?.kind !== 'bpf' || there.id !== this.#programId) return false
    const [{ error } = {}] = deleteFilters(this.#socket, [reference])
    if (error !== undefined) throw error
    return true
  }

  [Symbol.dispose](): void {
    this.detach()
  }
}

/** The device has clsact already (tc.ensureClsact). @throws KernelRefusal EEXIST where a filter has that handle */
export function attachClassifier(
  socket: NetlinkSocket,
  program: Program,
  filter: FilterPlace & { handle: number },
): Classifier {
  install(socket, program, filter, false)
  return new Classifier(socket, filter, program.info.id)
}

function install(socket: NetlinkSocket, program: Program, filter: FilterPlace & { handle: number }, replace: boolean) {
  const wanted: BpfFilter = {
    ...filter,
    kind: 'bpf',
    fd: program.fd,
    name: program.name,
    directAction: true,
    actions: [],
  }
  const [{ error } = {}] = installFilters<BpfFilter>(socket, [wanted], { replace })
  if (error !== undefined) throw error
}
