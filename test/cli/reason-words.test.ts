import { strict as assert } from 'node:assert'
import { reasonLine, refusalItem, showSource } from '../../src/cli/reason-words.js'
import type { Reason } from '../../src/offload/reasons/index.js'

const SAID: Reason = { code: 'UNKNOWN', text: 'simnic: no', hint: 'see the text', source: 'traced' }

describe('a reason says where it comes from', () => {
  it('in brackets behind its text', () => {
    assert.equal(reasonLine(SAID), 'UNKNOWN: simnic: no [traced]')
    assert.equal(
      reasonLine({ ...SAID, source: 'ovs-log', approximate: true }),
      'UNKNOWN: simnic: no [ovs-log, approximate]',
    )
  })

  it('but not where nicsteer deduced it', () => {
    assert.equal(
      reasonLine({ code: 'NO_ROUTE', hint: 'add one', source: 'evidence' }) +
        showSource({ ...SAID, source: 'evidence' }),
      'NO_ROUTE: add one',
    )
  })

  it('and to programs always', () => {
    assert.deepEqual(refusalItem({ code: 'NO_ROUTE', hint: 'add one', source: 'evidence' }), {
      code: 'NO_ROUTE',
      text: null,
      hint: 'add one',
      source: 'evidence',
      approximate: false,
    })
    assert.equal(refusalItem({ ...SAID, approximate: true }).approximate, true)
  })
})
