import { strict as assert } from 'node:assert'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { kernelConfig } from '../../src/kernel/config.js'
import { skip } from '../support/skip.js'

const TEXT = `#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_NET_CLS_FLOWER=m
CONFIG_NET=y
CONFIG_HZ=250
CONFIG_LOCALVERSION=""
# CONFIG_NET_TC_SKB_EXT is not set
`

describe('the configuration of the running kernel', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nicsteer-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function put(file: string, content: string | Buffer): string {
    const path = join(root, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  const config = () => kernelConfig(root, '6.12.1-test')

  it('says y, m or n; n also where an option isn’t named, for it depends on one that is off', () => {
    put('boot/config-6.12.1-test', TEXT)
    const { get } = config()
    assert.deepEqual(['NET', 'NET_CLS_FLOWER', 'CONFIG_NET_CLS_FLOWER', 'NET_TC_SKB_EXT', 'MLX5_CLS_ACT'].map(get), [
      'y',
      'm',
      'm',
      'n',
      'n',
    ])
  })

  it('has no such answer for a number or a text', () => {
    put('boot/config-6.12.1-test', TEXT)
    assert.deepEqual(['HZ', 'LOCALVERSION'].map(config().get), [undefined, undefined])
  })

  it('is the kernel’s own where it tells, else what is installed with it', () => {
    const beside = put('lib/modules/6.12.1-test/config', 'CONFIG_A=n\nCONFIG_B=y\n')
    assert.deepEqual([config().source, config().get('A'), config().get('B')], [beside, 'n', 'y'])
    const boot = put('boot/config-6.12.1-test', 'CONFIG_A=m\n')
    assert.deepEqual([config().source, config().get('A')], [boot, 'm'])
    const own = put('proc/config.gz', gzipSync('CONFIG_A=y\n'))
    assert.deepEqual([config().source, config().get('A')], [own, 'y'])
  })

  it('is not that of another kernel', () => {
    put('boot/config-6.1.0-other', TEXT)
    assert.deepEqual([config().source, config().get('NET')], [undefined, undefined])
  })

  it('can’t be known without a file, or from one that can’t be read', () => {
    assert.deepEqual([config().source, config().get('NET')], [undefined, undefined])
    put('proc/config.gz', 'not gzip')
    mkdirSync(join(root, 'boot/config-6.12.1-test'), { recursive: true })
    put('lib/modules/6.12.1-test/config', 'no option at all\n')
    assert.deepEqual([config().source, config().get('NET')], [undefined, undefined])
  })

  it('of this machine has networking, which these tests use', function () {
    const { source, get } = kernelConfig()
    if (source === undefined) skip(this, 'no configuration to read')
    assert.equal(get('NET'), 'y')
  })
})
