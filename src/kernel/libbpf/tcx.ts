import type { Ifindex } from '../../base/types.js'
import { u32, u64 } from '../netlink/codec.js'
import { linkCreate } from './calls.js'
import { refused, unsupported } from './errors.js'
import { features } from './features.js'
import { layout, padding } from './layout.js'
import { library, tooOld } from './library.js'
import { type Direction, Link } from './link.js'
import { BPF_F_AFTER, BPF_F_BEFORE, BPF_F_LINK, BPF_TCX_EGRESS, BPF_TCX_INGRESS } from './numbers.js'
import type { Program } from './program.js'

/** bpf.h struct bpf_link_create_opts; what is about tcx is there since libbpf 1.3. */
const createOptions = layout({
  size: u64,
  flags: u32,
  _iterator: padding(16),
  _targetBtf: padding(4),
  relativeFd: u32,
  relativeId: u32,
  revision: u64,
})
/** As far as every libbpf 1 knows it. */
const BASE = 32

/** Where among the others of the device; behind all of them where missing. */
export interface TcxPosition {
  /** First of all, or right before that one. */
  before?: 'all' | Program | Link
  /** Last of all, or right behind that one. */
  after?: 'all' | Program | Link
}

/**
 * The device is looked for in the network namespace of the calling thread. A program that returns TCX_NEXT (-1) leaves the
 * packet to the next one, and behind the last to the filters of clsact.
 * @throws NicsteerError BPF_UNSUPPORTED before Linux 6.6; LIBBPF_TOO_OLD for a position beside a certain one before 1.3; BpfRefusal
 */
export function attachTcx(program: Program, ifindex: Ifindex, direction: Direction, position: TcxPosition = {}): Link {
  const type = direction === 'ingress' ? BPF_TCX_INGRESS : BPF_TCX_EGRESS
  const fd = linkCreate(program.fd, ifindex, type, optionsFor(position))
  if (fd >= 0) return new Link(fd)
  const refusal = refused(`attach program '${program.name}' to ${direction} of interface ${ifindex}`, { errno: -fd })
  if (refusal.code === 'BPF_REFUSED' && !features.tcx()) {
    throw unsupported('tcx', '6.6', { cause: refusal, hint: 'attach it as a classifier' })
  }
  throw refusal
}

function optionsFor({ before, after }: TcxPosition): Uint8Array {
  const neighbour = before ?? after
  const relative = neighbour === undefined || neighbour === 'all' ? undefined : neighbour
  if (relative !== undefined && /^1\.[012]$/.test(library().version)) {
    throw tooOld(`libbpf ${library().version} can't place a program beside another one`, '1.3')
  }
  let flags = 0
  if (before !== undefined) flags |= BPF_F_BEFORE
  else if (after !== undefined) flags |= BPF_F_AFTER
  if (relative instanceof Link) flags |= BPF_F_LINK
  const size = relative === undefined ? BASE : createOptions.size
  const options = new Uint8Array(createOptions.size)
  createOptions.set(new DataView(options.buffer), 0, {
    size,
    flags,
    relativeFd: relative?.fd ?? 0,
    relativeId: 0,
    revision: 0,
  })
  return options
}
