import { NicsteerError } from '../base/errors.js'
import { laterMoment } from '../base/transcript.js'
import type { Ifindex } from '../base/types.js'
import { tc } from '../kernel/index.js'
import { pfsOf } from '../node/topology.js'
import type { Finding } from '../steering/model.js'
import type { Rule } from '../steering/rule.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { countersOf } from './counters.js'
import { type Desired, desired, installedRules, wantedFilters } from './desired.js'
import { identityOf, installedOf, isSameContent } from './diff.js'
import { Holders, isMultiport } from './holder.js'
import { takeLock } from './lock.js'
import { isAltered, ownershipOf } from './ownership.js'
import { TunnelPaths, worstOf } from './preflight.js'
import { removeLeftovers } from './probe/leftover.js'
import { movedSince, type Reading, readCounters, readHits } from './reading.js'
import type { Reason } from './reasons/index.js'
import { type Refusal, Refusals } from './refusals.js'
import { Representors } from './representor.js'
import { allIngressFilters, type Session } from './session.js'
import { decideVerdict, type Evidence, type Verdict } from './verdict.js'

export interface JudgedRule extends Verdict {
  rule: Rule
  device: string
  handle?: number
  inHw: boolean
  inHwCount: number
  hardware: tc.Counters
  software: tc.Counters
  /** Seen in the lab's emulation, not on a NIC. */
  emulated: boolean
  /** What the verdict rests on. */
  evidence: Evidence
}

export interface Verification {
  rules: JudgedRule[]
  findings: readonly Finding[]
  /** Rules on the same devices that are not ours. */
  foreign: number
}

export interface VerifyOptions {
  /** Look twice, so many seconds apart: then it counts what moved in between. */
  observeSeconds?: number
  /** False: refused rules are not offered to hardware again, so their reasons are not heard. */
  ask?: boolean
}

interface InspectOptions {
  /** What the kernel said when rules were offered just now, by identity. Others are offered again to hear it. */
  refusals?: ReadonlyMap<string, Refusal>
  before?: Reading
}

/**
 * Judges every rule that the file wants, by what the kernel has now. Without a file every rule that is installed and ours: then what is
 * missing cannot show.
 */
export async function verify(
  session: Session,
  file: LoadedSteering | undefined,
  { observeSeconds, ask = true }: VerifyOptions = {},
): Promise<Verification> {
  const wanted = file === undefined ? installedRules(session) : desired(session, file, true)
  const before = observeSeconds === undefined ? undefined : readCounters(session)
  if (observeSeconds !== undefined) await laterMoment(observeSeconds)
  const refusals = ask ? await hearRefusals(session, wanted) : new Map<string, Refusal>()
  return inspect(session, wanted, { refusals, ...(before !== undefined && { before }) })
}

