import type { Topology } from '../../node/facts.js'
import type { Desired } from '../desired.js'
import type { ReasonCode } from '../reasons/index.js'
import type { LocalParty, Party } from './endpoints.js'
import type { Hop, Problem } from './hop.js'
import { crossesNics } from './hops-behind-flow.js'
import type { PortFlows } from './port-flows.js'
import { type Step, waysBack, worstStep } from './way.js'

/** What an explanation of flows is made of. */
export interface FlowsSeen {
  topology: Topology
  wanted: Desired
  flows: PortFlows
  /** Seconds after its last packet that a flow is kept. */
  maxIdle: number
  sender: LocalParty
  receiver: Party
}

export const showRecirculation = (id: number) => `recirc_id 0x${id.toString(16)}`

/** Another tunnel than wanted, its route and its neighbour are told of where they come. */
const TOLD_BEHIND = new Set<ReasonCode>(['WRONG_LOCAL_IP', 'WRONG_REMOTE_IP', 'WRONG_ROUTE', 'NEIGHBOUR_UNRESOLVED'])

export function flowHop(seen: FlowsSeen, step: Step, ways: number | undefined): Hop {
  const others = ways === undefined || ways === 1 ? '' : `of ${ways} ways to ${seen.receiver.mac} this one: `
  const problem = problemOfFlow(seen, step)
  return { place: 'flow', found: `${others}${flowFound(step)}`, ...(problem !== undefined && { problem }) }
}

/** One flow in words. */
function flowFound({ judged, rule }: Step): string {
  const { flow, verdict, carrying } = judged
  const { recircId, ufid, layer, outputs, recirculates } = flow
  const place = [
    showRecirculation(recircId),
    ...(ufid === undefined ? [] : [`ufid ${ufid}`]),
    ...(layer === undefined ? [] : [`dp:${layer}`]),
    ...(rule === undefined ? [] : [`priority ${rule.priority}`]),
  ].join(', ')
  const counted =
    rule === undefined
      ? `${flow.packets} packets`
      : `${rule.hardware.packets} packets in hardware, ${rule.software.packets} in software`
  const to = [...outputs, ...recirculates.map(showRecirculation)].join(', ') || 'nowhere'
  return `${place}: ${verdict}${carrying === undefined ? '' : `, carrying: ${carrying}`}; ${counted}; goes to ${to}`
}

function problemOfFlow(seen: FlowsSeen, { judged }: Step): Problem | undefined {
  const { verdict, by, reason, intended, flow } = judged
  if (verdict === 'hardware' || (intended && flow.outputs.length > 0)) return undefined
  if (reason !== undefined && TOLD_BEHIND.has(reason.code)) return undefined
  if (verdict === 'software' && crossesNics(seen, judged)) return undefined
  const told = reason?.text === undefined ? '' : `: "${reason.text}"`
  const texts: Readonly<Record<string, string>> = {
    software:
      by === 'tc' ? `the NIC did not take Open vSwitch's flow${told}` : `Open vSwitch carries the flow itself${told}`,
    suspect: `Open vSwitch's flow is flagged offloaded, but hardware does not carry its packets to the end${told}`,
  }
  return { text: texts[verdict] ?? verdict, hint: reason?.hint ?? '', ...(reason !== undefined && { reason }) }
}

/** What comes back, as far as flows show it. */
export function hopBack({ flows, sender, receiver }: FlowsSeen, { flow }: Step['judged']): Hop[] {
  const [tunnel] = flow.tunnels
  const port = sender.vf.representor?.name
  if (tunnel === undefined || port === undefined || receiver.mac === undefined) return []
  const [first, ...more] = waysBack(flows.steps, port, tunnel.remoteIp, receiver.mac)
  if (first === undefined) return [{ place: 'back', found: `no flow from ${tunnel.remoteIp} to ${port}` }]
  const step = worstStep({ steps: [first, ...more] })
  const { verdict, reason } = step.judged
  const hop: Hop = { place: 'back', found: flowFound(step) }
  if (verdict === 'hardware') return [hop]
  const told = reason?.text === undefined ? '' : `: "${reason.text}"`
  const text = `Open vSwitch's flow back from ${tunnel.remoteIp} is ${verdict}${told}`
  return [{ ...hop, problem: { text, hint: reason?.hint ?? '', ...(reason !== undefined && { reason }) } }]
}
