import { MalformedMessage } from '../netlink/attribute.js'

/** What happens to a packet after an action, linux/pkt_cls.h TC_ACT_*. `pipe` is "on to the next action". */
export type Control = ControlName | { gotoChain: number } | { jump: number }
export type ControlName = keyof typeof CODES

const CODES = {
  continue: -1,
  ok: 0,
  reclassify: 1,
  drop: 2,
  pipe: 3,
  stolen: 4,
  queued: 5,
  repeat: 6,
  redirect: 7,
  trap: 8,
} as const

const NAMES = new Map<number, ControlName>(Object.entries(CODES).map(([name, code]) => [code, name as ControlName]))

/** Extended controls carry a value in the low 28 bits, their kind in the high four. */
const JUMP = 1
const GOTO_CHAIN = 2
const VALUE_BITS = 28
export const CONTROL_VALUE_MAX = 2 ** VALUE_BITS - 1

export function controlCode(control: Control): number {
  if (typeof control === 'string') return CODES[control]
  const [kind, value] = 'gotoChain' in control ? [GOTO_CHAIN, control.gotoChain] : [JUMP, control.jump]
  if (!Number.isInteger(value) || value < 0 || value > CONTROL_VALUE_MAX) {
    throw new RangeError(`${value} does not fit into an action's control: 0 to ${CONTROL_VALUE_MAX}`)
  }
  return (kind << VALUE_BITS) | value
}

/** @throws MalformedMessage for a control no kernel header has */
export function controlFromCode(code: number): Control {
  const name = NAMES.get(code)
  if (name !== undefined) return name
  const value = code & CONTROL_VALUE_MAX
  if (code >>> VALUE_BITS === GOTO_CHAIN) return { gotoChain: value }
  if (code >>> VALUE_BITS === JUMP) return { jump: value }
  throw new MalformedMessage(`${code} is not an action's control`)
}
