import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hrtime } from 'node:process'
import { BpfRefusal } from '../../../src/kernel/libbpf/errors.js'
import { layout, text, type ValueOf } from '../../../src/kernel/libbpf/layout.js'
import { open } from '../../../src/kernel/libbpf/object.js'
import { objectPath } from '../../../src/kernel/libbpf/path.js'
import { s32, u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { skip } from '../../support/skip.js'
import { Namespace } from '../support/namespace.js'
import { BpfFs, needBpf, testObject } from './support.js'

/** bpf/extack.bpf.c struct extack_event */
const extackEvent = layout({ time: u64, pid: u32, tgid: u32, comm: text(16), text: text(128) })

const EVENT = '/sys/kernel/tracing/events/netlink/netlink_extack'

describe('kernel/libbpf tracing', () => {
  let ns: Namespace
  /** Linux with BTF, in a place where tracing isn't forbidden (some sandboxes do). */
  const openTrace = (context: Mocha.Context) => {
    if (!existsSync('/sys/kernel/btf/vmlinux')) skip(context, 'the kernel has no BTF')
    const object = open(testObject('trace'))
    try {
      return object.load()
    } catch (error) {
      object[Symbol.dispose]()
      if (error instanceof BpfRefusal && error.code === 'BPF_NOT_PERMITTED')
        skip(context, 'tracing is not permitted here')
      throw error
    }
  }
  before(function () {
    needBpf(this)
    ns = Namespace.create(this)
    ns.ip('link add name near type veth peer name far')
  })
  after(() => ns?.[Symbol.dispose]())

  it('sees a kernel function called and returned, with its arguments', function () {
    using object = openTrace(this)
    const entered = object.global('entered', u64)
    const left = object.global('left', u64)
    {
      using _entry = object.program('on_entry').attach()
      using _exit = object.program('on_exit').attach()
      ns.ip('link set dev near alias first')
      assert.deepEqual([entered.get(), left.get()], [1, 1])
      assert.equal(object.global('ifindex', u32).get(), ns.ifindexOf('near'))
      assert.equal(object.global('result', s32).get(), 'first'.length)
    }
    ns.ip('link set dev near alias second')
    assert.deepEqual([entered.get(), left.get()], [1, 1])
  })

  it('goes on when its link is pinned', function () {
    using object = openTrace(this)
    using fs = new BpfFs()
    {
      using link = object.program('on_entry').attach()
      link.pin(fs.at('entry'))
    }
    ns.ip('link set dev near alias third')
    assert.equal(object.global('entered', u64).get(), 1)
  })

  describe('of netlink:netlink_extack', () => {
    const failToAdd = () => assert.throws(() => ns.ip('link add name x type nothing'), /Unknown device type/)

    it('says what is missing where there is no tracefs', function () {
      if (existsSync(EVENT)) skip(this, 'tracefs is mounted')
      using object = open(testObject('tracepoint')).load()
      assert.throws(() => object.program('on_text').attach(), {
        code: 'NO_TRACEPOINT',
        hint: /mount -t tracefs/,
      })
    })

    it('attaches through tracefs where it is mounted', function () {
      const mounted = existsSync(EVENT)
      if (!mounted) execFileSync('mount', ['-t', 'tracefs', 'tracefs', '/sys/kernel/tracing'])
      try {
        if (!existsSync(EVENT)) skip(this, 'the kernel has no such tracepoint')
        using object = open(testObject('tracepoint')).load()
        using link = object.program('on_text').attach()
        assert.throws(() => link.pin('/sys/fs/bpf/extack'), { code: 'NOT_PINNABLE' })
        failToAdd()
        assert.equal(object.global('text', text(128)).get(), 'Unknown device type')
      } finally {
        if (!mounted) execFileSync('umount', ['/sys/kernel/tracing'])
      }
    })

    it('brings what the kernel says to whom, when it says it, raw, without tracefs', async () => {
      using object = open(objectPath('extack')).load()
      using _link = object.program('netlink_extack').attach()
      const [before, event] = await new Promise<[bigint, ValueOf<typeof extackEvent>]>((resolve) => {
        const reader = object.ring('events', 'extack_event', extackEvent, (one) => {
          if (one.comm !== 'ip') return
          reader[Symbol.dispose]()
          resolve([start, one])
        })
        const start = hrtime.bigint()
        failToAdd()
      })
      const { text: said, comm, tgid, pid, time } = event
      assert.deepEqual({ said, comm }, { said: 'Unknown device type', comm: 'ip' })
      assert.equal(pid, tgid)
      assert.ok(BigInt(time) > before && BigInt(time) < hrtime.bigint())
      assert.equal(object.global('lost', u64).get(), 0)
      assert.equal(object.program('netlink_extack').info.misses, 0)
    })
  })
})
