import assert from 'node:assert/strict'
import type { IpAddress } from '../../../src/base/types.js'
import { unpin } from '../../../src/kernel/libbpf/bpffs.js'
import { bigU64, ipv4, layout, text } from '../../../src/kernel/libbpf/layout.js'
import { openMap, openPerCpuMap } from '../../../src/kernel/libbpf/map.js'
import { type BpfObject, open } from '../../../src/kernel/libbpf/object.js'
import { cpuCount } from '../../../src/kernel/libbpf/per-cpu.js'
import { openProgram } from '../../../src/kernel/libbpf/program.js'
import { be32, u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { BpfFs, counters, key, keyOf, needBpf, testObject, tunnel, tunnelOf } from './support.js'

describe('kernel/libbpf/map', () => {
  let object: BpfObject
  before(function () {
    needBpf(this)
  })
  beforeEach(() => {
    object = open(testObject('maps')).load()
  })
  afterEach(() => object?.[Symbol.dispose]())

  const rules = () => object.map('rules', { key, value: tunnel })

  it('adds, finds, changes, takes and deletes', () => {
    const map = rules()
    assert.equal(map.lookup(keyOf(1)), undefined)
    map.update(keyOf(1), tunnelOf(1))
    map.update(keyOf(1), tunnelOf(2))
    assert.deepEqual(map.lookup(keyOf(1)), tunnelOf(2))
    assert.deepEqual(map.lookupAndDelete(keyOf(1)), tunnelOf(2))
    assert.equal(map.lookupAndDelete(keyOf(1)), undefined)
    map.update(keyOf(2), tunnelOf(2))
    assert.equal(map.delete(keyOf(2)), true)
    assert.equal(map.delete(keyOf(2)), false)
  })

  it('refuses a key that is there, or isn’t, when asked to', () => {
    const map = rules()
    assert.throws(() => map.update(keyOf(1), tunnelOf(1), 'exist'), { errnoName: 'ENOENT' })
    map.update(keyOf(1), tunnelOf(1), 'noexist')
    assert.throws(() => map.update(keyOf(1), tunnelOf(2), 'noexist'), { errnoName: 'EEXIST', code: 'BPF_REFUSED' })
    map.update(keyOf(1), tunnelOf(3), 'exist')
    assert.equal(map.lookup(keyOf(1))?.packets, 3)
  })

  it('says so when it is full', () => {
    const untyped = object.map('untyped', { key: u32, value: u64 })
    for (let i = 0; i < 4; i++) untyped.update(i, i)
    assert.throws(() => untyped.update(9, 9), {
      code: 'BPF_MAP_FULL',
      message: "map 'untyped' has room for 4 entries, no more",
      hint: /maxEntries/,
    })
  })

  it('lists keys and entries, each once', () => {
    const map = rules()
    for (let i = 0; i < 100; i++) map.update(keyOf(i), tunnelOf(i))
    assert.deepEqual(
      [...map.keys()].map(({ index }) => index).sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    )
    const entries = [...map.entries()]
    assert.equal(entries.length, 100)
    for (const [{ index }, { packets }] of entries) assert.equal(packets, index)
    assert.deepEqual([...object.map('untyped', { key: u32, value: u64 }).entries()], [])
  })

  it('carries 100,000 entries in batches', () => {
    const map = rules()
    const count = 100_000
    const all = function* () {
      for (let i = 0; i < count; i++) yield [{ ...keyOf(i & 0xffff), vni: i >> 16 }, tunnelOf(i)] as const
    }
    map.updateBatch(all())
    let sum = 0
    const seen = new Set<number>()
    for (const [{ vni, index }, { packets }] of map.entries()) {
      assert.equal(packets, vni * 65536 + index)
      seen.add(packets)
      sum += packets
    }
    assert.equal(seen.size, count)
    assert.equal(sum, (count * (count - 1)) / 2)
    map.deleteBatch([...all()].map(([one]) => one))
    assert.deepEqual([...map.keys()], [])
  })

  it('says how far a batch went', () => {
    const untyped = object.map('untyped', { key: u32, value: u64 })
    const six = [1, 2, 3, 4, 5, 6].map((i) => [i, i] as const)
    assert.throws(() => untyped.updateBatch(six), { code: 'BPF_MAP_FULL', done: 4 })
    assert.throws(() => untyped.updateBatch([[1, 5]], 'noexist'), { errnoName: 'EEXIST', done: 0 })
    assert.throws(() => untyped.deleteBatch([1, 2, 9, 3]), { errnoName: 'ENOENT', done: 2 })
    assert.deepEqual(
      new Map(untyped.entries()),
      new Map([
        [3, 3],
        [4, 4],
      ]),
    )
  })

  it('is an array whose entries are always there', () => {
    const slots = object.map('slots', { key: u32, value: u64 })
    assert.equal(slots.lookup(7), 0)
    assert.equal(slots.lookup(8), undefined)
    slots.updateBatch([
      [0, 5],
      [7, 6],
    ])
    assert.deepEqual(
      [...slots.entries()].map(([, value]) => value),
      [5, 0, 0, 0, 0, 0, 0, 6],
    )
    assert.throws(() => slots.delete(0), { code: 'BPF_REFUSED', errnoName: 'EINVAL' })
    assert.throws(() => slots.update(8, 1), { code: 'BPF_MAP_FULL' })
  })

  it('has a value for every possible CPU', () => {
    const perCpu = object.perCpuMap('per_cpu', { key: u32, value: counters })
    const values = Array.from({ length: cpuCount() }, (_, cpu) => ({ packets: 10 * cpu, last: cpu }))
    perCpu.update(1, values)
    assert.deepEqual(perCpu.lookup(1), values)
    assert.throws(() => perCpu.update(1, []), RangeError)
    assert.deepEqual(
      [...perCpu.entries()].map(([index]) => index),
      [0, 1, 2, 3],
    )

    // Values of four bytes are eight apart.
    const hash = object.perCpuMap('per_cpu_hash', { key: u32, value: u32 })
    const numbers = values.map((_, cpu) => cpu + 1)
    hash.updateBatch([
      [3, numbers],
      [4, numbers.map((n) => n * 2)],
    ])
    assert.deepEqual(hash.lookup(3), numbers)
    assert.deepEqual(
      new Map(hash.entries()),
      new Map([
        [3, numbers],
        [4, numbers.map((n) => n * 2)],
      ]),
    )
  })

  it('counts what a program counts, on the CPU where it ran', () => {
    const perCpu = object.perCpuMap('per_cpu', { key: u32, value: counters })
    object.program('count').testRun({ data: new Uint8Array(70), repeat: 5 })
    const counted = perCpu.lookup(0) ?? []
    assert.equal(
      counted.reduce((sum, { packets }) => sum + packets, 0),
      5,
    )
    assert.deepEqual(
      counted.filter(({ packets }) => packets > 0).map(({ last }) => last),
      [70],
    )
  })

  it('finds the longest prefix', () => {
    const prefixes = object.map('prefixes', { key: layout({ length: u32, address: be32 }), value: u32 })
    prefixes.updateBatch([
      [{ length: 8, address: 0x0a000000 }, 8],
      [{ length: 24, address: 0x0a010200 }, 24],
    ])
    assert.equal(prefixes.lookup({ length: 32, address: 0x0a010203 }), 24)
    assert.equal(prefixes.lookup({ length: 32, address: 0x0a020203 }), 8)
    assert.equal(prefixes.lookup({ length: 32, address: 0x0b000000 }), undefined)
    const byText = object.map('prefixes', { key: layout({ length: u32, address: ipv4 }), value: u32 })
    assert.deepEqual(
      new Map([...byText.entries()].map(([one, value]) => [one.address, value])),
      new Map([
        ['10.1.2.0' as IpAddress, 24],
        ['10.0.0.0' as IpAddress, 8],
      ]),
    )
  })

  it('keeps all 64 bits where that is asked for', () => {
    const exact = object.map('untyped', { key: u32, value: bigU64 })
    exact.update(1, 0xffff_ffff_ffff_fffen)
    assert.equal(exact.lookup(1), 0xffff_ffff_ffff_fffen)
    const name = object.map('untyped', { key: u32, value: text(8) })
    name.update(2, 'pf0vf3')
    assert.equal(name.lookup(2), 'pf0vf3')
    assert.throws(() => name.update(3, 'longer than that'), RangeError)
  })

  it('goes one by one where the kernel has no batches', () => {
    const devices = object.map('devices', { key: u32, value: u32 })
    const loopback = 1
    devices.updateBatch([
      [0, loopback],
      [3, loopback],
    ])
    assert.deepEqual(
      [...devices.entries()],
      [
        [0, loopback],
        [3, loopback],
      ],
    )
    assert.throws(
      () =>
        devices.updateBatch([
          [1, loopback],
          [4, loopback],
        ]),
      { code: 'BPF_MAP_FULL', done: 1 },
    )
    devices.deleteBatch([0, 1, 3])
    assert.deepEqual([...devices.entries()], [])
  })

  describe('pinned', () => {
    let fs: BpfFs
    before(() => {
      fs = new BpfFs()
    })
    after(() => fs?.[Symbol.dispose]())

    it('outlives its object, and is found again with its entries', () => {
      const path = fs.at('nicsteer/rules')
      rules().update(keyOf(1), tunnelOf(11))
      rules().pin(path)
      assert.throws(() => rules().pin(path), { errnoName: 'EEXIST' })
      object[Symbol.dispose]()
      {
        using map = openMap(path, { key, value: tunnel })
        assert.deepEqual(map.lookup(keyOf(1)), tunnelOf(11))
        assert.equal(map.name, 'rules')
      }
      unpin(path)
      unpin(path)
      assert.throws(() => openMap(path, { key, value: tunnel }), { code: 'NOT_PINNED' })
    })

    it('is compared with the BTF it was made with', () => {
      const path = fs.at('typed')
      rules().pin(path)
      const wrong = layout({ a: u64, b: u64, c: u64 })
      assert.throws(() => openMap(path, { key, value: wrong }), { code: 'BTF_MISMATCH', message: /member 'local'/ })
      assert.throws(() => openPerCpuMap(path, { key, value: tunnel }), { code: 'WRONG_MAP_TYPE' })
      unpin(path)
    })

    it('is used again by the next object, and refused where it is another kind of map', () => {
      const pins = { maps: { rules: { pin: fs.at('again'), maxEntries: 10 } } }
      {
        using first = open(testObject('maps'), pins).load()
        first.map('rules', { key, value: tunnel }).update(keyOf(5), tunnelOf(50))
      }
      using second = open(testObject('maps'), pins).load()
      assert.deepEqual(second.map('rules', { key, value: tunnel }).lookup(keyOf(5)), tunnelOf(50))
      using other = open(testObject('maps'), { maps: { slots: { pin: fs.at('again') } } })
      assert.throws(() => other.load(), { code: 'BPF_REFUSED', message: /parameter mismatch/ })
      unpin(fs.at('again'))
    })

    it('is not taken for a program', () => {
      rules().pin(fs.at('map'))
      assert.throws(() => openProgram(fs.at('map')), { code: 'NOT_PINNED', message: /is bpf-map, not a program/ })
      unpin(fs.at('map'))
    })

    it('needs a BPF file system, and says how to get one', () => {
      assert.throws(() => rules().pin('/dev/shm/nicsteer/rules'), { code: 'NO_BPFFS', hint: /mount -t bpf/ })
      assert.throws(() => open(testObject('maps'), { maps: { rules: { pin: '/dev/shm/rules' } } }), {
        code: 'NO_BPFFS',
      })
      assert.throws(() => openMap('/dev/shm/nothing', { key, value: tunnel }), { code: 'NO_BPFFS' })
    })
  })
})
