import type { MacAddress } from '../../base/types.js'
import { tc } from '../../kernel/index.js'
import type { Topology } from '../../node/facts.js'
import { showVf } from '../../steering/model.js'
import { showDevice, showRule, tunnelsOf } from '../../steering/rule.js'
import type { Desired } from '../desired.js'
import { isFlowOfOvs } from '../flows/rules-of-ovs.js'
import { ownershipOf } from '../ownership.js'
import type { TunnelPaths } from '../preflight.js'
import type { ReasonCode } from '../reasons/index.js'
import { allIngressFilters, type Session } from '../session.js'
import type { JudgedRule, Verification } from '../verify.js'
import { coversMac } from './covers.js'
import { type LocalParty, type Party, showParty } from './endpoints.js'
import type { Hop, Problem } from './hop.js'
import { hopOfNeighbourVf, neighbourHop, nicHop, routeHop } from './hops-of-path.js'

/** What an explanation is made of. */
export interface Seen {
  session: Session
  topology: Topology
  wanted: Desired
  paths: TunnelPaths
  verification: Verification
  /** Flows of Open vSwitch were looked at: they are told of there. */
  flowsSeen: boolean
  sender: LocalParty
  receiver: Party
}

/** From the representor to the wire, or to the other VF. */
export function hopsOfRule(seen: Seen, carrier: JudgedRule | undefined): Hop[] {
  if (carrier === undefined) return [noRule(seen)]
  const front = inFront(seen, carrier)
  const rule: Hop = { place: 'rule', found: ruleFound(carrier), ...problemOfRule(carrier) }
  if (front !== undefined) rule.problem = front
  if (carrier.rule.kind === 'local') return [rule, ...hopOfNeighbourVf(seen.sender, seen.receiver)]
  return [rule, ...hopsOfTunnel(seen, carrier)]
}

/** Of all pairs of two NICs together. */
const BETWEEN_NICS = new Set(['INTRA_NODE_ROUTE', 'VTEP_IS_NODE_ADDRESS', 'INTRA_NODE_OFF'])

function noRule({ wanted, sender, receiver }: Seen): Hop {
  const betweenNics = receiver.kind === 'local' && receiver.id.pf !== sender.id.pf
  const names = [receiver.mac, receiver.kind === 'local' ? showVf(receiver.id) : undefined]
  const isAbout = (text: string) =>
    text.includes(showVf(sender.id)) && names.some((name) => name !== undefined && text.includes(name))
  const about =
    wanted.findings.find(({ text }) => isAbout(text)) ??
    (betweenNics ? wanted.findings.find(({ code }) => BETWEEN_NICS.has(code)) : undefined)
  const problem: Problem =
    about === undefined
      ? {
          text: `no rule is wanted from ${showParty(sender)} to ${showParty(receiver)}`,
          hint: 'name both in one network of the steering file, then nicsteer apply -f FILE',
        }
      : { text: about.text, hint: about.hint, reason: { code: about.code, hint: about.hint, source: 'evidence' } }
  return { place: 'rule', found: 'none', problem }
}

export function ruleFound({ rule, device, handle, verdict, carrying, hardware, software }: JudgedRule): string {
  const where = `${device}, chain ${rule.chain}, priority ${rule.priority}${handle === undefined ? '' : `, handle ${handle}`}`
  const counters = `${hardware.packets} packets in hardware, ${software.packets} in software`
  return `${showRule(rule)} on ${where}: ${verdict}${carrying ? `, carrying: ${carrying}` : ''}; ${counters}`
}

/** What the route and the neighbour are to blame for is told there. */
const TOLD_ELSEWHERE = new Set<ReasonCode>([
  'WRONG_ROUTE',
  'LOCAL_ROUTE',
  'OTHER_PF_ROUTE',
  'NO_ROUTE',
  'NO_SOURCE_ADDRESS',
  'NEIGHBOUR_UNRESOLVED',
])

export function problemOfRule({ verdict, intended, reason, device }: JudgedRule): { problem?: Problem } {
  if (verdict === 'hardware' || intended || (reason !== undefined && TOLD_ELSEWHERE.has(reason.code))) return {}
  const told = reason?.text === undefined ? '' : `: "${reason.text}"`
  const texts: Readonly<Record<string, string>> = {
    missing: `the rule is not installed on ${device}${told}`,
    wrong: `the rule on ${device} does something else than wanted`,
    foreign: `somebody else's rule is in the place of ours on ${device}`,
    software: `the NIC did not take the rule${told}`,
    suspect: `the rule is flagged in_hw, but its packets go through software`,
  }
  return {
    problem: { text: texts[verdict] ?? verdict, hint: reason?.hint ?? '', ...(reason !== undefined && { reason }) },
  }
}

