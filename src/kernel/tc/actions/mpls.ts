import { MalformedMessage } from '../../netlink/attribute.js'
import { be16, padding, s32, u8, u32 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Changes the MPLS label stack. */
export interface Mpls extends ActionParameters {
  kind: 'mpls'
  operation: MplsOperation
  /** ETH_P_*: of the new outermost header (`push`, 0x8847 where missing), or of what is left (`pop`, needed there). */
  protocol?: number
  /** 20 bits; needed to push. */
  label?: number
  /** 3 bits. */
  tc?: number
  /** 1 to 255; the namespace's default where missing. */
  ttl?: number
  /** Bottom of stack, 0 or 1; from the packet where missing. */
  bos?: number
}

/** linux/tc_act/tc_mpls.h TCA_MPLS_ACT_*, from 1 */
const OPERATIONS = ['pop', 'push', 'modify', 'dec_ttl', 'mac_push'] as const
export type MplsOperation = (typeof OPERATIONS)[number]

const parms = struct({ generic, operation: s32 })

const options = attributes({
  tm: attribute('TCA_MPLS_TM', wireAge),
  parms: attribute('TCA_MPLS_PARMS', parms),
  pad: attribute('TCA_MPLS_PAD', padding),
  protocol: attribute('TCA_MPLS_PROTO', be16),
  label: attribute('TCA_MPLS_LABEL', u32),
  tc: attribute('TCA_MPLS_TC', u8),
  ttl: attribute('TCA_MPLS_TTL', u8),
  bos: attribute('TCA_MPLS_BOS', u8),
})

export const mpls: ActionKind<Mpls> = {
  kind: 'mpls',
  names: options,
  write(out, action) {
    const { protocol, label, tc, ttl, bos, unknown } = action
    const operation = OPERATIONS.indexOf(action.operation) + 1
    options.write(out, {
      parms: { generic: genericOf(action, 'pipe'), operation },
      protocol,
      label,
      tc,
      ttl,
      bos,
      unknown,
    })
  },
  read(source, start, end) {
    const { tm, parms: head, unknown, protocol, ...rest } = options.read(source, start, end)
    const operation = OPERATIONS[(head?.operation ?? 0) - 1]
    if (head === undefined || operation === undefined) throw new MalformedMessage('mpls action without an operation')
    // The kernel says a protocol for every operation and refuses it for these (act_mpls.c tcf_mpls_dump, _init).
    const takesProtocol = operation !== 'modify' && operation !== 'dec_ttl'
    const action = {
      kind: 'mpls',
      operation,
      ...(takesProtocol && protocol !== undefined && { protocol }),
      ...(rest as object),
    } as const
    return withParameters<Mpls>(action, head.generic, 'pipe', { tm, unknown })
  },
}
