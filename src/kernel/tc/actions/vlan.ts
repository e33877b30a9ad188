import type { MacAddress } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { be16, hex, mac, s32, u8, u16 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

export interface Vlan extends ActionParameters {
  kind: 'vlan'
  operation: VlanOperation
  id?: number
  priority?: number
  /** Tag protocol, 0x8100 or 0x88a8. */
  protocol?: number
  /** For `push_eth`. */
  dstMac?: MacAddress
  srcMac?: MacAddress
}

/** linux/tc_act/tc_vlan.h TCA_VLAN_ACT_*, from 1 */
const OPERATIONS = ['pop', 'push', 'modify', 'pop_eth', 'push_eth'] as const
export type VlanOperation = (typeof OPERATIONS)[number]

const parms = struct({ generic, operation: s32 })

const options = attributes({
  tm: attribute('TCA_VLAN_TM', wireAge),
  parms: attribute('TCA_VLAN_PARMS', parms),
  id: attribute('TCA_VLAN_PUSH_VLAN_ID', u16),
  protocol: attribute('TCA_VLAN_PUSH_VLAN_PROTOCOL', be16),
  pad: attribute('TCA_VLAN_PAD', hex),
  priority: attribute('TCA_VLAN_PUSH_VLAN_PRIORITY', u8),
  dstMac: attribute('TCA_VLAN_PUSH_ETH_DST', mac),
  srcMac: attribute('TCA_VLAN_PUSH_ETH_SRC', mac),
})

export const vlan: ActionKind<Vlan> = {
  kind: 'vlan',
  names: options,
  write(out, action) {
    const { id, priority, protocol, dstMac, srcMac, unknown } = action
    options.write(out, {
      parms: { generic: genericOf(action, 'pipe'), operation: OPERATIONS.indexOf(action.operation) + 1 },
      id,
      protocol,
      priority,
      dstMac,
      srcMac,
      unknown,
    })
  },
  read(source, start, end) {
    const { tm, parms: head, pad: _, unknown, ...rest } = options.read(source, start, end)
    const operation = OPERATIONS[(head?.operation ?? 0) - 1]
    if (head === undefined || operation === undefined) throw new MalformedMessage('vlan action without an operation')
    return withParameters<Vlan>({ kind: 'vlan', operation, ...(rest as object) }, head.generic, 'pipe', { tm, unknown })
  },
}
