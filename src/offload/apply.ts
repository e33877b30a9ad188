import { NicsteerError } from '../base/errors.js'
import type { Ifindex } from '../base/types.js'
import { type KernelRefusal, rtnl, tc } from '../kernel/index.js'
import { type Rule, showRule } from '../steering/rule.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import { type Desired, desired, wantedFilters } from './desired.js'
import { diffFilters, identityOf } from './diff.js'
import { takeLock } from './lock.js'
import { resolveNeighbours, routeHint, type TunnelPath } from './preflight.js'
import type { Refusal } from './refusals.js'
import { allIngressFilters, filteredDevices, hasNoFilters, type Session } from './session.js'
import { devicesOf } from './translate.js'
import { createTunnelDevice, raiseTunnelDevice } from './tunnel-device.js'
import { Undo } from './undo.js'
import { inspect, type Verification } from './verify.js'

export interface ApplyOptions {
  /** Leave what was installed when something fails half-way. */
  keep?: boolean
  /** How long to wait for another nicsteer. */
  lockSeconds?: number
  /** How long to wait for next hops to answer; hardware takes no packet before. */
  neighbourSeconds?: number
}

export interface Applied extends Verification {
  added: number
  changed: number
  removed: number
  unchanged: number
}

const ALREADY_THERE = 'EEXIST'

/**
 * Makes the node's rules those of the file: first everything is checked, then decap before encap and new before old, then read back and
 * judged. A failure half-way puts back what was there.
 * @throws NicsteerError of the file, the node (WRONG_ROUTE …), LOCKED, INSTALL_FAILED
 */
export async function apply(session: Session, file: LoadedSteering, options: ApplyOptions = {}): Promise<Applied> {
  await using _lock = await takeLock(options.lockSeconds ?? 10)
  const wanted = desired(session, file)
  await resolveNeighbours(session.route, checkedPaths(wanted), options.neighbourSeconds ?? 3)
  const steps = new Steps(session)
  try {
    return run(session, wanted, steps)
  } catch (error) {
    if (options.keep) throw failed(error, 'what was installed is kept (--keep)')
    const left = steps.undo.run()
    throw failed(
      error,
      left === 0
        ? 'everything is as it was before'
        : `${left} changes could not be undone; nicsteer clear removes what is ours`,
    )
  }
}

function run(session: Session, wanted: Desired, steps: Steps): Applied {
  const tunnel = wanted.tunnel ?? steps.makeTunnelDevice(wanted)
  raiseTunnelDevice(session.route, tunnel)
  const withoutQdisc = devicesWithoutQdisc(session, wanted, tunnel.ifindex)
  const present = allIngressFilters(session)
  const filters = wantedFilters(wanted, tunnel.ifindex, present, withoutQdisc)
  const byIdentity = new Map(filters.map((filter, index) => [identityOf(filter), wanted.rules[index]]))
  const diff = diffFilters(filters, present)
  steps.install(diff.add, byIdentity, withoutQdisc)
  steps.replace(diff.change, byIdentity)
  steps.remove(diff.remove)
  // Rules for hardware alone that it refused are not there.
  const notTaken = diff.add.filter((filter) => filter.flags?.skipSw && steps.refusals.has(identityOf(filter)))
  return {
    added: diff.add.length - notTaken.length,
    changed: diff.change.length,
    removed: diff.remove.length,
    unchanged: diff.same.length,
    ...inspect(session, { ...wanted, tunnel }, { refusals: steps.refusals }),
  }
}

function devicesWithoutQdisc(session: Session, { rules, representors }: Desired, tunnel: Ifindex): Set<Ifindex> {
  const filtered = filteredDevices(session)
  const { ifindex } = devicesOf(representors, tunnel)
  return new Set(rules.map(({ device }) => ifindex(device)).filter((device) => !filtered.has(device)))
}

/** @throws NicsteerError WRONG_ROUTE before anything is installed: the driver would take the rule and send by another NIC */
function checkedPaths({ rules, paths: known }: Desired): TunnelPath[] {
  const paths = known.ofAll(rules)
  for (const { localIp, problem } of paths) {
    if (problem !== undefined) throw new NicsteerError('WRONG_ROUTE', problem, { hint: routeHint(localIp) })
  }
  return paths
}

function failed(error: unknown, state: string): NicsteerError {
  if (!(error instanceof NicsteerError)) throw error
  const { message, hint, errno, extack } = error
  return new NicsteerError('INSTALL_FAILED', `${message}; ${state}`, {
    cause: error,
    ...(hint !== undefined && { hint }),
    ...(errno !== undefined && { errno }),
    ...(extack !== undefined && { extack }),
  })
}

/** Changes to the kernel, each with its way back. */
class Steps {
  /** Of rules that no hardware took, by identity. */
  readonly refusals = new Map<string, Refusal>()
  readonly undo = new Undo()
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  makeTunnelDevice({ encapsulation: { type, port } }: Desired) {
    const { route } = this.#session
    const device = createTunnelDevice(route, type, port)
    this.undo.push(() => rtnl.deleteLink(route, device.ifindex))
    return device
  }

