import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { type Control, controlCode, controlFromCode } from '../../../src/kernel/tc/control.js'

describe('kernel/tc/control', () => {
  // linux/pkt_cls.h TC_ACT_*
  const codes: [Control, number][] = [
    ['continue', -1],
    ['ok', 0],
    ['drop', 2],
    ['pipe', 3],
    ['stolen', 4],
    ['trap', 8],
    [{ jump: 2 }, 0x10000002],
    [{ gotoChain: 5 }, 0x20000005],
  ]
  for (const [control, code] of codes) {
    it(`${JSON.stringify(control)} is ${code}`, () => {
      assert.equal(controlCode(control), code)
      assert.deepEqual(controlFromCode(code), control)
    })
  }

  it('refuses chains that don’t fit, and codes that nobody knows', () => {
    assert.throws(() => controlCode({ gotoChain: 2 ** 28 }), RangeError)
    assert.throws(() => controlCode({ gotoChain: -1 }), RangeError)
    assert.throws(() => controlFromCode(99), MalformedMessage)
  })

  it('keeps every chain apart', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 28 - 1), (gotoChain) =>
        assert.deepEqual(controlFromCode(controlCode({ gotoChain })), { gotoChain }),
      ),
    )
  })
})
