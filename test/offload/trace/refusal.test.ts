import { strict as assert } from 'node:assert'
import { isRefused } from '../../../src/offload/trace/event.js'
import { reasonOf } from '../../../src/offload/trace/refusal.js'
import { offer, textEvent } from './sample.js'

describe('an offer is refused', () => {
  it('when drivers were asked and none took it, or when it failed', () => {
    assert.equal(isRefused(offer()), true)
    assert.equal(isRefused(offer({ asked: 0, errno: 95 })), true)
  })

  it('not when one took it, nor when there was nobody to ask', () => {
    assert.equal(isRefused(offer({ took: 1, after: { inHw: true } })), false)
    assert.equal(isRefused(offer({ asked: 0 })), false)
  })
})

describe('the reason of a refusal', () => {
  const KNOWN = 'mlx5_core: Requested chain is out of supported range'

  it('is the text that the catalogue knows, else the first, which is nearest to the cause', () => {
    assert.equal(reasonOf(offer({ texts: ['mlx5_core: strange', KNOWN] }))?.code, 'CHAIN_RANGE')
    assert.equal(reasonOf(offer({ texts: ['mlx5_core: strange', 'mlx5_core: stranger'] }))?.text, 'mlx5_core: strange')
  })

  it('was heard in the kernel; where nothing was said it is deduced', () => {
    assert.equal(reasonOf(offer({ texts: [KNOWN] }))?.source, 'traced')
    assert.equal(reasonOf(offer({ texts: [] }))?.source, 'evidence')
  })

  it('without a text has none', () => {
    assert.deepEqual(
      [reasonOf(offer({ texts: [] }))?.text, reasonOf(offer({ texts: [] })) === undefined],
      [undefined, false],
    )
  })

  it('is not given for a rule that hardware has, nor for a text that may be about anything', () => {
    assert.equal(reasonOf(offer({ texts: [KNOWN], after: { inHw: true }, took: 1 })), undefined)
    assert.equal(reasonOf(textEvent('Unknown device type')), undefined)
    assert.equal(reasonOf(textEvent(KNOWN))?.code, 'CHAIN_RANGE')
  })
})
