/** libbpf, typed: programs, maps, links, ring buffers. Needs libbpf.so.1, which is loaded when something is first used. */

export { be16, be32, be64, s32, u8, u16, u32, u64 } from '../netlink/codec.js'
export { unpin } from './bpffs.js'
export { attachClassifier, type Classifier } from './classifier.js'
export { BpfRefusal } from './errors.js'
export { canTrace, features } from './features.js'
export type { Global } from './global.js'
export type { MapInfo, ProgramInfo } from './info.js'
export {
  array,
  bigU64,
  bytes,
  type Field,
  ipv4,
  ipv6,
  type Layout,
  layout,
  mac,
  padding,
  text,
  type ValueOf,
} from './layout.js'
export { type Direction, type Link, type LinkInfo, openLink } from './link.js'
export type { UpdateMode } from './map.js'
export { BpfMap, type MapFields, openMap, openPerCpuMap } from './map.js'
export { type BpfObject, type LoadOptions, type MapOptions, type OpenOptions, open } from './object.js'
export { objectPath } from './path.js'
export { cpuCount } from './per-cpu.js'
export { type ObjectProgram, openProgram, type Program } from './program.js'
export type { RingReader } from './ring.js'
export type { TcxPosition } from './tcx.js'
export type { TestResult, TestRun } from './test-run.js'