/** One reading of all wanted rules. */
export function inspect(session: Session, wanted: Desired, { refusals, before }: InspectOptions): Verification {
  const { topology, rules, tunnel } = wanted
  const hits = readHits(session)
  const present = allIngressFilters(session)
  const ours = installedOf(present)
  const others = new Set(present.filter(isForeignFlower).map(identityOf))
  // Without the tunnel device no rule on it, or into it, can be there; an index that no device has stands for it.
  const filters = wantedFilters(wanted, tunnel?.ifindex ?? (0 as Ifindex), present)
  const emulated = new Map(pfsOf(topology).map((pf) => [pf.pci as string, pf.emulated]))
  const paths = new TunnelPaths(session, topology)
  const reasons = new Refusals(session, { ...wanted, paths, present })
  const holders = new Holders(topology, wanted.links, isMultiport(session))
  const representors = new Representors(present, hits, before)
  const judged = rules.map((rule, index): JudgedRule => {
    const filter = filters[index] as tc.FlowerFilter
    const identity = identityOf(filter)
    const installed = ours.get(identity)
    const heard = refusals?.get(identity)
    const device = rule.device.role === 'representor' ? rule.device.name : (tunnel?.name ?? 'no tunnel device')
    const [moved, holder, representor] =
      installed === undefined
        ? []
        : ([
            before && movedSince(before, installed),
            holders.of(installed),
            representors.of(installed, device),
          ] as const)
    const cookie = installed?.actions.at(-1)?.cookie
    const measured = {
      inHw: installed?.flags?.inHw ?? false,
      inHwCount: installed?.inHwCount ?? 0,
      ...countersOf(installed),
    }
    const evidence: Evidence = {
      present: presence(filter, installed, others.has(identity)),
      softwareOnly: rule.softwareOnly,
      ...measured,
      ...(cookie !== undefined && { cookie }),
      ...(moved !== undefined && { moved }),
      ...(holder !== undefined && { holder }),
      ...(representor !== undefined && { representor }),
      ...worstOf(paths.of(rule)),
      ...(wasRefused(rule, installed, heard !== undefined) && {
        refusal: heard === undefined ? NOT_ASKED : reasons.reasonOf(filter, rule.pf, heard),
      }),
    }
    return {
      ...decideVerdict(evidence),
      rule,
      device,
      ...(installed?.handle !== undefined && { handle: installed.handle }),
      ...measured,
      emulated: emulated.get(rule.pf) ?? false,
      evidence,
    }
  })
  const devices = new Set(filters.map(({ ifindex }) => ifindex))
  const foreign = present.filter((filter) => devices.has(filter.ifindex) && ownershipOf(filter) === undefined).length
  return { rules: judged, findings: wanted.findings, foreign }
}

/**
 * A rule that is in hardware was not, whatever text came with it: a NIC that it isn't for may have declined it.
 * @param heard the kernel refused it just now
 */
function wasRefused(
  { softwareOnly, hardwareOnly }: Rule,
  installed: tc.FlowerFilter | undefined,
  heard: boolean,
): boolean {
  if (installed === undefined) return (hardwareOnly ?? false) && heard
  return !installed.flags?.inHw && !softwareOnly
}

function presence(
  wanted: tc.FlowerFilter,
  installed: tc.FlowerFilter | undefined,
  foreign: boolean,
): Evidence['present'] {
  if (installed === undefined) return foreign ? 'foreign' : 'no'
  return isSameContent(installed, wanted) && !isAltered(installed) ? 'same' : 'other'
}

function isForeignFlower(filter: tc.Filter): filter is tc.FlowerFilter {
  return tc.isFlower(filter) && ownershipOf(filter) === undefined
}

const NOT_ASKED: Reason = {
  code: 'NOT_ASKED',
  hint: 'it was not offered to hardware just now; nicsteer verify asks, unless another nicsteer is at work',
  source: 'evidence',
}

/**
 * Asks hardware again for our own rules that it did not take: each is replaced by itself, with `verbose`, which makes the kernel offer it
 * anew (cls_flower.c fl_change) and say why it is refused. Its actions are kept by their index, with their counters; a rule that is
 * accepted now is in hardware from then on. Traffic finds the rule all the time.
 */
async function hearRefusals(session: Session, wanted: Desired): Promise<Map<string, Refusal>> {
  const heard = new Map<string, Refusal>()
  try {
    await using _lock = await takeLock(1)
    removeLeftovers(session)
    const refused = [...installedOf(allIngressFilters(session)).values()].filter(
      ({ flags }) => !flags?.inHw && !flags?.skipHw,
    )
    const wantedHere = new Set(wantedFilters(wanted, wanted.tunnel?.ifindex ?? (0 as Ifindex), refused).map(identityOf))
    const offered = refused.filter((filter) => wantedHere.has(identityOf(filter)))
    for (const { filter, warning, error } of tc.installFilters(session.route, offered.map(asOffered), {
      replace: true,
    })) {
      heard.set(identityOf(filter), { text: warning ?? error?.extack, errno: error?.errnoName })
    }
    if (offered.length > 0) await laterMoment()
  } catch (error) {
    if (!(error instanceof NicsteerError && error.code === 'LOCKED')) throw error
  }
  return heard
}

/** As it is, actions shared with what is installed, to be offered to hardware again. */
function asOffered(filter: tc.FlowerFilter): tc.FlowerFilter {
  return { ...filter, flags: { verbose: true } }
}
