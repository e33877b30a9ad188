import assert from 'node:assert/strict'
import koffi from 'koffi'
import { close } from '../../../src/kernel/netlink/libc.js'
import {
  asNew,
  type BpfFilter,
  deleteFilters,
  dumpFilters,
  ETH_P_ALL,
  ensureClsact,
  type FilterRef,
  getFilter,
  installFilters,
} from '../../../src/kernel/tc/index.js'
import { skip } from '../../support/skip.js'
import { Namespace } from '../support/namespace.js'

const SYS_BPF = process.arch === 'arm64' ? 280 : 321
const BPF_PROG_LOAD = 5
const BPF_PROG_TYPE_SCHED_CLS = 3

/** `return 0`: r0 = 0; exit. linux/bpf.h union bpf_attr: type, number of instructions, where they and the license are. */
function loadProgram(): number {
  const bpf = koffi.load('libc.so.6').func('long syscall(long number, int command, void *attr, unsigned int size)')
  const program = Buffer.alloc(64)
  program.set(Buffer.from('b7000000000000009500000000000000', 'hex'))
  const license = Buffer.alloc(64)
  license.write('GPL')
  const attr = Buffer.alloc(128)
  attr.writeUInt32LE(BPF_PROG_TYPE_SCHED_CLS, 0)
  attr.writeUInt32LE(2, 4)
  attr.writeBigUInt64LE(koffi.address(program), 8)
  attr.writeBigUInt64LE(koffi.address(license), 16)
  return Number(bpf(SYS_BPF, BPF_PROG_LOAD, attr, attr.length))
}

describe('kernel/tc/bpf', () => {
  let ns: Namespace
  let fd = -1
  let ifindex: BpfFilter['ifindex']

  before(function () {
    ns = Namespace.create(this)
    fd = loadProgram()
    if (fd < 0) skip(this, 'this kernel lets no BPF program be loaded')
    ns.ip('link add left type veth peer name right')
    ifindex = ns.ifindexOf('left')
    ensureClsact(ns.socket, ifindex)
  })
  after(() => {
    if (fd >= 0) close(fd)
    ns?.[Symbol.dispose]()
  })

  it('installs a loaded program by its descriptor and has its number and tag afterwards', () => {
    const place = { ifindex, parent: 'egress', chain: 0, priority: 7, protocol: ETH_P_ALL } as const
    const wanted: BpfFilter = { kind: 'bpf', ...place, fd, name: 'nothing', directAction: true, actions: [] }
    const [outcome] = installFilters(ns.socket, [wanted], { echo: true })
    assert.equal(outcome?.error, undefined)

    const [found] = dumpFilters(ns.socket, { ifindex, parent: 'egress' }) as BpfFilter[]
    const { id = 0, tag = '' } = found ?? {}
    assert.ok(id > 0)
    assert.match(tag, /^[0-9a-f]{16}$/)
    const { fd: _, ...withoutFd } = wanted
    assert.deepEqual(asNew(found!), withoutFd)
    assert.deepEqual(getFilter(ns.socket, found as FilterRef), found)
    assert.deepEqual(outcome?.installed, found)
    const text = ns.tc('filter show dev left egress')
    assert.ok(text.includes('nothing direct-action not_in_hw'), text)
    assert.ok(text.includes(`id ${id}`) && text.includes(`tag ${tag}`), text)

    for (const { error } of deleteFilters(ns.socket, [found as FilterRef])) assert.equal(error, undefined)
    assert.deepEqual(dumpFilters(ns.socket, { ifindex, parent: 'egress' }), [])
  })

  it('has the kernel’s refusal for a descriptor that is no program', () => {
    const place = { ifindex, parent: 'ingress', chain: 0, priority: 7, protocol: ETH_P_ALL } as const
    const [outcome] = installFilters<BpfFilter>(ns.socket, [{ kind: 'bpf', ...place, fd: 0, actions: [] }])
    assert.equal(outcome?.error?.errnoName, 'EINVAL')
  })
})
