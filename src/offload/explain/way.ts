import { type IpAddress, type MacAddress, parseIp } from '../../base/types.js'
import { allActions, attributeOf, exact, type Flow, itemOf } from '../../ovs/dump-flows/index.js'
import type { FlowRule } from '../flows/evidence.js'
import type { JudgedFlow } from '../flows/judge.js'
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

/**
 * The ways of what a port sends to somebody, one for each flow at their ends: flows that match other things too (protocol, connection state)
 * make several.
 * @param steps flows of the node, in any order
 */
export function waysTo(steps: readonly Step[], port: string, { mac, ip }: Destination): Way[] {
  const sent = steps.filter(
    ({ flow, judged }) => judged.flow.inPort === port && (ip === undefined || coversIp(ipOf(flow, 'dst'), ip)),
  )
  const upTo = waysUpTo(sent)
  const ending = (ends: readonly Step[]) => ends.flatMap((end) => upTo(end, mac) ?? [])
  const whole = ending(sent.filter(isLast))
  if (whole.length > 0) return whole
  // The longest: it gets as far as there are flows.
  const cut = ending(sent.filter((step) => !isLast(step)))
  const most = cut.reduce((length, way) => Math.max(length, way.steps.length), 0)
  return cut.flatMap((way) => {
    const goesOn = way.steps.at(-1)?.judged.flow.recirculates[0]
    return way.steps.length < most || goesOn === undefined ? [] : { ...way, goesOn }
  })
}

const isLast = ({ judged: { flow } }: Step) => flow.outputs.length > 0 || flow.recirculates.length === 0

type UpTo = (step: Step, wanted: Wanted) => Way | undefined

/**
 * The worst way up to a flow of a packet that is to have a destination behind it. Looked for from the end to the beginning, since an address
 * may be set on the way: a router's is what the first flow matches. What leads to a recirculation id is the same for all flows behind it, of
 * which there may be one for each connection.
 */
function waysUpTo(sent: readonly Step[]): UpTo {
  const leadingTo = new Map<number, Step[]>()
  for (const step of sent) {
    for (const id of step.judged.flow.recirculates) {
      const others = leadingTo.get(id)
      if (others === undefined) leadingTo.set(id, [step])
      else others.push(step)
    }
  }
  const known = new Map<string, Way | undefined>()
  const into = (id: number, wanted: Wanted): Way | undefined => {
    const key = `${id} ${wanted}`
    if (!known.has(key)) {
      // Until it is known: a flow that leads to itself leads nowhere.
      known.set(key, undefined)
      known.set(key, worstOf((leadingTo.get(id) ?? []).flatMap((step) => upTo(step, wanted) ?? [])))
    }
    return known.get(key)
  }
  const upTo: UpTo = (step, wanted) => {
    const before = macBefore(step.flow, wanted)
    const { recircId } = step.judged.flow
    if (before === undefined) return undefined
    if (recircId === 0) return { steps: [step] }
    const way = into(recircId, before)
    return way && { steps: [...way.steps, step] }
  }
  return upTo
}

type Wanted = MacAddress | 'any'

/** The destination that a packet has to have in front of a flow to have the wanted one behind it; undefined where none will do. */
function macBefore(flow: Flow, wanted: Wanted): Wanted | undefined {
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
  return worstOf(others.length > 0 ? others : ways)
}

function worstOf(ways: readonly Way[]): Way | undefined {
  const packets = ({ steps }: Way) => steps.at(-1)?.judged.flow.packets ?? 0
  const compare = (a: Way, b: Way) => badness(worstStep(a)) - badness(worstStep(b)) || packets(a) - packets(b)
  const [first, ...more] = ways
  return first && more.reduce((worst, way) => (compare(way, worst) > 0 ? way : worst), first)
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
