import { type IpAddress, type MacAddress, parseIp } from '../../base/types.js'
import { allActions, attributeOf, exact, type Flow, itemOf } from '../../ovs/dump-flows/index.js'
import type { FlowRule, JudgedFlow } from '../flows/judge.js'
import type { VerdictWord } from '../verdict.js'
import { coversIp, coversMac } from './covers.js'

/** A flow of Open vSwitch, and what TC has of it. */
export interface Step {
  flow: Flow
  judged: JudgedFlow
  rule?: FlowRule
}

/** The flows that a packet goes through one after another, joined by their recirculation ids. */
export interface Way {
  steps: readonly [Step, ...Step[]]
  /** The recirculation id that it goes on with, and no flow takes it up. */
  goesOn?: number
}

export interface Destination {
  mac: MacAddress
  /** Where somebody asked for it. */
  ip?: IpAddress | undefined
}

/** Longer chains are nobody's. */
const MOST_STEPS = 16

/**
 * All ways of what a port sends to somebody: flows that match other things too (protocol, connection state) make several.
 * @param steps flows of the node, in any order
 */
export function waysTo(steps: readonly Step[], port: string, to: Destination): Way[] {
  const sent = steps.filter(({ judged }) => judged.flow.inPort === port)
  const leadingTo = new Map<number, Step[]>()
  for (const step of sent) {
    for (const id of step.judged.flow.recirculates) leadingTo.set(id, [...(leadingTo.get(id) ?? []), step])
  }
  const whole = sent.filter(isLast).flatMap((last) => waysThat(last, to, leadingTo))
  if (whole.length > 0) return whole
  // The longest: it gets as far as there are flows.
  const cut = sent.filter((step) => !isLast(step)).flatMap((step) => waysThat(step, to, leadingTo))
  const most = Math.max(...cut.map((way) => way.steps.length))
  return cut.flatMap((way) => {
    const goesOn = way.steps.at(-1)?.judged.flow.recirculates[0]
    return way.steps.length < most || goesOn === undefined ? [] : { ...way, goesOn }
  })
}

const isLast = ({ judged: { flow } }: Step) => flow.outputs.length > 0 || flow.recirculates.length === 0

/** From its end to its beginning, since an address may be set on the way: a router's is what the first flow matches. */
function waysThat(last: Step, { mac, ip }: Destination, leadingTo: ReadonlyMap<number, readonly Step[]>): Way[] {
  const ways: Way[] = []
  const walk = (step: Step, wanted: MacAddress | 'any', behind: readonly Step[]): void => {
    const before = macBefore(step.flow, wanted)
    if (before === undefined || behind.includes(step) || (ip !== undefined && !coversIp(ipOf(step.flow, 'dst'), ip)))
      return
    const { recircId } = step.judged.flow
    if (recircId === 0) ways.push({ steps: [step, ...behind] })
    else if (behind.length < MOST_STEPS)
      for (const one of leadingTo.get(recircId) ?? []) walk(one, before, [step, ...behind])
  }
  walk(last, mac, [])
  return ways
}

/** The destination that a packet has to have in front of a flow to have the wanted one behind it; undefined where none will do. */
function macBefore(flow: Flow, wanted: MacAddress | 'any'): MacAddress | 'any' | undefined {
  const set = allActions(flow.actions).flatMap((action) =>
    action.name === 'set' && action.to.name === 'eth' ? (exact(itemOf(action.to.items, 'dst')) ?? []) : [],
  )
  const last = set.at(-1)
  if (last !== undefined) return wanted === 'any' || wanted === last ? 'any' : undefined
  if (wanted === 'any') return 'any'
  return coversMac(ethOf(flow, 'dst'), wanted) ? wanted : undefined
}

const ethOf = ({ key }: Flow, side: 'src' | 'dst') => itemOf(attributeOf(key, 'eth')?.items ?? [], side)

function ipOf({ key }: Flow, side: 'src' | 'dst') {
  const v4 = attributeOf(key, 'ipv4')
  return v4 === undefined ? itemOf(attributeOf(key, 'ipv6')?.items ?? [], side) : itemOf(v4.items, side)
}

const BADNESS: Readonly<Record<VerdictWord, number>> = {
  wrong: 6,
  missing: 5,
  software: 4,
  fallback: 3,
  suspect: 2,
  foreign: 1,
  hardware: 0,
}

/** A way is as good as the worst of its flows. */
export function worstStep({ steps }: Way): Step {
  return steps.reduce((worst, step) => (badness(step) > badness(worst) ? step : worst))
}

const badness = ({ judged }: Step) => BADNESS[judged.verdict]

const ARP = 0x0806

/** The one to follow: of those that carry IP the worst, of such the busiest; an address that is asked for goes by the others. */
export function wayToFollow(ways: readonly Way[]): Way | undefined {
  const isArp = ({ steps: [first] }: Way) => exact(attributeOf(first.flow.key, 'eth_type')) === ARP
  const others = ways.filter((way) => !isArp(way))
  const packets = ({ steps }: Way) => steps.at(-1)?.judged.flow.packets ?? 0
  return [...(others.length > 0 ? others : ways)].sort(
    (a, b) => badness(worstStep(b)) - badness(worstStep(a)) || packets(b) - packets(a),
  )[0]
}

/** Flows that bring what somebody behind a tunnel sends to a port. */
export function waysBack(steps: readonly Step[], port: string, remoteIp: IpAddress, mac: MacAddress): Step[] {
  return steps.filter(
    ({ flow, judged: { flow: seen } }) =>
      seen.from?.remoteIp === remoteIp &&
      seen.outputs.includes(port) &&
      !seen.multicast &&
      coversMac(ethOf(flow, 'src'), mac),
  )
}

/** Which IP has which MAC, as flows to and from a port match them together: what ARP says, and else what IP packets have. */
export function addressesIn(steps: readonly Step[]): Map<IpAddress, MacAddress> {
  const pairs = new Map<IpAddress, MacAddress>()
  const add = (ip: string | undefined, mac: string | undefined) => {
    if (ip !== undefined && mac !== undefined && !pairs.has(ip as IpAddress)) pairs.set(parseIp(ip), mac as MacAddress)
  }
  for (const { flow } of steps) {
    const arp = attributeOf(flow.key, 'arp')?.items ?? []
    add(exact(itemOf(arp, 'sip')), exact(itemOf(arp, 'sha')))
  }
  for (const { flow } of steps)
    for (const side of ['src', 'dst'] as const) add(exact(ipOf(flow, side)), exact(ethOf(flow, side)))
  return pairs
}
