import { MalformedMessage } from '../../netlink/attribute.js'
import { hex, s32, u16 } from '../../netlink/codec.js'
import { attribute, attributes } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { type Control, controlCode, controlFromCode } from '../control.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Only a control: drop, ok, trap, goto a chain … */
export interface Gact extends ActionParameters {
  kind: 'gact'
  control: Control
  /** Another control for one packet in `value`, by chance or in turn. */
  random?: { type: 'netrand' | 'determ'; value: number; control: Control }
}

const RANDOM_TYPES = ['none', 'netrand', 'determ'] as const

/** linux/tc_act/tc_gact.h struct tc_gact and tc_gact_p */
const probability = struct({ ptype: u16, pval: u16, paction: s32 })

const options = attributes({
  tm: attribute('TCA_GACT_TM', wireAge),
  parms: attribute('TCA_GACT_PARMS', generic),
  prob: attribute('TCA_GACT_PROB', probability),
  pad: attribute('TCA_GACT_PAD', hex),
})

export const gact: ActionKind<Gact> = {
  kind: 'gact',
  names: options,
  write(out, action) {
    options.write(out, {
      parms: genericOf(action, action.control),
      prob: action.random && {
        ptype: RANDOM_TYPES.indexOf(action.random.type),
        pval: action.random.value,
        paction: controlCode(action.random.control),
      },
      unknown: action.unknown,
    })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, prob } = wire
    if (head === undefined) throw new MalformedMessage('gact action without TCA_GACT_PARMS')
    const action: Gact = { kind: 'gact', control: controlFromCode(head.action) }
    const type = RANDOM_TYPES[prob?.ptype ?? 0]
    if (prob !== undefined && (type === 'netrand' || type === 'determ')) {
      action.random = { type, value: prob.pval, control: controlFromCode(prob.paction) }
    }
    return withParameters(action, head, action.control, wire)
  },
}
