import { s32, u32, u64 } from '../netlink/codec.js'
import { addressOf } from '../netlink/libc.js'
import { programTestRun } from './calls.js'
import { refused } from './errors.js'
import { bigU64, layout, padding } from './layout.js'
import type { Program } from './program.js'

/** bpf.h struct bpf_test_run_opts */
const options = layout({
  size: u64,
  dataIn: bigU64,
  dataOut: bigU64,
  dataSizeIn: u32,
  dataSizeOut: u32,
  contextIn: bigU64,
  contextOut: bigU64,
  contextSizeIn: u32,
  contextSizeOut: u32,
  returnValue: u32,
  repeat: s32,
  duration: u32,
  flags: u32,
  cpu: u32,
  _batch: padding(4),
})

export interface TestRun {
  /** A frame from its Ethernet header on, 14 bytes at least (net/bpf/test_run.c bpf_prog_test_run_skb). */
  data: Uint8Array
  /** struct __sk_buff, of which only a few members may be other than zero; it comes back as the program left it. */
  context?: Uint8Array
  /** 1 where missing. */
  repeat?: number
}

export interface TestResult {
  /** Unsigned: TCX_NEXT is 0xffffffff. */
  returnValue: number
  data: Uint8Array
  /** Where one was given. */
  context?: Uint8Array
  /** Nanoseconds of one run, on average. */
  duration: number
}

/** What a program may add to a packet: room for tunnel headers. */
const GROWTH = 256

/** Runs a program on a packet that exists nowhere else. @throws BpfRefusal EINVAL for a packet or context that can't be, ENOTSUPP */
export function testRun(program: Program, { data, context, repeat = 1 }: TestRun): TestResult {
  const dataOut = room(data.length + GROWTH)
  const contextOut = room(context?.length ?? 0)
  const dataIn = fixed(data)
  const contextIn = context && fixed(context)
  const bytes = room(options.size)
  const view = new DataView(bytes.buffer)
  options.set(view, 0, {
    size: options.size,
    dataIn: addressOf(dataIn),
    dataOut: addressOf(dataOut),
    dataSizeIn: data.length,
    dataSizeOut: data.length + GROWTH,
    contextIn: contextIn === undefined ? 0n : addressOf(contextIn),
    contextOut: contextIn === undefined ? 0n : addressOf(contextOut),
    contextSizeIn: context?.length ?? 0,
    contextSizeOut: context?.length ?? 0,
    returnValue: 0,
    repeat,
    duration: 0,
    flags: 0,
    cpu: 0,
  })
  const status = programTestRun(program.fd, bytes)
  if (status < 0) throw refused(`run program '${program.name}' on a test packet`, { errno: -status })
  const { dataSizeOut, contextSizeOut, returnValue, duration } = options.get(view, 0)
  return {
    returnValue,
    data: dataOut.slice(0, dataSizeOut),
    ...(context && { context: contextOut.slice(0, contextSizeOut) }),
    duration,
  }
}

function room(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.max(size, 64))
}

/** Where it stays: V8 moves arrays of less than 64 bytes. */
function fixed(source: Uint8Array): Uint8Array {
  const target = room(source.length)
  target.set(source)
  return target
}
