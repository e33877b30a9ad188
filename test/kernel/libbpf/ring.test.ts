import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { layout, text, type ValueOf } from '../../../src/kernel/libbpf/layout.js'
import { type BpfObject, open } from '../../../src/kernel/libbpf/object.js'
import { u32, u64 } from '../../../src/kernel/netlink/codec.js'
import { needBpf, testObject } from './support.js'

/** test/bpf/ring.bpf.c struct event */
const event = layout({ number: u64, length: u32, name: text(12) })
type Event = ValueOf<typeof event>

describe('kernel/libbpf/ring', () => {
  let object: BpfObject
  before(function () {
    needBpf(this)
  })
  beforeEach(() => {
    object = open(testObject('ring')).load()
  })
  afterEach(() => object?.[Symbol.dispose]())

  const read = (deliver: (one: Event) => void) => object.ring('events', 'event', event, deliver)
  const tell = (repeat = 1, length = 64) => object.program('tell').testRun({ data: new Uint8Array(length), repeat })

  it('delivers events on the event loop, in order', async () => {
    const events: Event[] = []
    let enough = () => {}
    const came = new Promise<void>((resolve) => {
      enough = resolve
    })
    using _reader = read((one) => {
      events.push(one)
      if (events.length === 3) enough()
    })
    tell(2, 60)
    tell(1, 70)
    assert.deepEqual(events, [])
    await came
    assert.deepEqual(
      events,
      [60, 60, 70].map((length, number) => ({ number, length, name: 'nicsteer' })),
    )
  })

  it('lets promises settle between an event and what it leads to', async () => {
    const order: string[] = []
    let enough = () => {}
    const came = new Promise<void>((resolve) => {
      enough = resolve
    })
    using _reader = read((one) => {
      order.push(`event ${one.number}`)
      queueMicrotask(() => order.push('microtask'))
      setImmediate(() => (one.number === 0 ? tell() : enough()))
    })
    tell()
    await came
    assert.deepEqual(order, ['event 0', 'microtask', 'event 1', 'microtask'])
  })

  it('leaves the counting of what found no room to the program', () => {
    const numbers: number[] = []
    using reader = read((one) => numbers.push(one.number))
    // 4096 bytes, 32 an event with its header.
    tell(200)
    reader.drain()
    const lost = object.global('lost', u64).get()
    assert.ok(lost > 0 && lost < 200, `${lost} lost`)
    assert.equal(numbers.length, 200 - lost)
    tell(1)
    reader.drain()
    assert.equal(numbers.length, 201 - lost)
  })

  it('delivers nothing once it is closed, also from a handler of its own', () => {
    const numbers: number[] = []
    const reader = read((one) => {
      numbers.push(one.number)
      if (one.number === 1) reader[Symbol.dispose]()
    })
    tell(4)
    reader.drain()
    reader.drain()
    reader[Symbol.dispose]()
    assert.deepEqual(numbers, [0, 1])
  })

  it('keeps what is behind an event whose handler throws', () => {
    const numbers: number[] = []
    using reader = read((one) => {
      if (one.number === 1 && !numbers.includes(-1)) {
        numbers.push(-1)
        throw new Error('handler')
      }
      numbers.push(one.number)
    })
    tell(4)
    assert.throws(() => reader.drain(), /handler/)
    reader.drain()
    assert.deepEqual(numbers, [0, -1, 2, 3])
  })

  it('compares the event with the object’s types', () => {
    assert.throws(() => object.ring('events', 'event', layout({ number: u64, length: u64 }), () => {}), {
      code: 'BTF_MISMATCH',
      message: /^event of ring 'events', member 'length': declared with 8 bytes, the object has 4/,
    })
    assert.throws(() => object.ring('events', 'nothing', event, () => {}), { code: 'NO_BTF_TYPE' })
    using maps = open(testObject('maps')).load()
    assert.throws(() => maps.ring('rules', 'event', event, () => {}), { code: 'WRONG_MAP_TYPE' })
  })

  /** A process of its own that has a reader and ends in some way. */
  const ending = (end: string) =>
    spawnSync(
      process.execPath,
      [
        '--expose-gc',
        '--input-type=module',
        '-e',
        `
      import { open } from '${new URL('../../../src/kernel/libbpf/object.js', import.meta.url)}'
      import { layout, text } from '${new URL('../../../src/kernel/libbpf/layout.js', import.meta.url)}'
      import { u32, u64 } from '${new URL('../../../src/kernel/netlink/codec.js', import.meta.url)}'
      const object = open('${testObject('ring')}').load()
      const event = layout({ number: u64, length: u32, name: text(12) })
      const tell = () => object.program('tell').testRun({ data: new Uint8Array(64) })
      const reader = object.ring('events', 'event', event, (one) => { console.log(one.number); next?.() })
      let next
      ${end}`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    )

  const ends: [string, string, string][] = [
    ['closes it', `next = () => { reader[Symbol.dispose](); object[Symbol.dispose]() }; tell()`, '0\n'],
    ['leaves it open and exits', `next = () => process.exit(0); tell()`, '0\n'],
    ['exits at once', `tell(); process.exit(0)`, ''],
    ['does not wait for it', `reader.unref()`, ''],
    ['closes the object first', `tell(); object[Symbol.dispose](); next = () => reader[Symbol.dispose]()`, '0\n'],
    [
      'has garbage collected meanwhile',
      `gc(); tell(); next = () => { next = undefined; gc(); reader[Symbol.dispose]() }`,
      '0\n',
    ],
  ]
  for (const [what, end, output] of ends) {
    it(`ends with a process that ${what}`, () => {
      const { status, signal, stdout, stderr } = ending(end)
      assert.deepEqual({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: output, stderr: '' })
    })
  }

  it('works in a worker, and ends with it', async () => {
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker(
      `(async () => {
        const { parentPort } = require('node:worker_threads')
        const { open } = await import('${new URL('../../../src/kernel/libbpf/object.js', import.meta.url)}')
        const { layout, text } = await import('${new URL('../../../src/kernel/libbpf/layout.js', import.meta.url)}')
        const { u32, u64 } = await import('${new URL('../../../src/kernel/netlink/codec.js', import.meta.url)}')
        const object = open('${testObject('ring')}').load()
        object.ring('events', 'event', layout({ number: u64, length: u32, name: text(12) }), (one) => parentPort.postMessage(one.name))
        object.program('tell').testRun({ data: new Uint8Array(64) })
      })()`,
      { eval: true },
    )
    assert.deepEqual(await once(worker, 'message'), ['nicsteer'])
    assert.equal(await worker.terminate(), 1)
  })
})
