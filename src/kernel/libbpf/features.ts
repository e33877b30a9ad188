import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { linkCreate, probeMapType, programLoad } from './calls.js'
import { refused } from './errors.js'
import { BPF_MAP_TYPE_RINGBUF, BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS } from './numbers.js'

const { ENODEV, EPERM } = constants.errno

/** What the kernel can do, tried when it is first asked about, not read from a version: distributions port features back. */
export const features = {
  /** BPF_TCX_INGRESS, BPF_TCX_EGRESS: Linux 6.6 */
  tcx: once(hasTcx),
  /** BPF_MAP_TYPE_RINGBUF: Linux 5.8 */
  ringBuffer: once(() => {
    const status = probeMapType(BPF_MAP_TYPE_RINGBUF, null)
    if (status < 0) throw refused('try whether the kernel has ring buffers', { errno: -status })
    return status === 1
  }),
}

function once(probe: () => boolean): () => boolean {
  let known: boolean | undefined
  return () => {
    known ??= probe()
    return known
  }
}

/** No device has this index: a kernel that knows tcx looks for it, another one objects to the type (EINVAL). */
const NO_DEVICE = 0x7fffffff

/** struct bpf_insn: r0 = 0; exit */
const RETURN_ZERO = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0)

function hasTcx(): boolean {
  const program = programLoad(BPF_PROG_TYPE_SCHED_CLS, 'probe_tcx', 'GPL', RETURN_ZERO, 2, null)
  if (program < 0) throw refused('load a program, to try whether the kernel has tcx', { errno: -program })
  try {
    const status = linkCreate(program, NO_DEVICE, BPF_TCX_INGRESS, null)
    if (status === -EPERM) throw refused('try whether the kernel has tcx', { errno: EPERM })
    return status === -ENODEV
  } finally {
    closeSync(program)
  }
}
