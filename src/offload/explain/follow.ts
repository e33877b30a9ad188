import { tunnelsOf } from '../../steering/rule.js'
import type { JudgedRule, Verification } from '../verify.js'
import { askWhatWould } from './asked.js'
import type { LocalParty, Party } from './endpoints.js'
import { type Followed, followAsked, followFlows } from './follow-flows.js'
import type { Carrier, Hop } from './hop.js'
import { type FlowsSeen, flowHop } from './hops-of-flow.js'
import { hopsBack, hopsOfRule, problemOfRule, ruleFound, type Seen } from './hops-of-rule.js'
import { type Way, waysTo, wayToFollow } from './way.js'

/** What Open vSwitch has for a packet, where the sender's representor is one of its ports. */
export interface BesideOvs {
  seen: FlowsSeen
  /** Missing: no flow is there. */
  way?: Way
  ways: number
}

export function lookForWay(seen: FlowsSeen): BesideOvs {
  const { flows, sender, receiver } = seen
  const { mac, askedIp } = receiver
  const ways = mac === undefined ? [] : waysTo(flows.steps, sender.vf.representor?.name ?? '', { mac, ip: askedIp })
  const way = wayToFollow(ways)
  return { seen, ways: ways.length, ...(way !== undefined && { way }) }
}

/**
 * From the representor on, by whatever takes the packet there: our rule, or Open vSwitch's flows.
 * @param ovs missing where the representor isn't its port
 */
export async function follow(seen: Seen, ovs: BesideOvs | undefined): Promise<Followed> {
  const rule = findRule(seen.verification, seen.sender, seen.receiver)
  if (ovs === undefined) return followRule(seen, rule)
  const { way, ways } = ovs
  const isThere = rule?.handle !== undefined
  if (way === undefined) {
    if (isThere) return followRule(seen, rule)
    const asked = await askWhatWould(seen.sender, seen.receiver, ovs.seen.flows.facts)
    return before(missingRule(rule), followAsked(ovs.seen, asked))
  }
  if (!isThere) return before(missingRule(rule), followFlows(ovs.seen, way, ways))
  if (isRuleFirst(rule, way)) {
    const { place, found } = flowHop(ovs.seen, way.steps[0], ways)
    return before([{ place, found: `${found}; comes behind our rule` }], followRule(seen, rule))
  }
  const behind: Hop = { place: 'rule', found: `${ruleFound(rule)}; comes behind Open vSwitch's flow` }
  return before([behind], followFlows(ovs.seen, way, ways))
}

/**
 * TC looks by priority, and Open vSwitch's own data path comes behind all of TC; but what is in hardware takes packets before anything else
 * sees them (DESIGN.md "How rules are owned").
 */
export function isRuleFirst({ inHw, rule: { priority } }: JudgedRule, { steps: [{ rule }] }: Way): boolean {
  if (rule === undefined) return true
  return inHw === rule.inHw ? priority < rule.priority : inHw
}

/** The rule of the sender's that takes what it sends to the receiver. */
function findRule({ rules }: Verification, { id }: LocalParty, receiver: Party): JudgedRule | undefined {
  return rules.find(
    ({ rule: { kind, vf, peer } }) =>
      (kind === 'encap' || kind === 'local') && vf?.pf === id.pf && vf.index === id.index && peer === receiver.mac,
  )
}

function followRule(seen: Seen, rule: JudgedRule | undefined): Followed {
  const hops = [...hopsOfRule(seen, rule), ...hopsBack(seen)]
  if (rule === undefined) return { hops }
  const carrier: Carrier = {
    by: 'rule',
    verdict: rule,
    tunnel: tunnelsOf(rule.rule)[0],
    packets: rule.hardware.packets,
  }
  return { hops, carrier }
}

/** Wanted, and not there: Open vSwitch does without. */
function missingRule(rule: JudgedRule | undefined): Hop[] {
  return rule === undefined ? [] : [{ place: 'rule', found: ruleFound(rule), ...problemOfRule(rule) }]
}

const before = (hops: readonly Hop[], { hops: others, ...rest }: Followed): Followed => ({
  hops: [...hops, ...others],
  ...rest,
})
