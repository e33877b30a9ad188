import { MalformedMessage } from '../../netlink/attribute.js'
import { hex, u16, u32, u64 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Changes what the host knows about a packet, not its bytes. */
export interface SkbEdit extends ActionParameters {
  kind: 'skbedit'
  priority?: number
  queueMapping?: number
  queueMappingMax?: number
  mark?: number
  markMask?: number
  /** linux/if_packet.h PACKET_HOST 0, _BROADCAST 1, _MULTICAST 2, _OTHERHOST 3 */
  ptype?: number
  /** SKBEDIT_F_* of linux/tc_act/tc_skbedit.h, only those that have no field of their own. */
  flags?: number
}

const options = attributes({
  tm: attribute('TCA_SKBEDIT_TM', wireAge),
  parms: attribute('TCA_SKBEDIT_PARMS', generic),
  priority: attribute('TCA_SKBEDIT_PRIORITY', u32),
  queueMapping: attribute('TCA_SKBEDIT_QUEUE_MAPPING', u16),
  mark: attribute('TCA_SKBEDIT_MARK', u32),
  pad: attribute('TCA_SKBEDIT_PAD', hex),
  ptype: attribute('TCA_SKBEDIT_PTYPE', u16),
  markMask: attribute('TCA_SKBEDIT_MASK', u32),
  flags: attribute('TCA_SKBEDIT_FLAGS', u64),
  queueMappingMax: attribute('TCA_SKBEDIT_QUEUE_MAPPING_MAX', u16),
})

export const skbedit: ActionKind<SkbEdit> = {
  kind: 'skbedit',
  names: options,
  write(out, action) {
    const { priority, queueMapping, queueMappingMax, mark, markMask, ptype, flags, unknown } = action
    options.write(out, {
      parms: genericOf(action, 'pipe'),
      priority,
      queueMapping,
      mark,
      ptype,
      markMask,
      flags,
      queueMappingMax,
      unknown,
    })
  },
  read(source, start, end) {
    const { tm, parms: head, pad: _, unknown, ...rest } = options.read(source, start, end)
    if (head === undefined) throw new MalformedMessage('skbedit action without TCA_SKBEDIT_PARMS')
    return withParameters<SkbEdit>({ kind: 'skbedit', ...(rest as object) }, head, 'pipe', { tm, unknown })
  },
}
