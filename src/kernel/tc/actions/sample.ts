import { MalformedMessage } from '../../netlink/attribute.js'
import { padding, u32 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Hands every `rate`-th packet to psample's listeners. */
export interface Sample extends ActionParameters {
  kind: 'sample'
  rate: number
  group: number
  /** Bytes of the packet that are handed over; all where missing. */
  truncate?: number
}

const options = attributes({
  tm: attribute('TCA_SAMPLE_TM', wireAge),
  parms: attribute('TCA_SAMPLE_PARMS', generic),
  rate: attribute('TCA_SAMPLE_RATE', u32),
  truncate: attribute('TCA_SAMPLE_TRUNC_SIZE', u32),
  group: attribute('TCA_SAMPLE_PSAMPLE_GROUP', u32),
  pad: attribute('TCA_SAMPLE_PAD', padding),
})

export const sample: ActionKind<Sample> = {
  kind: 'sample',
  names: options,
  write(out, action) {
    const { rate, truncate, group, unknown } = action
    options.write(out, { parms: genericOf(action, 'pipe'), rate, truncate, group, unknown })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, rate, truncate, group } = wire
    if (head === undefined || rate === undefined || group === undefined) {
      throw new MalformedMessage('sample action without rate or group')
    }
    const action: Sample = { kind: 'sample', rate, group, ...(truncate !== undefined && { truncate }) }
    return withParameters(action, head, 'pipe', wire)
  },
}
