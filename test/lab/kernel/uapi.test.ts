import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run } from '../support/shell.js'

const project = fileURLToPath(new URL('../../../../', import.meta.url))

describe('kernel numbers', () => {
  it('are those of the UAPI headers', () => {
    const made = run('node', `${project}scripts/make-uapi.mjs`, '--compiler', 'gcc', '--stdout')
    assert.ok(made.includes('TCA_FLOWER_KEY_ENC_OPTS: 84'))
    assert.equal(readFileSync(`${project}src/kernel/uapi.ts`, 'utf8'), made, 'npm run uapi writes it')
  })
})
