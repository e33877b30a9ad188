import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { BpfRefusal } from '../../../src/kernel/libbpf/errors.js'
import { bytes, layout, padding } from '../../../src/kernel/libbpf/layout.js'
import { library, loadLibrary } from '../../../src/kernel/libbpf/library.js'
import { open } from '../../../src/kernel/libbpf/object.js'
import { objectPath } from '../../../src/kernel/libbpf/path.js'
import { be16, be32, u8, u16, u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { counters, key, keyOf, needBpf, testObject, tunnel, tunnelOf } from './support.js'

describe('kernel/libbpf/library', () => {
  it('says in one line which package is missing', () => {
    assert.throws(() => loadLibrary('libbpf.so.99'), {
      code: 'LIBBPF_MISSING',
      message: "libbpf.so.99 can't be loaded",
      hint: /package libbpf1/,
    })
  })

  it('refuses one that is too old to say its version', () => {
    assert.throws(() => loadLibrary('libc.so.6'), { code: 'LIBBPF_TOO_OLD', hint: /libbpf1/ })
  })

  it('says which version has a function that this one lacks', () => {
    assert.throws(() => library().bind('int bpf_never(int fd)', '9.9'), {
      code: 'LIBBPF_TOO_OLD',
      message: `libbpf ${library().version} has no bpf_never; 9.9 or newer is needed`,
    })
  })
})

describe('kernel/libbpf/object', () => {
  before(function () {
    needBpf(this)
  })

  it('knows what a file holds before it is loaded', () => {
    using object = open(testObject('maps'))
    assert.deepEqual(object.programNames, ['count', 'shot', 'swap'])
    assert.ok(object.mapNames.includes('rules'))
    assert.throws(() => object.map('rules', { key, value: tunnel }), { code: 'NOT_LOADED' })
    assert.throws(() => object.program('count'), { code: 'NOT_LOADED' })
  })

  it('finds our own programs, wherever the sources are compiled to', () => {
    assert.ok(existsSync(objectPath('extack')), objectPath('extack'))
  })

  it('says what a file lacks, and what it has', () => {
    using object = open(testObject('maps')).load()
    assert.throws(() => object.map('none', { key, value: tunnel }), { code: 'NO_MAP', hint: /rules/ })
    assert.throws(() => object.program('none'), { code: 'NO_PROGRAM', hint: /count, shot, swap/ })
    assert.throws(() => object.global('none', u32), { code: 'NO_VARIABLE' })
  })

  it('says why a file cannot be opened', () => {
    assert.throws(() => open('/nowhere.o'), { code: 'BPF_OBJECT', message: /No such file/, hint: /build-bpf/ })
    assert.throws(() => open('/bin/true'), { code: 'BPF_OBJECT' })
  })

  it('refuses to work when it is closed, and closes once only', () => {
    const object = open(testObject('maps')).load()
    const seen = object.global('seen', u64)
    const count = object.program('count')
    object[Symbol.dispose]()
    object[Symbol.dispose]()
    assert.throws(() => object.load(), { code: 'BPF_CLOSED' })
    assert.throws(() => seen.get(), { code: 'BPF_CLOSED' })
    assert.throws(() => count.attach(), { code: 'BPF_CLOSED' })
  })

  it('leaves nothing open or mapped behind', () => {
    const held = () => ({
      files: readdirSync('/proc/self/fd').length,
      maps: readFileSync('/proc/self/maps', 'utf8').split('bpf-map').length,
    })
    const use = () => {
      using object = open(testObject('maps')).load()
      assert.equal(object.global('seen', u64).get(), 0)
      assert.equal(object.global('verdict', u32).get(), 0)
      object.map('rules', { key, value: tunnel })
      assert.throws(() => open(testObject('refused')).load(), { code: 'BPF_VERIFIER' })
    }
    use()
    const before = held()
    for (let i = 0; i < 10; i++) use()
    assert.deepEqual(held(), before)
  })

  it('gives the size of a map that it was asked for', () => {
    using object = open(testObject('maps'), { maps: { rules: { maxEntries: 5 } } }).load()
    assert.equal(object.map('rules', { key, value: tunnel }).info.maxEntries, 5)
  })

  it('leaves programs out', () => {
    using object = open(testObject('maps'), { skip: ['shot'] }).load()
    assert.throws(() => object.program('shot'), { code: 'NOT_LOADED' })
    assert.equal(object.program('count').info.name, 'count')
  })

  it('says in one line what the verifier objects to, and keeps its log', () => {
    using object = open(testObject('refused'))
    assert.throws(
      () => object.load(),
      (error: BpfRefusal) => {
        assert.equal(error.code, 'BPF_VERIFIER')
        assert.match(error.message, /^the verifier refuses program 'unchecked': .*outside of the packet/)
        assert.ok(!error.message.includes('\n'))
        assert.match(error.log, /r1 = \*\(u32 \*\)\(r1 \+76\)[\s\S]*processed \d+ insns/)
        return true
      },
    )
  })

  it('shows the log of programs that the verifier takes when asked to', () => {
    using quiet = open(testObject('maps')).load()
    assert.equal(quiet.program('count').log, '')
    using object = open(testObject('maps')).load({ logLevel: 2 })
    assert.match(object.program('count').log, /processed \d+ insns/)
    assert.match(object.program('shot').log, /exit/)
  })

  it('says which right is missing', () => {
    const script = `
      import { open } from '${new URL('../../../src/kernel/libbpf/object.js', import.meta.url)}'
      try { open('${testObject('maps')}').load() } catch ({ code, hint, message }) { console.log(JSON.stringify({ code, hint, message })) }`
    // Still root, as the owner of files, but without CAP_SYS_ADMIN and CAP_BPF (39, a name that older setpriv lack).
    const without = ['--bounding-set', '-sys_admin,-cap_39']
    const out = execFileSync('setpriv', [...without, process.execPath, '--input-type=module', '-e', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, hint, message } = JSON.parse(out) as Record<string, string>
    assert.equal(code, 'BPF_NOT_PERMITTED')
    assert.match(hint ?? '', /CAP_BPF/)
    assert.equal(message, `load ${testObject('maps')}: EPERM`)
  })

  describe('global variables', () => {
    it('are constants only before the load, and programs see them', () => {
      using object = open(testObject('maps'))
      const verdict = object.global('verdict', u32)
      assert.equal(verdict.get(), 0)
      verdict.set(2)
      object.load()
      assert.equal(verdict.get(), 2)
      assert.throws(() => verdict.set(3), { code: 'CONSTANT' })
      assert.equal(object.program('count').testRun({ data: new Uint8Array(64) }).returnValue, 2)
    })

    it('are shared with the program that writes them', () => {
      using object = open(testObject('maps')).load()
      const seen = object.global('seen', u64)
      object.program('count').testRun({ data: new Uint8Array(64), repeat: 3 })
      assert.equal(seen.get(), 3)
      seen.set(40)
      object.program('count').testRun({ data: new Uint8Array(64) })
      assert.equal(seen.get(), 41)
    })

    it('are compared with the object’s types', () => {
      using object = open(testObject('maps'))
      assert.throws(() => object.global('seen', u32), {
        code: 'BTF_MISMATCH',
        message: /^variable 'seen': declared with 4 bytes, the object has 8/,
      })
    })
  })

  describe('layouts', () => {
    const outer = layout({ port: be16, ttl: u8, flags: u8 })
    const cases: [string, ReturnType<typeof layout>, RegExp][] = [
      [
        'a missing member',
        layout({ local: be32, ifindex: u32, outer, _: padding(12) }),
        /member 'packets': is in the object/,
      ],
      [
        'a wrong name',
        layout({ remote: be32, ifindex: u32, outer, _: padding(4), packets: u64 }),
        /member 'local': is in the object/,
      ],
      [
        'an extra member',
        layout({ local: be32, ifindex: u32, outer, more: u32, packets: u64 }),
        /member 'more': declared and not/,
      ],
      [
        'forgotten padding',
        layout({ local: be32, ifindex: u32, outer, packets: u64 }),
        /'packets': declared at byte 12, the object has it at 16/,
      ],
      [
        'another size',
        layout({ local: be32, ifindex: u32, outer, _: padding(4), packets: u32, _end: padding(4) }),
        /'packets': declared with 4 bytes, the object has 8/,
      ],
      [
        'another byte order',
        layout({ local: u32, ifindex: u32, outer, _: padding(4), packets: u64 }),
        /'local': declared in host byte order, the object has __be32/,
      ],
      [
        'network order where it is not',
        layout({ local: be32, ifindex: be32, outer, _: padding(4), packets: u64 }),
        /'ifindex': declared in network byte order/,
      ],
      [
        'a member of a member',
        layout({
          local: be32,
          ifindex: u32,
          outer: layout({ port: be16, ttl: u8, tos: u8 }),
          _: padding(4),
          packets: u64,
        }),
        /'outer.flags': is in the object/,
      ],
      [
        'missing padding at the end',
        layout({ local: be32, ifindex: u32, outer, _: padding(4), packets: u64, _end: padding(8) }),
        /declared with 32 bytes, the object has 24/,
      ],
    ]
    for (const [what, value, message] of cases) {
      it(`that have ${what} are refused`, () => {
        using object = open(testObject('maps')).load()
        assert.throws(() => object.map('rules', { key, value }), { code: 'BTF_MISMATCH', message })
      })
    }

    it('are compared by size alone where the map has no types', () => {
      using object = open(testObject('maps')).load()
      object.map('untyped', { key: u32, value: layout({ any: u32, thing: u32 }) }).update(1, { any: 2, thing: 3 })
      assert.throws(() => object.map('untyped', { key: u16, value: u64 }), { code: 'BTF_MISMATCH', message: /2 bytes/ })
    })

    it('must say whether there is a value per CPU', () => {
      using object = open(testObject('maps')).load()
      assert.throws(() => object.map('per_cpu', { key: u32, value: counters }), {
        code: 'WRONG_MAP_TYPE',
        hint: /perCpuMap/,
      })
      assert.throws(() => object.perCpuMap('slots', { key: u32, value: u64 }), {
        code: 'WRONG_MAP_TYPE',
        hint: /with map/,
      })
    })

    it('that agree read what was written', () => {
      using object = open(testObject('maps')).load()
      const rules = object.map('rules', { key, value: tunnel })
      rules.update(keyOf(1), tunnelOf(2 ** 40))
      assert.deepEqual(rules.lookup(keyOf(1)), tunnelOf(2 ** 40))
      const raw = object.map('rules', { key, value: tunnel })
      assert.equal(raw.lookup(keyOf(2)), undefined)
      assert.equal(bytes(6).size, 6)
    })
  })
})
