import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { u32, u64 } from '../netlink/codec.js'
import { btfFind, btfFree, btfOfVmlinux, linkCreate, probeMapType, programLoad } from './calls.js'
import { refused } from './errors.js'
import { layout, padding } from './layout.js'
import {
  BPF_MAP_TYPE_RINGBUF,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_TRACING,
  BPF_TCX_INGRESS,
  BPF_TRACE_FENTRY,
} from './numbers.js'
import { Program } from './program.js'

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
  /** A program may choose a tunnel's source address: local_ipv4 of struct bpf_tunnel_key, Linux 6.0 */
  tunnelLocalIp: once(hasTunnelLocalIp),
}

/**
 * Whether a program can be at the entry and exit of a kernel function: it takes the kernel's BTF, CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, and
 * for functions with more than six arguments on x86 Linux 6.6. One that does nothing is put there for a moment.
 * @throws BpfRefusal BPF_NOT_PERMITTED
 */
export function canTrace(name: string): boolean {
  const id = kernelFunction(name)
  if (id === undefined) return false
  const what = `trace ${name}, to try whether the kernel lets programs do that`
  const options = new Uint8Array(loadOptions.size)
  const values = { size: options.length, attachType: BPF_TRACE_FENTRY, function: id }
  loadOptions.set(new DataView(options.buffer), 0, values)
  const program = programLoad(BPF_PROG_TYPE_TRACING, 'probe_fentry', 'GPL', RETURN_ZERO, 2, options)
  if (program === -EPERM) throw refused(what, { errno: EPERM })
  if (program < 0) return false
  try {
    const link = linkCreate(program, 0, BPF_TRACE_FENTRY, null)
    if (link === -EPERM) throw refused(what, { errno: EPERM })
    if (link < 0) return false
    closeSync(link)
    return true
  } finally {
    closeSync(program)
  }
}

/** Number of a function in the kernel's own BTF. */
function kernelFunction(name: string): number | undefined {
  const btf = btfOfVmlinux()
  if (btf === null) return undefined
  try {
    const id = btfFind(btf, name, BTF_KIND_FUNC)
    return id > 0 ? id : undefined
  } finally {
    btfFree(btf)
  }
}

/** linux/btf.h */
const BTF_KIND_FUNC = 12

/** bpf.h struct bpf_prog_load_opts, as far as it is used here. */
const loadOptions = layout({
  size: u64,
  _attempts: padding(4),
  attachType: u32,
  _: padding(16),
  function: u32,
  _end: padding(4),
})

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

/**
 * struct bpf_insn: 44 bytes of zeros on the stack, the whole of struct bpf_tunnel_key with local_ipv6; bpf_skb_set_tunnel_key(context, they,
 * 44, 0); what that says is the program's own answer. A kernel that knows fewer members refuses the size when it runs (net/core/filter.c
 * bpf_skb_set_tunnel_key, EINVAL).
 */
const SET_TUNNEL_KEY = Uint8Array.from([
  ...[0xb7, 0x02, 0, 0, 0, 0, 0, 0], // r2 = 0
  ...[48, 40, 32, 24, 16, 8].flatMap((below) => [0x7b, 0x2a, 256 - below, 0xff, 0, 0, 0, 0]), // *(u64 *)(r10 - below) = r2
  ...[0xbf, 0xa2, 0, 0, 0, 0, 0, 0], // r2 = r10
  ...[0x07, 0x02, 0, 0, 256 - 48, 0xff, 0xff, 0xff], // r2 -= 48
  ...[0xb7, 0x03, 0, 0, 44, 0, 0, 0], // r3 = 44
  ...[0xb7, 0x04, 0, 0, 0, 0, 0, 0], // r4 = 0
  ...[0x85, 0, 0, 0, 21, 0, 0, 0], // call bpf_skb_set_tunnel_key
  ...[0x95, 0, 0, 0, 0, 0, 0, 0], // exit
])
/** Of an Ethernet frame that says nothing; an IPv4 header has to fit behind (net/bpf/test_run.c). */
const FRAME = new Uint8Array(64)

function hasTunnelLocalIp(): boolean {
  const what = 'load a program, to try whether it may choose the source address of tunnels'
  const count = SET_TUNNEL_KEY.length / 8
  const fd = programLoad(BPF_PROG_TYPE_SCHED_CLS, 'probe_local_ip', 'GPL', SET_TUNNEL_KEY, count, null)
  if (fd < 0) throw refused(what, { errno: -fd })
  using program = new Program(fd, 'probe_local_ip', true)
  return program.testRun({ data: FRAME }).returnValue === 0
}
