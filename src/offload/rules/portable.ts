import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import type { tc } from '../../kernel/index.js'

/**
 * A decoded value in a form that means the same after a reboot and on another node: devices by name instead of by index, whatever kind of
 * filter or action they are in. `null`: the device was gone.
 */
export type Portable<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Portable<Item>[]
    : { [K in keyof T as K extends 'ifindex' ? 'device' : K]: K extends 'ifindex' ? string | null : Portable<T[K]> }

export type PortableFilter = Portable<tc.Filter>

/** Where something stands in a rule: `['actions', 1, 'device']`. */
export type RulePath = readonly (string | number)[]

export function toPortable(filter: tc.Filter, names: ReadonlyMap<Ifindex, string>): PortableFilter {
  return rename(filter, 'ifindex', 'device', (ifindex) => names.get(ifindex as Ifindex) ?? null) as PortableFilter
}

/**
 * @param rule as it came from outside: only its devices are looked at
 * @throws NicsteerError what `ifindexOf` throws for a device; BAD_RULE for an index, which means nothing elsewhere
 */
export function fromPortable(rule: object, ifindexOf: (device: unknown, path: RulePath) => Ifindex | 0): tc.Filter {
  return rename(rule, 'device', 'ifindex', ifindexOf) as tc.Filter
}

function rename(
  value: unknown,
  from: string,
  to: string,
  translate: (device: unknown, path: RulePath) => unknown,
  path: RulePath = [],
): unknown {
  if (Array.isArray(value)) return value.map((item, at) => rename(item, from, to, translate, [...path, at]))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([key, part]) => {
    const at = [...path, key]
    if (key === from) return [to, translate(part, at)]
    if (key === to)
      throw new NicsteerError('BAD_RULE', `${showPath(at)}: use "${from}" here`, { hint: 'docs/rules.md' })
    return [key, rename(part, from, to, translate, at)]
  })
  return Object.fromEntries(fields)
}

/** `actions[1].device` */
export function showPath(path: RulePath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  )
}
