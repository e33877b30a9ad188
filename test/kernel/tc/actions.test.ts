import assert from 'node:assert/strict'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { type Action, action } from '../../../src/kernel/tc/action.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { decode, encode, fromHex, toHex } from '../support/bytes.js'

const again = (value: Action) => decode(action, encode(action, value))

/** One attribute, host byte order. */
function attribute(type: number, payload: string): string {
  const header = Buffer.alloc(4)
  header.writeUInt16LE(4 + payload.length / 2, 0)
  header.writeUInt16LE(type, 2)
  return toHex(header) + payload.padEnd(Math.ceil(payload.length / 8) * 8, '0')
}
const text = (value: string) => toHex(Buffer.from(`${value}\0`))
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return toHex(bytes)
}

describe('kernel/tc/actions', () => {
  it('writes pedit keys as they stand in the packet, with what they are relative to', () => {
    const bytes = toHex(
      encode(action, {
        kind: 'pedit',
        keys: [{ header: 'ip4', command: 'add', offset: 8, value: 0xff000000, mask: 0x00ffffff }],
      }),
    )
    assert.match(bytes, /00ffffffff00000008000000/)
    assert.match(bytes, /06000100020000000600020001000000/)
  })

  it('tells classic pedit from extended', () => {
    const key = { header: 'network', command: 'set', offset: 4, value: 1, mask: 2 } as const
    for (const value of [
      { kind: 'pedit', keys: [key] },
      { kind: 'pedit', keys: [key], classic: true },
    ] satisfies Action[]) {
      assert.deepEqual(again(value), value)
    }
    assert.throws(() => encode(action, { kind: 'pedit', keys: Array.from({ length: 256 }, () => key) }), RangeError)
  })

  it('refuses pedit keys that are not all there, or of a header that nobody knows', () => {
    const generic = '00'.repeat(20)
    const options = (parms: string, keys: string) =>
      attribute(uapi.TCA_ACT_KIND, text('pedit')) +
      attribute(
        uapi.TCA_ACT_OPTIONS,
        attribute(uapi.TCA_PEDIT_PARMS_EX, parms) + attribute(uapi.TCA_PEDIT_KEYS_EX, keys),
      )
    const one = '00'.repeat(24)
    for (const bytes of [
      options(`${generic}02000000${one}`, ''),
      options(`${generic}01000000${one}`, ''),
      options(`${generic}01000000${one}`, attribute(1, attribute(1, '0900') + attribute(2, '0000'))),
    ]) {
      assert.throws(() => decode(action, fromHex(bytes)), MalformedMessage)
    }
  })

  it('keeps a burst that the rate’s steps can say, and says a round one where they can’t', () => {
    const police = (rate: number, burst: number): Action => ({ kind: 'police', rate, burst, mtu: 1500, exceed: 'drop' })
    for (const [rate, burst] of [
      [1, 1],
      [125_000, 10_240],
      [125_000, 10_001],
      [1_250_000_000, 102_400],
      [12_500_000_000, 1_000_000],
      [12_500_000_000, 2 ** 20],
      [3_125_000_000, 2 ** 20],
      [1_000_000_007, 500_000],
      [15_000_000, 99_999],
    ] as const) {
      assert.deepEqual(again(police(rate, burst)), police(rate, burst))
    }
    const { burst = 0 } = again(police(12_500_000_000, 1_000_001)) as { burst?: number }
    assert.ok(burst >= 1_000_001 && burst < 1_000_001 + 12.5e9 * 64e-9, String(burst))
    // What was read once stays.
    assert.deepEqual(again(police(12_500_000_000, burst)), police(12_500_000_000, burst))
  })

  it('has rates of more than 32 bits, and no limit of length only without a rate', () => {
    const fast: Action = { kind: 'police', rate: 12_500_000_000, burst: 1_000_000, mtu: 0xffffffff, exceed: 'drop' }
    assert.deepEqual(again(fast), fast)
    const packets: Action = { kind: 'police', packetRate: 1000, packetBurst: 5, exceed: { gotoChain: 3 } }
    assert.deepEqual(again({ ...packets, mtu: 0xffffffff }), packets)
  })

  it('reads the zone 0 and full masks of ct as if they weren’t there', () => {
    const given: Action = {
      kind: 'ct',
      commit: true,
      zone: 0,
      mark: 5,
      markMask: 0xffffffff,
      label: '00'.repeat(16),
      labelMask: 'ff'.repeat(16),
    }
    assert.deepEqual(again(given), { kind: 'ct', commit: true, mark: 5, label: '00'.repeat(16) })
  })

  it('leaves out what the kernel says and refuses: the protocol of mpls modify', () => {
    const given: Action = { kind: 'mpls', operation: 'modify', ttl: 3, protocol: 0x8847 }
    assert.deepEqual(again(given), { kind: 'mpls', operation: 'modify', ttl: 3 })
  })

  describe('without a codec', () => {
    const nat = (head: string, age: string) =>
      fromHex(
        attribute(uapi.TCA_ACT_KIND, text('nat')) +
          attribute(
            uapi.TCA_ACT_OPTIONS,
            attribute(uapi.TCA_NAT_PARMS, `${head}${'11'.repeat(16)}`) + attribute(uapi.TCA_NAT_TM, age),
          ),
      )
    // index, capab, action, refcnt, bindcnt
    const head = u32(7) + u32(0) + u32(3) + u32(2) + u32(1)
    const bytes = nat(head, '05'.padEnd(64, '0'))

    it('says apart what only the kernel says, and shares the action with its index', () => {
      const { options = '', ...value } = decode(action, bytes) as Action & { options?: string }
      assert.deepEqual(value, {
        kind: 'raw',
        name: 'nat',
        index: 7,
        refs: 2,
        binds: 1,
        age: { installedMs: 50, lastUsedMs: 0 },
      })
      const withIndex = toHex(encode(action, { ...value, options } as Action))
      assert.ok(withIndex.includes(`${u32(7)}${u32(0)}${u32(3)}${u32(0)}${u32(0)}1111`))
      const anew = toHex(encode(action, { kind: 'raw', name: 'nat', options }))
      assert.ok(anew.includes(`${u32(0)}${u32(0)}${u32(3)}${u32(0)}${u32(0)}1111`))
    })

    it('keeps every byte of an action that nobody knows', () => {
      const unknown = fromHex(
        attribute(uapi.TCA_ACT_KIND, text('newest')) + attribute(uapi.TCA_ACT_OPTIONS | uapi.NLA_F_NESTED, head),
      )
      assert.deepEqual(decode(action, unknown), { kind: 'raw', name: 'newest', options: head })
      assert.deepEqual(encode(action, decode(action, unknown)), unknown)
    })
  })
})
