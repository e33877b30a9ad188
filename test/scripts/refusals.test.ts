import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { skip } from '../support/skip.js'

function script(path: string, env: Record<string, string>, args: string[] = [], prefix: string[] = []) {
  const [program = path, ...rest] = [...prefix, path, ...args]
  const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', env: { ...process.env, ...env } })
  return { status, errors: stderr.split('\n').filter((line) => line.startsWith('error: ')) }
}

describe('scripts refuse in one line, and leave nothing half-done', () => {
  let folder = ''
  before(function () {
    if (process.getuid?.() !== 0) skip(this, 'needs root')
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scripts-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const path of ['scripts/quickstart', 'scripts/test']) {
    it(`${path}: not root`, () => {
      const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
      const { status, errors } = script(path, { HOME: folder }, [], nobody)
      assert.equal(status, 1)
      assert.deepEqual(errors, ['error: NOT_ROOT: the lab needs root — run it again with sudo'])
      assert.deepEqual(readdirSync(folder), [])
    })
  }

  it('no disk: before anything is written', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'small', folder])
    try {
      const { status, errors } = script('scripts/quickstart', { NICSTEER_CACHE: join(folder, 'cache') })
      assert.equal(status, 1)
      assert.equal(errors.length, 1)
      assert.match(errors[0] ?? '', /^error: NO_DISK: \S+ has \d+ MiB free, \d+ MiB are needed — .+/)
      assert.deepEqual(readdirSync(join(folder, 'cache')), [])
    } finally {
      execFileSync('umount', [folder])
    }
  })

  it('no registry: the packages are not taken for installed', () => {
    const clone = join(folder, 'project')
    execFileSync('git', ['clone', '-q', '--no-hardlinks', process.cwd(), clone])
    const { status, errors } = script(join(clone, 'scripts/quickstart'), {
      HOME: folder,
      NICSTEER_CACHE: join(folder, 'cache'),
      npm_config_cache: join(folder, 'npm'),
      npm_config_registry: 'http://127.0.0.1:1/',
      npm_config_fetch_retries: '0',
    })
    assert.equal(status, 1)
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /^error: NO_REGISTRY: npm ci failed — check the npm registry and the network/)
    assert.equal(existsSync(join(clone, 'node_modules/.key')), false)
  })

  it('no QEMU', () => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    for (const place of ['/usr/sbin', '/usr/bin']) {
      for (const name of readdirSync(place)) {
        if (!name.startsWith('qemu-') && !existsSync(join(bin, name))) symlinkSync(join(place, name), join(bin, name))
      }
    }
    const { status, errors } = script('hack/lab/run', { PATH: bin }, ['--', 'true'])
    assert.equal(status, 1)
    assert.deepEqual(errors, ['error: NO_QEMU: qemu-system-x86_64 is missing — apt-get install qemu-system-x86'])
  })

  it('an argument that is not known', () => {
    for (const [path, args] of [
      ['scripts/test', ['--fast']],
      ['scripts/quickstart', ['now']],
      ['hack/lab/run', ['now']],
    ] as const) {
      const { status, errors } = script(path, {}, [...args])
      assert.deepEqual([status, errors.length], [1, 1])
      assert.match(errors[0] ?? '', /^error: BAD_ARGUMENT: /)
    }
  })
})
