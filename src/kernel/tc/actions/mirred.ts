import type { Ifindex } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { hex, s32, u32 } from '../../netlink/codec.js'
import { attribute, attributes, type Infer } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Sends the packet (`redirect`), or a copy of it (`mirror`), out of or into another device. */
export interface Mirred extends ActionParameters {
  kind: 'mirred'
  operation: 'redirect' | 'mirror'
  direction: 'egress' | 'ingress'
  /** 0 when the target device is gone, or when a shared block is the target. */
  ifindex: Ifindex | 0
  /** All devices of a shared block instead of one device; Linux 6.8 and newer. */
  blockId?: number
}

/** linux/tc_act/tc_mirred.h TCA_EGRESS_REDIR 1, _EGRESS_MIRROR 2, _INGRESS_REDIR 3, _INGRESS_MIRROR 4 */
function eactionOf({ operation, direction }: Pick<Mirred, 'operation' | 'direction'>): number {
  return (direction === 'egress' ? 1 : 3) + (operation === 'redirect' ? 0 : 1)
}

function fromEaction(eaction: number): Pick<Mirred, 'operation' | 'direction'> {
  if (eaction < 1 || eaction > 4) throw new MalformedMessage(`mirred action of unknown kind ${eaction}`)
  return { operation: eaction % 2 === 1 ? 'redirect' : 'mirror', direction: eaction <= 2 ? 'egress' : 'ingress' }
}

const parms = struct({ generic, eaction: s32, ifindex: u32 })

const options = attributes({
  tm: attribute('TCA_MIRRED_TM', wireAge),
  parms: attribute('TCA_MIRRED_PARMS', parms),
  pad: attribute('TCA_MIRRED_PAD', hex),
  blockId: attribute('TCA_MIRRED_BLOCKID', u32),
})

const usualControl = (operation: Mirred['operation']) => (operation === 'redirect' ? 'stolen' : 'pipe')

export const mirred: ActionKind<Mirred> = {
  kind: 'mirred',
  names: options,
  write(out, action) {
    const wire: Infer<typeof options> = {
      parms: {
        generic: genericOf(action, usualControl(action.operation)),
        eaction: eactionOf(action),
        ifindex: action.ifindex,
      },
      blockId: action.blockId,
      unknown: action.unknown,
    }
    options.write(out, wire)
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, blockId } = wire
    if (head === undefined) throw new MalformedMessage('mirred action without TCA_MIRRED_PARMS')
    const { operation, direction } = fromEaction(head.eaction)
    const action: Mirred = { kind: 'mirred', operation, direction, ifindex: head.ifindex as Ifindex | 0 }
    if (blockId !== undefined) action.blockId = blockId
    return withParameters(action, head.generic, usualControl(operation), wire)
  },
}
