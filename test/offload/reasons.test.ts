import { strict as assert } from 'node:assert'
import { reasonFor } from '../../src/offload/reasons.js'

describe('the reason for a refusal', () => {
  const TEXTS: [text: string, code: string][] = [
    ["mlx5_core: devices are not on same switch HW, can't offload forwarding", 'OTHER_SWITCH'],
    ["simnic: devices are not on same switch HW, can't offload forwarding", 'OTHER_SWITCH'],
    ['mlx5_core: Failed to parse tunnel attributes', 'TUNNEL_MATCH_REFUSED'],
    ['TC offload is disabled on net device', 'OFFLOAD_DISABLED'],
    ['mlx5_core: Requested priority is out of supported range', 'PRIORITY_RANGE'],
    ['mlx5_core: Requested chain is out of supported range', 'CHAIN_RANGE'],
    ['someone: words that nobody has catalogued', 'DRIVER_REFUSED'],
  ]
  for (const [text, code] of TEXTS) {
    it(`"${text}" is ${code}, with the text word for word`, () => {
      const reason = reasonFor(text)
      assert.deepEqual([reason.code, reason.text], [code, text])
      assert.ok(reason.hint)
    })
  }

  it('says so when the driver gave no text', () => {
    const reason = reasonFor(undefined)
    assert.equal(reason.code, 'NO_TEXT')
    assert.equal(reason.text, undefined)
  })
})
