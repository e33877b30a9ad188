import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytes, layout, padding } from '../../../src/kernel/libbpf/layout.js'
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
