import { HOST_LITTLE_ENDIAN as LE } from '../netlink/bytes.js'
import { u32, u64 } from '../netlink/codec.js'
import { infoByFd } from './calls.js'
import { refused } from './errors.js'
import { bytes, type Layout, layout, padding, text, type ValueOf } from './layout.js'

const BPF_OBJ_NAME_LEN = 16

/** linux/bpf.h struct bpf_map_info, as far as it is read here; names have 15 characters at most. */
const map = layout({
  type: u32,
  id: u32,
  keySize: u32,
  valueSize: u32,
  maxEntries: u32,
  flags: u32,
  name: text(BPF_OBJ_NAME_LEN),
  _device: padding(24),
  btfId: u32,
  keyTypeId: u32,
  valueTypeId: u32,
})
export type MapInfo = ValueOf<typeof map>

/** struct bpf_prog_info */
const program = layout({
  type: u32,
  id: u32,
  tag: bytes(8),
  _code: padding(24),
  loadTime: u64,
  uid: u32,
  _maps: padding(12),
  name: text(BPF_OBJ_NAME_LEN),
  _code_and_runs: padding(128),
  /** Times that it was left out because it ran on that CPU already; 0 before Linux 5.12. */
  misses: u64,
})
export type ProgramInfo = ValueOf<typeof program>

/** struct bpf_link_info with the tcx member of its union, which means something for a link of that type. */
const link = layout({ type: u32, id: u32, programId: u32, _: padding(4), ifindex: u32, attachType: u32 })
export type RawLinkInfo = ValueOf<typeof link>

export const mapInfo = (fd: number): MapInfo => info('map', fd, map)
export const programInfo = (fd: number): ProgramInfo => info('program', fd, program)
export const linkInfo = (fd: number): RawLinkInfo => info('link', fd, link)

/** An older kernel knows less and leaves the rest zero. */
function info<T>(what: string, fd: number, field: Layout<T>): T {
  const answer = new Uint8Array(field.size)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, answer.length, LE)
  const status = infoByFd(fd, answer, length)
  if (status < 0) throw refused(`ask what ${what} ${fd} is`, { errno: -status })
  return field.get(new DataView(answer.buffer), 0)
}
