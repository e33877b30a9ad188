import { NicsteerError } from '../../base/errors.js'
import type { Topology } from '../../node/facts.js'
import { discover, pfsOf } from '../../node/topology.js'
import { LOCAL_OVS, readLocalOvs } from '../../ovs/local.js'
import { showVf } from '../../steering/model.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { type Desired, desired, installedRules } from '../desired.js'
import { TunnelPaths } from '../preflight.js'
import type { Session } from '../session.js'
import { type JudgedRule, type Verification, verify } from '../verify.js'
import { conclude } from './conclusion.js'
import { findParty, findSender, type Known, type LocalParty, type Party, showParty } from './endpoints.js'
import type { Explanation, Hop } from './hop.js'
import { hopsBack, hopsOfRule } from './hops-of-rule.js'
import { hopsOfVf } from './hops-of-vf.js'

export interface ExplainQuery {
  from: string
  to: string
}

/**
 * Follows a packet from a VF of this node to somebody: what is looked up on the way, what is found, and where it goes wrong.
 * @param file without it, by the rules that are installed and ours
 * @throws NicsteerError UNKNOWN_ENDPOINT, NOT_OF_THIS_NODE, SAME_ENDPOINT
 */
export async function explain(
  session: Session,
  file: LoadedSteering | undefined,
  { from, to }: ExplainQuery,
): Promise<Explanation> {
  const topology = discover(session.route, session.generic)
  const { wanted, refused } = wantedHere(session, file)
  const known: Known = {
    topology,
    file: file?.steering,
    rules: wanted.rules,
    interfaces: await interfacesOf(topology),
  }
  const sender = findSender(from, known)
  const receiver = findParty(to, known)
  if (receiver.kind === 'local' && showVf(receiver.id) === showVf(sender.id)) {
    throw new NicsteerError('SAME_ENDPOINT', `${from} and ${to} are the same VF`, { hint: 'give two' })
  }
  const hops = hopsOfVf(sender)
  let carrier: JudgedRule | undefined
  if (refused === undefined) {
    const verification = await verify(session, file)
    carrier = findCarrier(verification, sender, receiver)
    const paths = new TunnelPaths(session, topology)
    const seen = { session, topology, wanted, paths, verification, sender, receiver }
    hops.push(...hopsOfRule(seen, carrier), ...hopsBack(seen))
  } else {
    hops.push({ place: 'rule', found: 'what the file wants cannot be had here', problem: asProblem(refused) })
  }
  return {
    from: showParty(sender),
    to: showParty(receiver),
    hops,
    ...(carrier !== undefined && { verdict: carrier }),
    emulated: sender.pf.emulated,
    conclusion: conclude(sender, receiver, hops, carrier),
  }
}

/** Of a file that this node cannot follow, what is installed, so that names are found; and why. */
function wantedHere(session: Session, file: LoadedSteering | undefined): { wanted: Desired; refused?: NicsteerError } {
  if (file === undefined) return { wanted: installedRules(session) }
  try {
    return { wanted: desired(session, file, true) }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    return { wanted: installedRules(session), refused: error }
  }
}

function asProblem({ code, message, hint }: NicsteerError): NonNullable<Hop['problem']> {
  return { text: message, hint: hint ?? '', reason: { code, hint: hint ?? '', source: 'evidence' } }
}

/** The rule of the sender's that takes what it sends to the receiver. */
function findCarrier({ rules }: Verification, { id }: LocalParty, receiver: Party): JudgedRule | undefined {
  return rules.find(
    ({ rule: { kind, vf, peer } }) =>
      (kind === 'encap' || kind === 'local') && vf?.pf === id.pf && vf.index === id.index && peer === receiver.mac,
  )
}

/** Pods have names only in Open vSwitch: iface-id. */
async function interfacesOf(topology: Topology): Promise<Map<string, string>> {
  if (pfsOf(topology).length === 0 || topology.ovsPorts === undefined) return new Map()
  try {
    const { interfaces } = await readLocalOvs(LOCAL_OVS)
    return new Map(interfaces.flatMap(({ name, ifaceId }) => (ifaceId === undefined ? [] : [[ifaceId, name] as const])))
  } catch (error) {
    if (error instanceof NicsteerError) return new Map()
    throw error
  }
}
