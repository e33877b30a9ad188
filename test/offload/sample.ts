import type { Ifindex } from '../../src/base/types.js'
import type { tc } from '../../src/kernel/index.js'
import { flowerOptions } from '../../src/kernel/tc/flower.js'
import { devicesOf, toFilter } from '../../src/offload/translate.js'
import { compile } from '../../src/steering/compile.js'
import { resolve } from '../../src/steering/resolve.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { decode, encode } from '../kernel/support/bytes.js'
import { FILE, NODE } from '../steering/sample.js'

export const INDICES = new Map(['pf0vf0', 'pf0vf1', 'pf1vf3'].map((name, at) => [name, (10 + at) as Ifindex]))
export const TUNNEL = 20 as Ifindex

export function filtersOf(text: string, madeQdisc = false): tc.FlowerFilter[] {
  const { rules } = compile(resolve(loadSteering(text, 'f').steering, NODE))
  return rules.map((rule) => toFilter(rule, devicesOf(INDICES, TUNNEL), madeQdisc))
}

/** As a dump shows it: in the form that decoding gives, with handle, flags, counters and indices of actions. */
export function asDumped(filter: tc.FlowerFilter, handle: number): tc.FlowerFilter {
  const counters = { packets: 7, bytes: 700 }
  const { match, actions } = decode(flowerOptions, encode(flowerOptions, filter))
  return {
    ...filter,
    handle,
    match,
    inHwCount: 1,
    flags: { ...filter.flags, inHw: true },
    actions: actions.map((action, at) => ({
      ...action,
      ...(action.kind !== 'raw' && { index: at + 1, refs: 1, binds: 1 }),
      stats: { ...counters, software: counters, hardware: counters, drops: 0, overlimits: 0 },
    })),
  }
}

/** The file with every layout of tunnel. */
export const LAYOUTS = [
  FILE,
  FILE.replace(', options: ovn', ''),
  FILE.replace('ovn', '[{class: 1, type: 2, data: "0102030405060708"}, {class: 1, type: 3, data: "00000000"}]'),
  FILE.replace('geneve, options: ovn', 'vxlan'),
  FILE.replace('geneve', 'vxlan').replace('5001', '5'),
]

export const dumpOf = (filters: tc.FlowerFilter[]) => filters.map((filter, at) => asDumped(filter, at + 1))
