import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transcript } from '../../../src/base/transcript.js'
import { readBundle, writeBundle } from '../../../src/offload/bundle/bundle.js'

describe('a bundle', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  })
  after(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  const about = { nicsteer: '0.1.0', collected: '2026-01-01T00:00:00.000Z', problems: [{ what: 'rules', why: 'NO' }] }

  it('has its transcript, and texts that tar shows', () => {
    const transcript = new Transcript()
    transcript.add('file', '/proc/version', { value: 'x'.repeat(2000) })
    transcript.nextMoment({ make: true })
    transcript.add('node', 'release', {})
    writeBundle(at('one.tgz'), { ...about, transcript, texts: new Map([['links.txt', 'lo: up\n']]) })
    const read = readBundle(at('one.tgz'))
    assert.deepEqual([...read.transcript.entries()], [...transcript.entries()])
    assert.deepEqual(read.about, { version: 1, ...about })
    const text = execFileSync('tar', ['xzOf', at('one.tgz'), 'nicsteer-bundle/text/links.txt'], { encoding: 'utf8' })
    assert.equal(text, 'lo: up\n')
    assert.deepEqual(readdirSync(folder), ['one.tgz'])
  })

  it('is refused where it is none', () => {
    writeFileSync(at('two.tgz'), 'no archive')
    assert.throws(() => readBundle(at('two.tgz')), { code: 'BAD_BUNDLE' })
    assert.throws(() => readBundle(at('three.tgz')), { code: 'NO_FILE' })
    execFileSync('tar', ['czf', at('four.tgz'), '-C', folder, 'two.tgz'])
    assert.throws(() => readBundle(at('four.tgz')), { code: 'BAD_BUNDLE', message: /bundle\.json/ })
    const none = { ...about, transcript: new Transcript(), texts: new Map() }
    assert.throws(() => writeBundle(at('no/where.tgz'), none), { code: 'NOT_WRITTEN' })
  })

  it('is refused when it is cut off', () => {
    const transcript = new Transcript()
    transcript.add('node', 'noise', { value: Array.from({ length: 5000 }, (_, n) => (n * 7919) % 10007) })
    writeBundle(at('five.tgz'), { ...about, transcript, texts: new Map() })
    execFileSync('sh', ['-c', `head -c 4000 ${at('five.tgz')} >${at('six.tgz')}`])
    assert.throws(() => readBundle(at('six.tgz')), { code: 'BAD_BUNDLE' })
  })
})
