import { strict as assert } from 'node:assert'
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Namespace } from './kernel/support/namespace.js'

const PROJECT = new URL('../../', import.meta.url)
const example = (name: string) => fileURLToPath(new URL(`examples/kernel/${name}.mjs`, PROJECT))
/** Rules need the lab's kernel: test/lab/examples.test.ts. */
const IN_THE_LAB = ['counters', 'eswitch', 'install-rule', 'refusals']

describe('examples/kernel, as they are after npm run build', () => {
  let ns: Namespace
  before(function () {
    ns = Namespace.create(this)
    ns.ip('link set lo up')
  })
  after(() => ns?.[Symbol.dispose]())
  const run = (name: string, ...args: string[]) =>
    execFileSync('ip', ['netns', 'exec', ns.name, process.execPath, example(name), ...args], { encoding: 'utf8' })

  it('route asks the kernel where a packet would go', () => {
    assert.match(run('route', '127.0.0.1'), /^127\.0\.0\.1: local, table \d+, device lo, source 127\.0\.0\.1\n$/)
    assert.equal(run('route', '192.0.2.1'), '192.0.2.1: ENETUNREACH\n')
    ns.ip('link add ex0 type veth peer name ex1')
    ns.ip('link set ex0 up')
    ns.ip('addr add 10.9.0.1/24 dev ex0')
    ns.ip('neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev ex0')
    const text = '10.9.0.2: unicast, table 254, device ex0, source 10.9.0.1\nnext hop: 02:00:00:00:00:02\n'
    assert.equal(run('route', '10.9.0.2'), text)
    ns.ip('link del ex0')
  })

  it('namespace works in another network namespace without going there', () => {
    const text = execFileSync(process.execPath, [example('namespace'), ns.path], { encoding: 'utf8' })
    assert.match(text, /^lo: .*\n(?:example1: veth, down, MTU 1500, .*\n|example0: veth, up, MTU 1400, .*\n){2}$/)
    assert.deepEqual(JSON.parse(ns.ip('-j link show')).length, 1)
  })

  it('watch says what changes', async () => {
    const child = spawn('ip', ['netns', 'exec', ns.name, process.execPath, example('watch'), '1'])
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      if (lines.push(line) === 1) ns.ip('link add ex2 type vxlan id 7 dstport 4789')
    }
    ns.ip('link del ex2')
    assert.deepEqual(lines, ['watching 1 links', 'new link ex2 down'])
  })

  it('all are run by a test, and docs/library.md names each', () => {
    const names = readdirSync(new URL('examples/kernel/', PROJECT)).map((file) => file.replace('.mjs', ''))
    assert.deepEqual(names.sort(), [...IN_THE_LAB, 'namespace', 'route', 'watch'].sort())
    const page = readFileSync(new URL('docs/library.md', PROJECT), 'utf8')
    for (const name of names) assert.ok(page.includes(`examples/kernel/${name}.mjs`), name)
  })
})
