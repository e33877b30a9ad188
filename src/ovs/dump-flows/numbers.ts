import { SLASH } from './characters.js'
import type { Item, Spec, Spelling } from './grammar.js'
import { BARE, DECIMAL, type Notation, notationOf, showNumber, writes } from './numeral.js'
import type { Scanner } from './scanner.js'

type NumberSpec = Extract<Spec, { kind: 'number' | 'maybeNumber' }>
type WideSpec = Extract<Spec, { kind: 'wide' | 'maybeWide' }>

export function readNumber(s: Scanner, name: string, spec: NumberSpec): Item {
  const value = s.number(spec.max)
  const as = foundAs(s, spec.as)
  if (spec.mask === undefined || !hasMask(s)) {
    return { name, value, mask: undefined, spelling: spelling(spec, as) }
  }
  if (spec.mask === BARE) {
    const mask = s.bareHex(spec.max)
    return { name, value, mask, spelling: spelling(spec, as) }
  }
  const mask = s.number(spec.max)
  return { name, value, mask, spelling: spelling(spec, as, foundAs(s, spec.mask)) }
}

export function readWide(s: Scanner, name: string, spec: WideSpec): Item {
  const value = s.wide(spec.bits)
  const as = foundAs(s, spec.as)
  if (spec.mask === undefined || !hasMask(s)) {
    return { name, value, mask: undefined, spelling: spelling(spec, as) }
  }
  const mask = s.wide(spec.bits)
  return { name, value, mask, spelling: spelling(spec, as, foundAs(s, spec.mask)) }
}

/** Steps over the slash in front of a mask. */
export function hasMask(s: Scanner): boolean {
  return s.skip(SLASH)
}

export function showNumbered(item: Item, { as, mask: maskAs = DECIMAL }: NumberSpec | WideSpec): string {
  const { value, mask } = item as { value?: number | bigint; mask?: number | bigint }
  if (value === undefined) return ''
  const { spelling = { value: as, mask: maskAs } } = item as { spelling?: Spelling }
  const shown = showNumber(value, spelling.value)
  return mask === undefined ? shown : `${shown}/${showNumber(mask, spelling.mask)}`
}

function foundAs(s: Scanner, usual: Notation): Notation {
  return writes(usual, s) ? usual : notationOf(s)
}

/** Undefined where both are as usual, which is nearly everywhere. */
function spelling({ as, mask = DECIMAL }: NumberSpec | WideSpec, value: Notation, maskAs = mask): Spelling | undefined {
  return value === as && maskAs === mask ? undefined : { value, mask: maskAs }
}
