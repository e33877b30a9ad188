import { MalformedMessage } from '../../netlink/attribute.js'
import { hex, u32 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Recomputes checksums, after pedit. */
export interface Csum extends ActionParameters {
  kind: 'csum'
  update: CsumTarget[]
}

/** linux/tc_act/tc_csum.h TCA_CSUM_UPDATE_FLAG_*, bit 0 upwards */
const TARGETS = ['ip4h', 'icmp', 'igmp', 'tcp', 'udp', 'udplite', 'sctp'] as const
export type CsumTarget = (typeof TARGETS)[number]

const options = attributes({
  parms: attribute('TCA_CSUM_PARMS', struct({ generic, updateFlags: u32 })),
  tm: attribute('TCA_CSUM_TM', wireAge),
  pad: attribute('TCA_CSUM_PAD', hex),
})

export const csum: ActionKind<Csum> = {
  kind: 'csum',
  names: options,
  write(out, action) {
    const updateFlags = action.update.reduce((flags, target) => flags | (1 << TARGETS.indexOf(target)), 0)
    options.write(out, { parms: { generic: genericOf(action, 'pipe'), updateFlags }, unknown: action.unknown })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head } = wire
    if (head === undefined) throw new MalformedMessage('csum action without TCA_CSUM_PARMS')
    const update = TARGETS.filter((_, bit) => (head.updateFlags & (1 << bit)) !== 0)
    return withParameters<Csum>({ kind: 'csum', update }, head.generic, 'pipe', wire)
  },
}