  /** @param withoutQdisc devices that get their clsact qdisc with their first filter */
  install(
    filters: readonly tc.FlowerFilter[],
    rules: ReadonlyMap<string, Rule | undefined>,
    withoutQdisc: ReadonlySet<Ifindex>,
  ): void {
    const missing = new Set(withoutQdisc)
    let ready: tc.FlowerFilter[] = []
    const installReady = () => {
      this.#settle(tc.installFilters(this.#session.route, ready, { echo: true }), rules, this.#takeBack)
      ready = []
    }
    for (const filter of filters) {
      if (missing.has(filter.ifindex)) {
        installReady()
        if (this.#installFirst(filter, rules)) missing.delete(filter.ifindex)
      } else ready.push(filter)
    }
    installReady()
  }

  /** False: hardware didn't take a rule that is for it alone, so the qdisc is for the next one to make. */
  #installFirst(filter: tc.FlowerFilter, rules: ReadonlyMap<string, Rule | undefined>): boolean {
    const { route } = this.#session
    const { ifindex } = filter
    const first = tc.installWithClsact(route, filter, { echo: true })
    const refused = first.filter.error !== undefined && isRefusal(filter, first.filter.error)
    if (refused && first.qdisc.error === undefined) tc.deleteQdisc(route, ifindex)
    else if (first.qdisc.error === undefined) {
      this.undo.push(() => {
        if (hasNoFilters(this.#session, ifindex)) tc.deleteQdisc(route, ifindex)
      })
    }
    this.#settle([first.filter], rules, this.#takeBack)
    // The rule's cookie says that the qdisc is ours, so `clear` would remove it.
    if (first.qdisc.error !== undefined) throw first.qdisc.error
    return !refused
  }

  readonly #takeBack = (installed: tc.FlowerFilter): void => {
    this.undo.push(() => this.remove([installed]))
  }

  replace(
    changes: readonly { from: tc.FlowerFilter; to: tc.FlowerFilter }[],
    rules: ReadonlyMap<string, Rule | undefined>,
  ): void {
    const { route } = this.#session
    const outcomes = tc.installFilters(
      route,
      changes.map(({ to }) => to),
      { echo: true, replace: true },
    )
    this.#settle(outcomes, rules, (_, index) => {
      const from = changes[index]?.from
      if (from === undefined) return
      this.undo.push(() =>
        this.#orThrow(tc.installFilters(route, [{ ...tc.asNew(from), handle: from.handle }], { replace: true })),
      )
    })
  }

  remove(filters: readonly tc.FlowerFilter[]): void {
    const { route } = this.#session
    const refs = filters.map((filter) => ({ ...filter, handle: filter.handle ?? 0 }))
    const outcomes = tc.deleteFilters(route, refs)
    for (const [index, outcome] of outcomes.entries()) {
      const filter = filters[index]
      if (outcome.error === undefined && filter !== undefined) {
        this.undo.push(() => this.#orThrow(tc.installFilters(route, [{ ...tc.asNew(filter), handle: filter.handle }])))
      }
    }
    this.#orThrow(outcomes)
  }

  #settle(
    outcomes: readonly tc.InstallOutcome[],
    rules: ReadonlyMap<string, Rule | undefined>,
    done: (installed: tc.FlowerFilter, index: number) => void,
  ): void {
    for (const [index, { filter, error, warning, installed }] of outcomes.entries()) {
      if (error !== undefined && isRefusal(filter, error)) {
        this.refusals.set(identityOf(filter), { text: error.extack, errno: error.errnoName })
      }
      if (error !== undefined || installed === undefined) continue
      done(installed, index)
      if (!installed.flags?.inHw) this.refusals.set(identityOf(filter), { text: warning })
    }
    const bad = outcomes.find(({ error, filter }) => error !== undefined && !isRefusal(filter, error))
    if (bad?.error === undefined) return
    const rule = rules.get(identityOf(bad.filter))
    const taken = bad.error.errnoName === ALREADY_THERE
    throw new NicsteerError(bad.error.code, `${rule ? showRule(rule) : 'rule'}: ${bad.error.message}`, {
      cause: bad.error,
      ...(taken && { hint: 'a rule that is not ours matches the same there; nicsteer leaves it alone' }),
    })
  }

  #orThrow(outcomes: readonly { error?: KernelRefusal }[]): void {
    const bad = outcomes.find(({ error }) => error !== undefined)
    if (bad?.error !== undefined) throw bad.error
  }
}

/** Hardware didn't take a rule that is for it alone: no failure, the verdict says it. */
function isRefusal({ flags }: tc.FlowerFilter, { errnoName }: KernelRefusal): boolean {
  return (flags?.skipSw ?? false) && errnoName !== ALREADY_THERE
}
