import { hrtime } from 'node:process'
import { parseIfindex } from '../../base/types.js'
import { bpf, tc } from '../../kernel/index.js'
import type { OfferEvent, TextEvent, TraceEvent } from './event.js'

const { array, bigU64, bytes, layout, s32, text, u32 } = bpf

const TEXTS = 4

/** bpf/offers.bpf.c struct offer_event, where its members are explained. */
export const offerEvent = layout({
  time: bigU64,
  filter: bigU64,
  event: u32,
  pid: u32,
  tgid: u32,
  netns: u32,
  ifindex: u32,
  block: u32,
  direction: u32,
  chain: u32,
  priority: u32,
  protocol: u32,
  handle: u32,
  before: u32,
  after: u32,
  took: u32,
  asked: u32,
  status: s32,
  said: u32,
  size: u32,
  cookie: bytes(16),
  device: text(16),
  classifier: text(16),
  comm: text(16),
  texts: array(text(128), TEXTS),
})

/** bpf/extack.bpf.c struct extack_event */
export const extackEvent = layout({ time: bigU64, pid: u32, tgid: u32, comm: text(16), text: text(128) })

/** bpf/offers.bpf.c enum event_kind, enum direction */
const TEXT = 2
const DIRECTIONS = [undefined, 'ingress', 'egress'] as const

export function readOffer(raw: bpf.ValueOf<typeof offerEvent>): TraceEvent {
  const { said, texts } = raw
  const heard = { ...whoAndWhen(raw), texts: texts.slice(0, said), moreTexts: Math.max(0, said - TEXTS) }
  if (raw.event === TEXT) return { kind: 'text', ...heard }
  const { filter, netns, ifindex, block, chain, priority, protocol, classifier, handle, asked, took, status } = raw
  const parent = DIRECTIONS[raw.direction]
  const offer: OfferEvent = {
    kind: 'offer',
    ...heard,
    netns,
    ...(ifindex !== 0 && { ifindex: parseIfindex(ifindex), device: raw.device }),
    ...(block !== 0 && { block }),
    ...(parent !== undefined && { parent }),
    chain,
    priority,
    protocol,
    classifier,
    ...(handle !== 0 && { handle }),
    ...(raw.size > 0 && { cookie: Buffer.from(raw.cookie.subarray(0, raw.size)).toString('hex') }),
    ...(filter !== 0n && { driverCookie: filter.toString(16) }),
    before: tc.flagsFromBits(raw.before),
    after: tc.flagsFromBits(raw.after),
    asked,
    took,
    ...(status !== 0 && { errno: -status }),
  }
  return offer
}

export function readText(raw: bpf.ValueOf<typeof extackEvent>): TextEvent {
  return { kind: 'text', ...whoAndWhen(raw), texts: [raw.text], moreTexts: 0 }
}

function whoAndWhen({ time, pid, tgid, comm }: { time: bigint; pid: number; tgid: number; comm: string }) {
  const age = Number(hrtime.bigint() - time) / 1e6
  return { time: new Date(Date.now() - age), monotonic: time, pid: tgid, tid: pid, comm }
}
