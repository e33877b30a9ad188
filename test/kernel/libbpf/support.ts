import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programInfo } from '../../../src/kernel/libbpf/info.js'
import { bytes, layout, padding } from '../../../src/kernel/libbpf/layout.js'
import { library } from '../../../src/kernel/libbpf/library.js'
import { be16, be32, u8, u16, u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { skip } from '../../support/skip.js'

/** A compiled program of test/bpf. The tests run in the project's folder. */
export function testObject(name: string): string {
  return `build/test/bpf/${name}.o`
}

/** Skips the running suite where programs can't be loaded. */
export function needBpf(context: Mocha.Context): void {
  if (process.getuid?.() !== 0) skip(context, 'loading BPF programs needs root')
  if (!existsSync(testObject('maps'))) skip(context, 'scripts/build-bpf has not made the programs')
}

/** test/bpf/maps.bpf.c struct key, struct tunnel */
export const key = layout({ mac: bytes(6), index: u16, vni: be32 })
export const tunnel = layout({
  local: be32,
  ifindex: u32,
  outer: layout({ port: be16, ttl: u8, flags: u8 }),
  _: padding(4),
  packets: u64,
})
export const counters = layout({ packets: u64, last: u32, _: padding(4) })

export const keyOf = (index: number) => ({ mac: Uint8Array.of(2, 0, 0, 0, 0, 1), index, vni: 5001 })
export const tunnelOf = (packets: number) => ({
  local: 0x0a000001,
  ifindex: 7,
  outer: { port: 6081, ttl: 64, flags: 0 },
  packets,
})

/** A BPF file system of this test's own. */
export class BpfFs implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'bpffs-'))

  constructor() {
    execFileSync('mount', ['-t', 'bpf', 'bpf', this.path])
  }

  at(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.path])
    rmdirSync(this.path)
  }
}

const nextProgram = () =>
  library().bind<(from: number, next: Uint8Array) => number>('int bpf_prog_get_next_id(uint32_t from, void *next)')
const programById = () => library().bind<(id: number) => number>('int bpf_prog_get_fd_by_id(uint32_t id)')

/** All programs in the kernel, whoever loaded them: names by id. */
export function loadedPrograms(): Map<number, string> {
  const [next, byId] = [nextProgram(), programById()]
  const id = new Uint32Array(1)
  const found = new Map<number, string>()
  for (let from = 0; next(from, new Uint8Array(id.buffer)) === 0; from = id[0] ?? 0) {
    const fd = byId(id[0] ?? 0)
    if (fd < 0) continue // it went meanwhile
    found.set(id[0] ?? 0, programInfo(fd).name)
    closeSync(fd)
  }
  return found
}
