import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { CATALOGUE, entryOfText, findEntry } from '../../../src/offload/reasons/index.js'
import { patternOf } from '../../../src/offload/reasons/pattern.js'
import { TEXTS } from './mlx5-texts.js'
import { OVS_TEXTS } from './ovs-texts.js'

const SOURCES = new URL('../../../../src/', import.meta.url)

/** Codes of findings, as the sources have them; a verdict's reason can have no other than the catalogue's by its type. */
function findingCodes(folder: URL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    // The file's own errors, which are no findings.
    if (entry.name === 'spec') return []
    if (entry.isDirectory()) return findingCodes(new URL(`${entry.name}/`, folder))
    const text = readFileSync(new URL(entry.name, folder), 'utf8')
    if (!/\bFinding\b/.test(text)) return []
    return [...text.matchAll(/(?:code: |#find\(\s*)'([A-Z_]+)'/g)].map(([, code = '']) => code)
  })
}

describe('the catalogue of reasons', () => {
  for (const [errno, text, code] of TEXTS) {
    it(`has ${code} for "${text}"${errno && `, ${errno}`}`, () => assert.equal(entryOfText(text)?.code, code))
  }

  for (const [text, code] of OVS_TEXTS) {
    it(`has ${code} for Open vSwitch’s "${text}"`, () => assert.equal(entryOfText(text)?.code, code))
  }

  it('has no text that those tests don’t show', () => {
    const shown = [...TEXTS.map(([, text]) => text), ...OVS_TEXTS.map(([text]) => text)]
    const seen = (text: string) => shown.some((one) => patternOf(text).test(one))
    const unseen = CATALOGUE.filter(({ emulated }) => !emulated).flatMap(({ texts = [] }) =>
      texts.filter((text) => !seen(text)),
    )
    // esw_init_chains_offload_flags has three ways to say the same.
    assert.deepEqual(unseen, [
      "Tc chains and priorities offload aren't supported",
      "Tc chains and priorities offload aren't supported, check firmware version, or mlxconfig settings",
    ])
  })

  it('gives each text to one code only', () => {
    for (const text of [...TEXTS.map(([, said]) => said), ...OVS_TEXTS.map(([said]) => said)]) {
      const codes = CATALOGUE.filter(({ texts = [] }) => texts.some((one) => patternOf(one).test(text)))
      assert.deepEqual(
        codes.map(({ code }) => code),
        [entryOfText(text)?.code],
        text,
      )
    }
  })

  it('has each code once, and for each a meaning and what to do', () => {
    const codes = CATALOGUE.map(({ code }) => code)
    assert.deepEqual(codes, [...new Set(codes)])
    for (const { code, meaning, todo } of CATALOGUE) {
      assert.match(code, /^[A-Z][A-Z0-9_]+$/)
      assert.match(meaning, /^[A-Z].*\.$/, code)
      assert.match(todo, /[^.]$/, code)
    }
  })

  it('says of each text where in the kernel it comes from, or that only the lab has it', () => {
    for (const { code, texts = [], sources = [], emulated } of CATALOGUE) {
      if (texts.length > 0) assert.ok(emulated || sources.length > 0, code)
      for (const { file, function: name } of sources) assert.match(`${file} ${name}`, /^[\w/-]+\.[ch] \w+$/, code)
    }
  })

  it('has every code that verify, apply and plan print', () => {
    const codes = ['offload', 'ovs', 'steering'].flatMap((room) => findingCodes(new URL(`${room}/`, SOURCES)))
    assert.ok(codes.length > 10, 'the sources are there')
    assert.deepEqual(
      codes.filter((code) => findEntry(code) === undefined),
      [],
    )
  })

  it('is asked for a code in any case of letters', () => {
    assert.equal(findEntry('geneve_port')?.code, 'GENEVE_PORT')
    assert.equal(findEntry('GENEVE'), undefined)
  })
})

describe('a text of the kernel', () => {
  const SAME = [
    'TC offload is disabled on net device',
    'mlx5_core: TC offload is disabled on net device',
    'simnic: TC offload is disabled on net device',
    'Error: mlx5_core: TC offload is disabled on net device.',
    '  mlx5_core 0000:d8:00.0 p0: TC offload is disabled on net device\n',
  ]
  for (const text of SAME) {
    it(`is known as ${JSON.stringify(text)}`, () => assert.equal(entryOfText(text)?.code, 'OFFLOAD_DISABLED'))
  }

  const OTHERS = [
    'TC offload is disabled on net device p0',
    'no TC offload is disabled on net device',
    'Unsupported tunnel mode',
    'Unsupported match on enc_control.flags',
    'mlx5_core: encap size big, max supported is 128',
    '',
  ]
  for (const text of OTHERS) {
    it(`is not taken for another one: "${text}"`, () => assert.equal(entryOfText(text), undefined))
  }
})
