import assert from 'node:assert/strict'
import { action } from '../../../src/kernel/tc/action.js'
import { actionStats, type WireStats, wireStats } from '../../../src/kernel/tc/stats.js'
import { decode, encode, fromHex } from '../support/bytes.js'

const basic = (packets: number, bytes: number) => ({ packets, bytes })
const statsOf = (bytes: Uint8Array) => actionStats(decode(wireStats, bytes) as WireStats)

describe('kernel/tc/stats', () => {
  it('takes hardware’s part out of the total', () => {
    assert.deepEqual(statsOf(encode(wireStats, { basic: basic(10, 1000), basicHw: basic(7, 700) })), {
      packets: 10,
      bytes: 1000,
      hardware: { packets: 7, bytes: 700 },
      software: { packets: 3, bytes: 300 },
      drops: 0,
      overlimits: 0,
    })
  })

  it('uses the 64-bit counters where packets don’t fit into 32 bits', () => {
    const wire = {
      basic: basic(1, 9e12),
      packets64: [2 ** 32 + 1, 2 ** 32],
      basicHw: basic(0, 8e12),
    }
    const { packets, hardware, software } = statsOf(encode(wireStats, wire))
    assert.deepEqual([packets, hardware.packets, software.packets], [2 ** 32 + 1, 2 ** 32, 1])
  })

  it('gives a single 64-bit counter to the total, which is never less than hardware’s', () => {
    const wire = { basic: basic(5, 0), packets64: [2 ** 32 + 5], basicHw: basic(9, 0) }
    const { packets, hardware } = statsOf(encode(wireStats, wire))
    assert.deepEqual([packets, hardware.packets], [2 ** 32 + 5, 9])
  })

  it('is all zero where the kernel says nothing', () => {
    assert.equal(actionStats({}).packets, 0)
  })

  it('reads the four-byte padding that 64-bit kernels leave behind struct gnet_stats_basic', () => {
    const bytes = fromHex('14000100 e803000000000000 0a000000 00000000')
    const { packets, bytes: total } = statsOf(bytes)
    assert.deepEqual([packets, total], [10, 1000])
  })

  it('has ages in milliseconds', () => {
    const age = { install: 1234, lastUse: 100, expires: 0, firstUse: 0 }
    // TCA_ACT_KIND "gact", TCA_ACT_OPTIONS with TM and PARMS.
    const u64 = (value: number) => Buffer.from(new BigUint64Array([BigInt(value)]).buffer).toString('hex')
    const tm = `24000100${u64(age.install)}${u64(age.lastUse)}${u64(0)}${u64(0)}`
    const parms = '18000200 05000000 00000000 02000000 01000000 01000000'
    const decoded = decode(action, fromHex(`09000100 6761637400000000 40000280 ${tm} ${parms}`))
    assert.ok(decoded.kind === 'gact')
    assert.equal(decoded.control, 'drop')
    assert.equal(decoded.index, 5)
    assert.deepEqual(decoded.age, { installedMs: 12_340, lastUsedMs: 1000 })
  })
})
