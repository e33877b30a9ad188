import { strict as assert } from 'node:assert'
import { fileLevels, SWITCH_ON, tellsRefusals } from '../../../src/ovs/vlog/levels.js'

/** As ovs-appctl vlog/list of Open vSwitch 3.5 prints it. */
const LIST = [
  '                 console    syslog    file',
  '                 -------    ------    ------',
  'dpif               OFF        ERR       INFO',
  'dpif_netlink       OFF        ERR        DBG',
  'dpif_mfex_extract_study   OFF        ERR       INFO',
  'netdev_offload_tc   OFF        ERR        DBG',
  'netlink_socket     OFF        ERR        DBG    (rate limiting disabled)',
]
const levels = fileLevels(LIST)

describe('levels of Open vSwitch’s log', () => {
  it('are those of the file', () => {
    assert.equal(levels.size, 5)
    assert.deepEqual(
      ['dpif', 'dpif_netlink', 'netlink_socket'].map((module) => levels.get(module)),
      ['INFO', 'DBG', 'DBG'],
    )
  })

  it('tell why flows are refused when all three speakers are at debug', () => {
    assert.equal(tellsRefusals(levels), true)
    for (const module of ['dpif_netlink', 'netdev_offload_tc', 'netlink_socket']) {
      assert.equal(tellsRefusals(new Map([...levels, [module, 'INFO']])), false, module)
      assert.ok(SWITCH_ON.includes(` ${module}:file:dbg`))
    }
    assert.equal(tellsRefusals(new Map()), false)
  })

  it('tell it of 3.7 and later by modules with other names', () => {
    const later = ['dpif_offload_tc', 'dpif_offload_tc_netdev', 'netlink_socket'].map(
      (module) => [module, 'DBG'] as const,
    )
    assert.equal(tellsRefusals(new Map(later)), true)
  })
})
