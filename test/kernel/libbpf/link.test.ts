import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import type { Ifindex } from '../../../src/base/types.js'
import { unpin } from '../../../src/kernel/libbpf/bpffs.js'
import { attachClassifier } from '../../../src/kernel/libbpf/classifier.js'
import { features } from '../../../src/kernel/libbpf/features.js'
import { library } from '../../../src/kernel/libbpf/library.js'
import { openLink } from '../../../src/kernel/libbpf/link.js'
import { type BpfObject, open } from '../../../src/kernel/libbpf/object.js'
import { openProgram } from '../../../src/kernel/libbpf/program.js'
import type { TcxPosition } from '../../../src/kernel/libbpf/tcx.js'
import { u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { inNetns } from '../../../src/kernel/netlink/netns.js'
import { dumpFilters, installFilters } from '../../../src/kernel/tc/filter.js'
import { ensureClsact } from '../../../src/kernel/tc/qdisc.js'
import { skip } from '../../support/skip.js'
import { Namespace } from '../support/namespace.js'
import { BpfFs, needBpf, testObject } from './support.js'

/** linux/pkt_cls.h TC_ACT_UNSPEC, which is TCX_NEXT; TC_ACT_OK */
const NEXT = 0xffffffff
const OK = 0

describe('kernel/libbpf links', () => {
  let ns: Namespace
  let ifindex: Ifindex
  const objects: BpfObject[] = []

  before(function () {
    needBpf(this)
    ns = Namespace.create(this)
    ns.ip('link add near type veth peer name far')
    // Nothing but what a test sends is to be counted.
    execFileSync('ip', ['netns', 'exec', ns.name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1'])
    for (const device of ['near', 'far']) ns.ip(`link set ${device} up`)
    ns.ip('address add 10.0.0.1/24 dev near')
    ns.ip('neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev near')
    ifindex = ns.ifindexOf('near')
  })
  afterEach(() => {
    for (const object of objects.splice(0)) object[Symbol.dispose]()
  })
  after(() => ns?.[Symbol.dispose]())

  /** One packet out of device near. */
  const send = () => execFileSync('ip', ['netns', 'exec', ns.name, 'bash', '-c', 'echo x > /dev/udp/10.0.0.2/9'])

  /** A counter, with what it says to the packets it counts. */
  function counter(verdict: number) {
    const object = open(testObject('maps'))
    objects.push(object)
    object.global('verdict', u32).set(verdict)
    object.load()
    const seen = object.global('seen', u64)
    return {
      program: object.program('count'),
      shot: object.program('shot'),
      /** What one packet adds. */
      counts() {
        const before = seen.get()
        send()
        return seen.get() - before
      },
      seen,
    }
  }

  describe('of tcx', () => {
    const attach = (program: ReturnType<typeof counter>['program'], position?: TcxPosition) =>
      inNetns(ns.path, () => program.attachTcx(ifindex, 'egress', position))

    before(function () {
      if (!features.tcx()) skip(this, 'the kernel has no tcx')
    })

    it('attach a program and detach it when they are closed', () => {
      const { program, counts } = counter(OK)
      const link = attach(program)
      assert.equal(counts(), 1)
      assert.deepEqual(link.info.tcx, { ifindex, direction: 'egress' })
      assert.equal(link.info.programId, program.info.id)
      link[Symbol.dispose]()
      link[Symbol.dispose]()
      assert.equal(counts(), 0)
    })

    it('put a program before or behind all others', () => {
      const one = counter(NEXT)
      using _first = attach(one.program)
      assert.equal(one.counts(), 1)
      {
        using _shot = attach(one.shot, { before: 'all' })
        assert.equal(one.counts(), 0)
      }
      using _last = attach(one.shot, { after: 'all' })
      assert.equal(one.counts(), 1)
    })

    it('put a program beside a certain one, where libbpf can', () => {
      const one = counter(NEXT)
      using first = attach(one.program)
      if (/^1\.[012]$/.test(library().version)) {
        assert.throws(() => attach(one.shot, { before: first }), { code: 'LIBBPF_TOO_OLD', message: /1\.3 or newer/ })
        return
      }
      {
        using _shot = attach(one.shot, { before: first })
        assert.equal(one.counts(), 0)
      }
      using _shot = attach(one.shot, { after: one.program })
      assert.equal(one.counts(), 1)
    })

    it('change their program without a packet seeing none', () => {
      const old = counter(OK)
      const next = counter(OK)
      using link = attach(old.program)
      link.update(next.program, old.program)
      assert.equal(next.counts(), 1)
      assert.equal(old.counts(), 0)
      assert.throws(() => link.update(old.program, old.program), { code: 'LINK_CHANGED' })
      link.update(old.program)
      assert.equal(old.counts(), 1)
    })

    it('say which device is not there', () => {
      const { program } = counter(OK)
      assert.throws(() => inNetns(ns.path, () => program.attachTcx(99999 as Ifindex, 'ingress')), {
        code: 'BPF_REFUSED',
        errnoName: 'ENODEV',
        message: /^attach program 'count' to ingress of interface 99999: ENODEV/,
      })
    })

    it('outlive their process when they are pinned, and are found again', () => {
      using fs = new BpfFs()
      const one = counter(OK)
      const path = fs.at('links/a')
      {
        using link = attach(one.program)
        link.pin(path)
      }
      assert.equal(one.counts(), 1)
      {
        using link = openLink(path)
        const other = counter(OK)
        other.program.pin(fs.at('program'))
        using program = openProgram(fs.at('program'))
        assert.equal(program.name, 'count')
        link.update(program)
        assert.equal(other.counts(), 1)
        unpin(fs.at('program'))
      }
      unpin(path)
      assert.equal(one.counts(), 0)
    })

    it('say so when their device is gone', () => {
      ns.ip('link add name gone type veth peer name other')
      const { program } = counter(OK)
      using link = inNetns(ns.path, () => program.attachTcx(ns.ifindexOf('gone'), 'ingress'))
      assert.deepEqual(link.info.tcx, { ifindex: ns.ifindexOf('gone'), direction: 'ingress' })
      ns.ip('link delete gone')
      assert.deepEqual(link.info.tcx, { direction: 'ingress' })
    })
  })

  describe('of clsact', () => {
    const place = () => ({ ifindex, parent: 'egress', chain: 0, priority: 100, protocol: 3, handle: 7 }) as const

    beforeEach(() => ensureClsact(ns.socket, ifindex))

    it('attach a program with a priority and handle, change it, and detach it', () => {
      const old = counter(OK)
      const next = counter(OK)
      {
        using classifier = attachClassifier(ns.socket, old.program, place())
        assert.equal(old.counts(), 1)
        assert.throws(() => attachClassifier(ns.socket, next.program, place()), { errnoName: 'EEXIST' })
        classifier.update(next.program)
        assert.equal(next.counts(), 1)
        assert.equal(old.counts(), 0)
        const [filter] = dumpFilters(ns.socket, { ifindex, parent: 'egress' })
        assert.equal(filter?.kind === 'bpf' && filter.id, next.program.info.id)
      }
      assert.deepEqual(dumpFilters(ns.socket, { ifindex, parent: 'egress' }), [])
    })

    it('leave alone what somebody else has put in their place', () => {
      const ours = counter(OK)
      const theirs = counter(OK)
      const classifier = attachClassifier(ns.socket, ours.program, place())
      const filter = { ...place(), kind: 'bpf', fd: theirs.program.fd, directAction: true, actions: [] } as const
      installFilters(ns.socket, [{ ...filter, actions: [] }], { replace: true })
      assert.equal(classifier.detach(), false)
      assert.equal(theirs.counts(), 1)
      using again = attachClassifier(ns.socket, ours.program, { ...place(), handle: 8 })
      assert.equal(again.detach(), true)
      assert.equal(again.detach(), false)
    })
  })
})

describe('kernel/libbpf/test-run', () => {
  let object: BpfObject
  before(function () {
    needBpf(this)
    object = open(testObject('maps')).load()
  })
  after(() => object?.[Symbol.dispose]())

  it('gives what a program returns, and the packet as it left it', () => {
    const data = Uint8Array.from({ length: 60 }, (_, i) => i)
    const { returnValue, data: out, context } = object.program('swap').testRun({ data })
    assert.equal(returnValue, OK)
    assert.deepEqual([...out], [1, 0, ...data.slice(2)])
    assert.equal(context, undefined)
  })

  it('takes and gives the packet’s context', () => {
    // linux/bpf.h struct __sk_buff: mark is at 8, cb at 48.
    const context = new Uint8Array(192)
    context[8] = 5
    const result = object.program('swap').testRun({ data: new Uint8Array(60), context })
    assert.equal(result.returnValue, 3)
    assert.equal(result.context?.[48], 7)
    assert.equal(result.context?.length, 192)
  })

  it('refuses what is no frame', () => {
    assert.throws(() => object.program('swap').testRun({ data: new Uint8Array(5) }), {
      code: 'BPF_REFUSED',
      errnoName: 'EINVAL',
    })
  })
})
