import assert from 'node:assert/strict'
import { readReporter } from '../../../src/kernel/devlink/health.js'
import { type DevlinkAttributes, devlinkAttributes } from '../../../src/kernel/devlink/message.js'
import { encodeParam, readParam } from '../../../src/kernel/devlink/param.js'
import { decode, fromHex } from '../support/bytes.js'

/** What Linux 6.12 sent for netdevsim (`modprobe netdevsim; echo 1 >/sys/bus/netdevsim/new_device`), behind its genlmsghdr. */
const NETDEVSIM = '0e0001006e657464657673696d0000000f0002006e657464657673696d310000'
const DEV = { bus: 'netdevsim', dev: 'netdevsim1' }
const found = (hex: string): DevlinkAttributes => decode(devlinkAttributes, fromHex(NETDEVSIM + hex))

describe('kernel/devlink', () => {
  it('reads a health reporter that can recover, and one that can’t', () => {
    assert.deepEqual(
      readReporter(
        found(
          '4c0072000a00730064756d6d7900000005007400000000000c00750000000000000000000c00760000000000000000000c0078000000000000000000050079000100000005008d0001000000',
        ),
      ),
      {
        ...DEV,
        name: 'dummy',
        state: 'healthy',
        errors: 0,
        recoveries: 0,
        gracePeriod: 0,
        autoRecover: true,
        autoDump: true,
      },
    )
    assert.deepEqual(
      readReporter(
        found(
          '380072000a007300656d70747900000005007400000000000c00750000000000000000000c007600000000000000000005008d0001000000',
        ),
      ),
      { ...DEV, name: 'empty', state: 'healthy', errors: 0, recoveries: 0, autoDump: true },
    )
  })

  it('reads parameters of every type', () => {
    assert.deepEqual(
      readParam(
        found(
          '380050000d0051006d61785f6d61637300000000040052000500530003000000180054001400550005005700010000000800560040000000',
        ),
      ),
      { ...DEV, name: 'max_macs', generic: true, values: { driverinit: 64 } },
    )
    assert.deepEqual(
      readParam(found('280050000a00510074657374310000000500530006000000100054000c0055000500570001000000')),
      { ...DEV, name: 'test1', generic: false, values: { driverinit: false } },
    )
    for (const [type, value] of [
      [1, 200],
      [2, 60_000],
      [3, 4_000_000_000],
      [5, 'smfs'],
      [6, true],
      [6, false],
    ] as const) {
      const data = encodeParam('any', type, value)
      const attributes = { param: { name: 'any', type, values: { value: [{ data, configurationMode: 0 }] } } }
      assert.deepEqual(readParam(attributes).values, { runtime: value })
    }
  })

  it('says when a value is not of the parameter’s type', () => {
    for (const [type, value] of [
      [1, 'smfs'],
      [5, 1],
      [6, 1],
      [3, true],
    ] as const) {
      assert.throws(() => encodeParam('flow_steering_mode', type, value), {
        code: 'BAD_PARAM',
        message: `${JSON.stringify(value)} is not a value for devlink parameter flow_steering_mode`,
      })
    }
  })
})
