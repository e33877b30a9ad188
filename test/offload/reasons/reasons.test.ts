import { strict as assert } from 'node:assert'
import { reasonFor } from '../../../src/offload/reasons/index.js'

describe('the reason for a refusal', () => {
  const TEXTS: [text: string, code: string][] = [
    ["mlx5_core: devices are not on same switch HW, can't offload forwarding", 'OTHER_SWITCH'],
    ["simnic: devices are not on same switch HW, can't offload forwarding", 'OTHER_SWITCH'],
    ['mlx5_core: Failed to parse tunnel attributes', 'TUNNEL_MATCH_REFUSED'],
    ['TC offload is disabled on net device', 'OFFLOAD_DISABLED'],
    ['mlx5_core: Requested priority is out of supported range', 'PRIORITY_RANGE'],
    ['mlx5_core: Requested chain is out of supported range', 'CHAIN_RANGE'],
    ["mlx5_core: offload of ct action isn't available", 'NO_CONNTRACK'],
    ['simnic: this profile offloads no rule', 'LAB_PROFILE'],
    ['someone: words that nobody has catalogued', 'UNKNOWN'],
  ]
  for (const [text, code] of TEXTS) {
    it(`"${text}" is ${code}, with the text word for word`, () => {
      const reason = reasonFor(text, 'extack')
      assert.deepEqual([reason.code, reason.text, reason.source], [code, text, 'extack'])
      assert.ok(reason.hint)
    })
  }

  it('is told by what the rule matches where the text stands for several', () => {
    const text = 'mlx5_core: Failed to parse tunnel attributes'
    const codeOf = (tunnel: object) =>
      reasonFor(text, 'extack', { tunnel: { direction: 'decap', type: 'geneve', port: 6081, ...tunnel } }).code
    assert.equal(codeOf({}), 'TUNNEL_MATCH_REFUSED')
    assert.equal(codeOf({ port: 6082 }), 'GENEVE_PORT')
    assert.equal(codeOf({ matchesFlags: true }), 'ENC_FLAGS_MATCH')
    assert.equal(codeOf({ port: 6082, matchesFlags: true }), 'GENEVE_PORT')
    assert.equal(codeOf({ type: 'vxlan', port: 4789 }), 'TUNNEL_MATCH_REFUSED')
    assert.equal(reasonFor(text, 'extack', { tunnel: { direction: 'decap', type: 'geneve', port: 6082 } }).text, text)
  })

  it('of another text is not told by that', () => {
    const tunnel = { direction: 'decap', type: 'geneve', port: 6082 } as const
    assert.equal(reasonFor('simnic: no', 'extack', { tunnel }).code, 'UNKNOWN')
  })
})
