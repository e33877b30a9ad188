import { NicsteerError } from '../../base/errors.js'
import type { Topology } from '../../node/facts.js'
import { discover } from '../../node/topology.js'
import { showVf } from '../../steering/model.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { type Desired, desired, installedRules } from '../desired.js'
import { TunnelPaths } from '../preflight.js'
import type { Session } from '../session.js'
import { verify } from '../verify.js'
import { conclude } from './conclusion.js'
import { findParty, findSender, type Known, type LocalParty, networkOf, showParty } from './endpoints.js'
import { follow, lookForWay } from './follow.js'
import type { Carrier, Explanation, Hop } from './hop.js'
import { hopsOfVf } from './hops-of-vf.js'
import { readNames } from './names.js'
import { type PortFlows, readPortFlows } from './port-flows.js'
import { addressesIn } from './way.js'

export interface ExplainQuery {
  from: string
  to: string
}

/**
 * Follows a packet from a VF of this node to somebody: what is looked up on the way, what is found, and where it goes wrong.
 * @param file without it, by the rules that are installed and ours
 * @throws NicsteerError UNKNOWN_ENDPOINT, NOT_A_VF, NOT_OF_THIS_NODE, SAME_ENDPOINT; where the VF is a port of Open vSwitch, as dumpFlows
 */
export async function explain(
  session: Session,
  file: LoadedSteering | undefined,
  { from, to }: ExplainQuery,
): Promise<Explanation> {
  const topology = discover(session.route, session.generic)
  const { wanted, refused } = wantedHere(session, file)
  const names = await readNames(topology)
  const known: Known = { topology, file: file?.steering, rules: wanted.rules, ...names, neighbours: new Map() }
  const sender = findSender(from, known)
  // Before verify offers rules again: a bundle has flows of the first moment.
  const flows = await flowsOf(session, file, sender, topology)
  const neighbours = addressesIn(flows?.steps ?? [])
  const receiver = findParty(to, { ...known, ports: networkOf(sender, known), neighbours })
  if (receiver.kind === 'local' && showVf(receiver.id) === showVf(sender.id)) {
    throw new NicsteerError('SAME_ENDPOINT', `${from} and ${to} are the same VF`, { hint: 'give two' })
  }
  const hops = hopsOfVf(sender)
  let carrier: Carrier | undefined
  if (refused === undefined) {
    const verification = await verify(session, file)
    const paths = new TunnelPaths(session, topology)
    const between = { topology, wanted, sender, receiver }
    const ovs = flows && lookForWay({ ...between, flows, maxIdle: names.maxIdle })
    const followed = await follow({ ...between, session, paths, verification, flowsSeen: ovs !== undefined }, ovs)
    hops.push(...followed.hops)
    carrier = followed.carrier
  } else {
    hops.push({ place: 'rule', found: 'what the file wants cannot be had here', problem: asProblem(refused) })
  }
  return {
    from: showParty(sender),
    to: showParty(receiver),
    hops,
    ...(carrier?.verdict !== undefined && { verdict: carrier.verdict }),
    ...(carrier !== undefined && { by: carrier.by }),
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

/** Where the sender's representor is Open vSwitch's. @throws NicsteerError as dumpFlows does */
async function flowsOf(
  session: Session,
  file: LoadedSteering | undefined,
  { vf: { representor } }: LocalParty,
  { ovsPorts }: Topology,
): Promise<PortFlows | undefined> {
  if (representor === undefined || !ovsPorts?.representors.includes(representor.name)) return undefined
  return readPortFlows(session, file, representor.name)
}
