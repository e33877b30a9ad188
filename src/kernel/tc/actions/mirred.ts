import type { Ifindex } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { padding, s32, u32 } from '../../netlink/codec.js'
import { attribute, attributes, type Infer, stored } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, storeAge, storeGeneric } from './kind.js'

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

const options = attributes(
  {
    tm: stored(attribute('TCA_MIRRED_TM', wireAge), storeAge),
    parms: stored(attribute('TCA_MIRRED_PARMS', parms), storeParms, loadParms),
    pad: attribute('TCA_MIRRED_PAD', padding),
    blockId: attribute('TCA_MIRRED_BLOCKID', u32),
  },
  { kind: 'mirred' },
)

function storeParms(action: Mirred, { generic: head, eaction, ifindex }: Infer<typeof parms>): void {
  const { operation, direction } = fromEaction(eaction)
  action.operation = operation
  action.direction = direction
  action.ifindex = ifindex as Ifindex | 0
  storeGeneric(action, head, usualControl(operation))
}

function loadParms(action: Mirred): Infer<typeof parms> {
  const head = genericOf(action, usualControl(action.operation))
  return { generic: head, eaction: eactionOf(action), ifindex: action.ifindex }
}

const usualControl = (operation: Mirred['operation']) => (operation === 'redirect' ? 'stolen' : 'pipe')

export const mirred: ActionKind<Mirred> = {
  kind: 'mirred',
  names: options,
  write(out, action) {
    options.write(out, action as Infer<typeof options>)
  },
  read(source, start, end) {
    const action = options.read(source, start, end) as Partial<Mirred>
    if (action.operation === undefined) throw new MalformedMessage('mirred action without TCA_MIRRED_PARMS')
    return action as Mirred
  },
}