/** Somebody else's filter that comes first and takes the packet. */
function inFront({ session, sender, receiver, flowsSeen }: Seen, { rule }: JudgedRule): Problem | undefined {
  const ifindex = sender.vf.representor?.ifindex
  const taker = allIngressFilters(session).find(
    (filter) =>
      filter.ifindex === ifindex &&
      filter.chain === rule.chain &&
      filter.priority < rule.priority &&
      ownershipOf(filter) === undefined &&
      !(flowsSeen && isFlowOfOvs(filter)) &&
      mayTake(filter, sender, receiver),
  )
  if (taker === undefined) return undefined
  const device = sender.vf.representor?.name
  const { priority, handle, kind } = taker
  return {
    text: `somebody else's ${kind} filter of priority ${priority} on ${device} comes before ours and takes these packets`,
    hint: `tc -s filter show dev ${device} ingress; when nobody needs it: tc filter del dev ${device} ingress pref ${priority}${handle === undefined ? '' : ` handle 0x${handle.toString(16)} ${kind}`}`,
  }
}

/** By MACs alone: whatever else it matches may be so. Kinds other than flower and matchall cannot be read like that. */
function mayTake(filter: tc.Filter, sender: LocalParty, receiver: Party): boolean {
  if (!tc.isFlower(filter)) return filter.kind === 'matchall'
  const { ethSrc, ethSrcMask, ethDst, ethDstMask, encKeyId } = filter.match
  return encKeyId === undefined && covers(ethSrc, ethSrcMask, sender.mac) && covers(ethDst, ethDstMask, receiver.mac)
}

function covers(value: MacAddress | undefined, mask: MacAddress | undefined, mac: MacAddress | undefined): boolean {
  return value === undefined || mac === undefined || coversMac({ value, mask }, mac)
}

function hopsOfTunnel({ topology, wanted, paths, sender }: Seen, { rule }: JudgedRule): Hop[] {
  const [tunnel] = tunnelsOf(rule)
  const [path] = paths.of(rule)
  if (tunnel === undefined || path === undefined || rule.action.kind !== 'encap') return []
  const { localIp, remoteIp, vni, port, ttl, options } = tunnel
  const option = options
    .map((one) => `, option ${one.class.toString(16)}:${one.type.toString(16)}:${one.data}`)
    .join('')
  const device = wanted.tunnel
  return [
    {
      place: 'tunnel',
      found: `${localIp} -> ${remoteIp}, VNI ${vni}, UDP port ${port}, TTL ${ttl}${option}; local_ip: ${rule.why}`,
    },
    device === undefined
      ? {
          place: 'tunnel device',
          found: `none for ${showDevice(rule.action.to)}`,
          problem: {
            text: `there is no tunnel device for ${showDevice(rule.action.to)}`,
            hint: 'nicsteer apply -f FILE makes one',
          },
        }
      : {
          place: 'tunnel device',
          found: `${device.name}, ${device.up ? 'up' : 'down'}${device.ours ? ', ours' : ''}`,
          ...(!device.up && {
            problem: {
              text: `tunnel device ${device.name} is down: what comes back is lost`,
              hint: `ip link set ${device.name} up`,
            },
          }),
        },
    routeHop(path, wanted, sender),
    ...neighbourHop(path),
    nicHop(sender.pf, topology),
  ]
}

/** What comes back, as far as this node has to do with it. */
export function hopsBack({ verification, sender, receiver, wanted }: Seen): Hop[] {
  const forward = wanted.rules.find(
    ({ kind, vf, peer }) =>
      kind === 'encap' && vf?.pf === sender.id.pf && vf.index === sender.id.index && peer === receiver.mac,
  )
  const remoteIp = forward === undefined ? undefined : tunnelsOf(forward)[0]?.remoteIp
  if (remoteIp === undefined) return []
  const back = verification.rules.find(
    ({ rule: { kind, vf, match } }) =>
      kind === 'decap' &&
      vf?.pf === sender.id.pf &&
      vf.index === sender.id.index &&
      match.tunnel?.remoteIp === remoteIp,
  )
  const remote: Hop = { place: 'remote', found: `${showParty(receiver)}, behind ${remoteIp}` }
  if (back === undefined) return [remote]
  return [remote, { place: 'back', found: ruleFound(back), ...problemOfRule(back) }]
}
