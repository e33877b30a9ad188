import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { hrtime } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { OfferEvent, TraceEvent } from '../../../src/offload/trace/event.js'
import { type ExtackTrace, ownNetns, traceExtack } from '../../../src/offload/trace/trace.js'
import { loadedPrograms, needBpf } from '../../kernel/libbpf/support.js'
import { Namespace } from '../../kernel/support/namespace.js'
import { waitFor } from '../../lab/support/wait.js'
import { skip } from '../../support/skip.js'

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))
const OURS = ['on_text', 'on_offer', 'on_answer', 'netlink_extack']

const isOffer = (event: TraceEvent): event is OfferEvent => event.kind === 'offer'

/** What is heard while `work` runs. */
async function heard(trace: ExtackTrace, work: () => void): Promise<TraceEvent[]> {
  work()
  trace.stop()
  const events: TraceEvent[] = []
  for await (const event of trace) events.push(event)
  assert.equal(trace.lost, 0)
  return events
}

describe('trace of what the kernel says about rules', () => {
  let ns: Namespace
  before(function () {
    needBpf(this)
    ns = Namespace.create(this)
    ns.ip('link add name near type veth peer name far')
    ns.tc('qdisc add dev near clsact')
  })
  after(() => ns?.[Symbol.dispose]())

  const failToAdd = () => assert.throws(() => ns.ip('link add name x type nothing'), /Unknown device type/)

  it('by the tracepoint alone: texts, who heard them, when', async () => {
    const start = hrtime.bigint()
    using trace = traceExtack({ source: 'tracepoint' })
    assert.deepEqual([trace.source, trace.why], ['tracepoint', 'asked for'])
    const events = (await heard(trace, failToAdd)).filter(({ comm }) => comm === 'ip')
    assert.equal(events.length, 1)
    const [{ kind, pid, tid, texts, moreTexts, monotonic, time } = assert.fail()] = events
    assert.deepEqual({ kind, texts, moreTexts }, { kind: 'text', texts: ['Unknown device type'], moreTexts: 0 })
    assert.equal(pid, tid)
    assert.ok(monotonic > start && monotonic < hrtime.bigint())
    assert.ok(Math.abs(time.getTime() - Date.now()) < 60_000)
  })

  it('comes while one iterates, and ends when it is stopped', async () => {
    using trace = traceExtack({ source: 'tracepoint' })
    const texts: string[] = []
    const listening = (async () => {
      for await (const { comm, texts: said } of trace) {
        if (comm !== 'ip') continue
        texts.push(...said)
        if (texts.length === 2) trace.stop()
      }
    })()
    failToAdd()
    await waitFor('the first text', () => texts.length === 1)
    failToAdd()
    await listening
    assert.equal(texts.length, 2)
    assert.deepEqual(await heard(trace, failToAdd), [])
  })

  describe('where tc_setup_cb_add can be traced', () => {
    const trace = (context: Mocha.Context, everywhere: boolean) => {
      const found = traceExtack({ everywhere, accepted: true })
      if (found.source === 'tc_setup_cb_add') return found
      found[Symbol.dispose]()
      skip(context, `it cannot be: ${found.why}`)
    }
    /** cls_bpf, which every kernel with TC has. No driver is behind veth: without skip_sw nobody refuses. */
    const offer = (...flags: string[]) => {
      const words = 'filter add dev near ingress protocol ip pref 3 chain 5 bpf flowid 1:1'.split(' ')
      const { status, stderr } = spawnSync('tc', ['-n', ns.name, ...words, 'bytecode', '1,6 0 0 0', ...flags])
      if (status !== 0) throw new Error(String(stderr))
    }
    const offerInVain = () => assert.throws(() => offer('skip_sw'), /not supported/)

    it('an offer: which device, which rule, what came of it', async function () {
      using found = trace(this, true)
      const [event, ...others] = (await heard(found, offerInVain)).filter(isOffer).filter(({ comm }) => comm === 'tc')
      assert.ok(event !== undefined && others.length === 0)
      const { device, ifindex, netns, parent, chain, priority, protocol, classifier, asked, took, errno, texts } = event
      assert.deepEqual(
        { device, ifindex, netns, parent, chain, priority, protocol, classifier, asked, took, errno, texts },
        {
          device: 'near',
          ifindex: ns.ifindexOf('near'),
          netns: statSync(ns.path).ino,
          parent: 'ingress',
          chain: 5,
          priority: 3,
          protocol: 0x800,
          classifier: 'bpf',
          asked: 0,
          took: 0,
          errno: 95,
          texts: [],
        },
      )
      assert.deepEqual(event.before, { skipSw: true })
      assert.deepEqual(event.after, { skipSw: true })
    })

    it('a rule that no driver was asked about: no errno, no refusal; left out where accepted rules are not wanted', async function () {
      using found = trace(this, true)
      const [event] = (await heard(found, () => offer())).filter(isOffer)
      assert.deepEqual([event?.errno, event?.asked, event?.before], [undefined, 0, {}])
      ns.tc('filter del dev near ingress')
      using refusals = traceExtack({ everywhere: true })
      assert.deepEqual((await heard(refusals, () => offer())).filter(isOffer), [])
      ns.tc('filter del dev near ingress')
    })

    it('texts beside it belong to no rule', async function () {
      using found = trace(this, true)
      const events = await heard(found, () => {
        offerInVain()
        failToAdd()
      })
      assert.deepEqual(
        events.filter(({ comm }) => comm === 'ip' || comm === 'tc').map(({ kind, texts }) => [kind, ...texts]),
        [['offer'], ['text', 'Unknown device type']],
      )
    })

    it('of other namespaces nothing, unless that is wanted', async function () {
      using found = trace(this, false)
      assert.notEqual(ownNetns(), statSync(ns.path).ino)
      assert.deepEqual(
        (await heard(found, offerInVain)).filter(({ comm }) => comm === 'tc'),
        [],
      )
    })
  })

  describe('a process', () => {
    const children: ChildProcess[] = []
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL')
    })
    /** Tracing: what it said of itself. */
    const started = async (program: string, ...args: string[]) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      for await (const line of createInterface(child.stdout)) {
        return { child, ...(JSON.parse(line) as { source: string; why?: string }) }
      }
      return assert.fail('it said nothing')
    }

    for (const source of ['tracepoint', 'any']) {
      it(`that is killed leaves no program behind (source: ${source})`, async () => {
        const before = loadedPrograms()
        const { child } = await started(process.execPath, WORKER, source)
        const its = [...loadedPrograms()].filter(([id, name]) => !before.has(id) && OURS.includes(name))
        assert.ok(its.length > 0)
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
        await waitFor('its programs to go', () => its.every(([id]) => !loadedPrograms().has(id)))
      })
    }

    it('hears texts where the kernel has no BTF, and says why nothing else', async function () {
      if (!existsSync('/sys/kernel/btf')) skip(this, 'there is no BTF to hide')
      // libbpf looks for it in both places; the other one comes with the kernel's headers.
      const places = '/sys/kernel/btf "/lib/modules/$(uname -r)/build"'
      const hide = `for place in ${places}; do [ ! -d "$place" ] || mount -t tmpfs none "$place"; done; exec "$0" "$@"`
      const hidden = ['-m', 'sh', '-ec', hide]
      const { source, why = '' } = await started('unshare', ...hidden, process.execPath, WORKER)
      assert.equal(source, 'tracepoint')
      assert.match(why, /offers\.o: /)
      assert.match(why, /BTF/i)
    })

    it('needs root, and says so', function () {
      const asNobody = (...args: string[]) =>
        spawnSync('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, ...args], { encoding: 'utf8' })
      if (asNobody('--check', WORKER).status !== 0) skip(this, 'there is no setpriv, or others cannot read the build')
      assert.match(asNobody(WORKER).stderr, /BPF_NOT_PERMITTED/)
    })
  })
})
