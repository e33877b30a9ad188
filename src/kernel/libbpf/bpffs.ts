import { closeSync, existsSync, mkdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { NicsteerError } from '../../base/errors.js'
import { getPinned, pinFd } from './calls.js'
import { refused } from './errors.js'

/** linux/magic.h BPF_FS_MAGIC */
const BPF_FS = 0xcafe4a11

/** Folders on the way are made. @throws NicsteerError NO_BPFFS; BpfRefusal EEXIST … */
export function pin(what: string, fd: number, path: string): void {
  makeRoomFor(path)
  const status = pinFd(fd, path)
  if (status < 0) throw refused(`pin ${what} as ${path}`, { errno: -status })
}

/** The name goes; what it stood for, when nothing else holds it. A name that isn't there is no error. */
export function unpin(path: string): void {
  rmSync(path, { force: true })
}

/** What a file descriptor's link in /proc says (kernel/bpf/syscall.c, anon_inode_getfd). */
const KINDS = { map: /bpf-map/, program: /bpf-prog/, link: /bpf.link/ }

/** @returns a new file descriptor @throws NicsteerError NO_BPFFS, NOT_PINNED; BpfRefusal */
export function openPinned(kind: keyof typeof KINDS, path: string): number {
  if (!existsSync(path)) {
    needBpffs(path)
    throw new NicsteerError('NOT_PINNED', `no ${kind} is pinned as ${path}`)
  }
  const fd = getPinned(path)
  if (fd < 0) throw refused(`open the ${kind} that is pinned as ${path}`, { errno: -fd })
  const target = readlinkSync(`/proc/self/fd/${fd}`)
  if (KINDS[kind].test(target)) return fd
  closeSync(fd)
  throw new NicsteerError('NOT_PINNED', `${path} is ${target.replace(/^anon_inode:/, '')}, not a ${kind}`)
}

/** @throws NicsteerError NO_BPFFS */
export function makeRoomFor(path: string): void {
  needBpffs(path)
  mkdirSync(dirname(path), { recursive: true })
}

function needBpffs(path: string): void {
  let existing = dirname(path)
  while (!existsSync(existing)) existing = dirname(existing)
  if (statfsSync(existing).type === BPF_FS) return
  throw new NicsteerError('NO_BPFFS', `${path} is not on a BPF file system`, {
    hint: 'mount one: mount -t bpf bpf /sys/fs/bpf',
  })
}
