import { strict as assert } from 'node:assert'
import { nearestCodes } from '../../../src/offload/reasons/index.js'

describe('the codes nearest to what somebody typed', () => {
  const TYPED: [typed: string, nearest: string][] = [
    ['WRONG_ROUT', 'WRONG_ROUTE'],
    ['wrong-route', 'WRONG_ROUTE'],
    ['OTHER_SWICH', 'OTHER_SWITCH'],
    ['PRIORITY', 'PRIORITY_RANGE'],
    ['NO_CONTRACK', 'NO_CONNTRACK'],
    ['local route', 'LOCAL_ROUTE'],
  ]
  for (const [typed, nearest] of TYPED) {
    it(`have ${nearest} first for "${typed}"`, () => assert.equal(nearestCodes(typed)[0], nearest))
  }

  it('are those that it is a part of, the shortest first', () => {
    assert.deepEqual(nearestCodes('GENEVE_OPTION', 4), [
      'GENEVE_OPTION_SIZE',
      'GENEVE_OPTION_ZERO',
      'GENEVE_OPTION_MASK',
      'GENEVE_OPTION_CLASS',
    ])
  })

  it('are some for anything', () => {
    for (const typed of ['', 'x'.repeat(1000), '✗', '(', 'a b\nc']) assert.equal(nearestCodes(typed).length, 3)
  })
})
