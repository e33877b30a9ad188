import koffi from 'koffi'
import { format, type Pointer, setPrint } from './calls.js'

/** libbpf.h LIBBPF_DEBUG, the only level that is left out. */
const DEBUG = 2
/** A verifier's log is one message; libbpf asks the kernel for no more (libbpf.c bpf_object_load_prog). */
const LONGEST = 1 << 24

let lines: string[] = []
let room: Uint8Array<ArrayBuffer> | undefined
let callback: Pointer | undefined

/**
 * What libbpf says while `work` runs, instead of on stderr. It has one place for such a function in the whole process,
 * which is left empty (silent) afterwards.
 */
export function withLog<T>(work: () => T): { result: T; log: string } {
  callback ??= koffi.register(print, koffi.pointer(koffi.proto('int', ['int', 'void *', 'void *'])))
  lines = []
  setPrint(callback)
  try {
    const result = work()
    return { result, log: lines.join('') }
  } finally {
    setPrint(null)
    lines = []
  }
}

function print(level: number, text: Pointer, list: Pointer): number {
  if (level === DEBUG) return 0
  // Pages that nothing is written to cost nothing.
  room ??= new Uint8Array(LONGEST)
  const length = Math.min(format(room, LONGEST, text, list), LONGEST - 1)
  lines.push(Buffer.from(room.buffer, 0, Math.max(length, 0)).toString())
  return 0
}
