import { parseIfindex } from '../../../src/base/types.js'
import type { tc } from '../../../src/kernel/index.js'
import type { OfferEvent, TextEvent } from '../../../src/offload/trace/event.js'

export const NETNS = 4026531840
const UFID = 'ab'.repeat(16)

const said = {
  time: new Date('2026-01-02T03:04:05.678Z'),
  monotonic: 1_000_000n,
  pid: 368,
  tid: 372,
  comm: 'handler3',
  texts: ['simnic: not today'],
  moreTexts: 0,
}

/** A flow of Open vSwitch that one driver was asked about, and refused. */
export function offer(changes: Partial<OfferEvent> = {}): OfferEvent {
  return {
    kind: 'offer',
    ...said,
    netns: NETNS,
    device: 'pf0vf0',
    ifindex: parseIfindex(7),
    parent: 'ingress',
    chain: 0,
    priority: 2,
    protocol: 0x800,
    classifier: 'flower',
    handle: 1,
    cookie: UFID,
    driverCookie: 'ffff888012345678',
    before: {},
    after: {},
    asked: 1,
    took: 0,
    ...changes,
  }
}

export const textEvent = (...texts: string[]): TextEvent => ({ kind: 'text', ...said, texts })

/** The filter of that flow, as a dump shows it. */
export function filter(changes: Partial<tc.FlowerFilter> = {}): tc.FlowerFilter {
  return {
    kind: 'flower',
    ifindex: parseIfindex(7),
    parent: 'ingress',
    chain: 0,
    priority: 2,
    protocol: 0x800,
    handle: 1,
    match: {},
    actions: [{ kind: 'gact', control: 'drop', cookie: UFID }],
    flags: { notInHw: true },
    ...changes,
  }
}

/** Without what the kernel doesn't tell. */
export function without<T extends object, K extends keyof T>(whole: T, ...keys: K[]): Omit<T, K> {
  const rest = { ...whole }
  for (const key of keys) delete rest[key]
  return rest
}
