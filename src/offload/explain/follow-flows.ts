import type { Asked } from './asked.js'
import { wayOut } from './conclusion.js'
import type { Carrier, Hop, Problem } from './hop.js'
import { hopsBehind } from './hops-behind-flow.js'
import { type FlowsSeen, flowHop, hopBack, showRecirculation } from './hops-of-flow.js'
import { type Step, type Way, worstStep } from './way.js'

export interface Followed {
  hops: Hop[]
  /** Missing: packets are dropped. */
  carrier?: Carrier
}

/** Along flows of Open vSwitch, from the representor to the wire, or to the other VF. */
export function followFlows(seen: FlowsSeen, way: Way, ways: number): Followed {
  const { steps, goesOn } = way
  const last = steps.at(-1) as Step
  const { flow } = last.judged
  const worst = worstStep(way).judged.verdict
  const told = steps.map((step, at): Hop => {
    const { problem, ...hop } = flowHop(seen, step, at === 0 ? ways : undefined)
    // One in software makes those before and behind it suspect: it is to be named.
    return { ...hop, ...(problem !== undefined && step.judged.verdict === worst && { problem }) }
  })
  const end = told.at(-1) as Hop
  if (goesOn !== undefined) {
    end.problem ??= {
      text: `packets go on with ${showRecirculation(goesOn)}, for which there is no flow: none has got further in the last ${seen.maxIdle} s`,
      hint: 'send some packets, then ask again',
    }
    return { hops: told, carrier: carrierOf(way, worst === 'hardware' ? { verdict: 'suspect' } : undefined) }
  }
  if (flow.outputs.length === 0 && !flow.slowPath) {
    // Wherever the flows before it are: no packet gets through.
    const plain = told.map(({ place, found }): Hop => ({ place, found }))
    return { hops: [...plain.slice(0, -1), { ...end, problem: dropped('drops these packets', seen) }] }
  }
  const behind = flow.outputs.length === 0 ? [] : hopsBehind(seen, last.judged)
  return { hops: [...told, ...behind, ...hopBack(seen, last.judged)], carrier: carrierOf(way) }
}

function dropped(what: string, { sender, receiver }: FlowsSeen): Problem {
  const frame = `in_port(${sender.vf.representor?.name}),eth(src=${sender.mac ?? 'MAC'},dst=${receiver.mac})`
  return {
    text: `Open vSwitch ${what}`,
    hint: `which of its tables does so: ovs-appctl ofproto/trace ovs-system '${frame},eth_type(0x0800)'`,
  }
}

function carrierOf(way: Way, verdict?: Carrier['verdict']): Carrier {
  const last = way.steps.at(-1) as Step
  const worst = worstStep(way).judged
  return {
    by: 'flow',
    verdict: verdict ?? (worst.verdict === 'hardware' ? last.judged : worst),
    tunnel: last.judged.flow.tunnels[0],
    packets: last.rule?.hardware.packets ?? last.judged.flow.packets,
  }
}

/** No flow is there: what Open vSwitch says that it would do. */
export function followAsked(seen: FlowsSeen, asked: Asked | string): Followed {
  const { flows, sender, receiver, maxIdle } = seen
  const port = sender.vf.representor?.name
  const none = `no flow from ${port} to ${receiver.mac}: no such packet in the last ${maxIdle} s`
  const flow: Hop = {
    place: 'flow',
    found: `${none}, or its flow was deleted; of ${port} there are ${flows.steps.length}`,
  }
  if (typeof asked === 'string') {
    const would = `${none}; what Open vSwitch would do is not known: ${asked}`
    return { hops: [flow, { place: 'asked', found: asked }], carrier: { by: 'asked', packets: 0, would } }
  }
  const { packet, judged, actions } = asked
  const { outputs, tunnels, slowPath } = judged.flow
  const answer: Hop = { place: 'asked', found: `ofproto/trace of ${packet}, not seen: actions:${actions}` }
  if (outputs.length === 0 && !slowPath) {
    const problem = dropped('would drop these packets', seen)
    return { hops: [flow, { ...answer, problem }] }
  }
  const [tunnel] = tunnels
  const how = tunnel === undefined ? `out of ${outputs.join(', ') || 'ovs-vswitchd'}` : wayOut(sender, tunnel)
  return {
    hops: [flow, answer, ...(outputs.length === 0 ? [] : hopsBehind(seen, judged).map(withoutNeighbour))],
    carrier: {
      by: 'asked',
      tunnel,
      packets: 0,
      would: `${none}; asked, Open vSwitch would send it ${how}`,
      ...(judged.verdict === 'wrong' && { verdict: judged }),
    },
  }
}

/** Before anybody has sent, nobody has asked for the next hop's MAC: that it is not known is as it should be. */
function withoutNeighbour({ place, found, problem }: Hop): Hop {
  if (place !== 'neighbour' || problem === undefined) return { place, found, ...(problem !== undefined && { problem }) }
  return { place, found: `${found}, and nobody has sent to it yet` }
}
