import { NicsteerError } from '../../base/errors.js'
import { tc } from '../../kernel/index.js'
import type { Refuse } from '../../steering/resolve.js'
import { takeLock } from '../lock.js'
import type { Session } from '../session.js'
import { Undo } from '../undo.js'
import { type Loadable, type Plan, planLoad, type Step } from './plan.js'
import type { PortableFilter } from './portable.js'

export interface LoadOptions {
  /** Puts a rule in the place of another one that matches the same there, whoever's it is. */
  replace?: boolean
  /** Leave what was installed when something fails half-way. */
  keep?: boolean
  /** Only say what would be done. */
  dryRun?: boolean
  /** How long to wait for another nicsteer. */
  lockSeconds?: number
}

export interface LoadedRule extends Pick<Step, 'rule' | 'change'> {
  /** What the kernel said of a rule with the verbose flag that no hardware took. */
  warning?: string
}

export interface Loaded {
  rules: LoadedRule[]
  /** Devices that got a clsact qdisc. */
  qdiscs: string[]
}

/**
 * Installs rules from a file, in its order: those that are there already are left as they are. Everything is checked first; a failure
 * half-way takes back what was installed.
 * @throws NicsteerError what planLoad throws, LOCKED, INSTALL_FAILED
 */
export async function loadRules(
  session: Session,
  rules: readonly PortableFilter[],
  refuse: Refuse,
  { replace = false, keep = false, dryRun = false, lockSeconds = 10 }: LoadOptions = {},
): Promise<Loaded> {
  if (dryRun) return outcome(await planLoad(session, rules, replace, refuse))
  await using _lock = await takeLock(lockSeconds)
  const plan = await planLoad(session, rules, replace, refuse)
  const undo = new Undo()
  try {
    return outcome(plan, await install(session, plan, undo))
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    const left = keep ? 0 : undo.run()
    const state = keep
      ? 'what was installed is kept (--keep)'
      : left === 0
        ? 'everything is as it was before'
        : `${left} changes could not be undone`
    throw new NicsteerError('INSTALL_FAILED', `${error.message}; ${state}`, {
      cause: error,
      ...(error.errno !== undefined && { errno: error.errno }),
      ...(error.extack !== undefined && { extack: error.extack }),
      ...(error.hint !== undefined && { hint: error.hint }),
    })
  }
}

function outcome({ steps, qdiscs }: Plan, warnings: ReadonlyMap<Step, string> = new Map()): Loaded {
  return {
    rules: steps.map((step) => {
      const warning = warnings.get(step)
      return { rule: step.rule, change: step.change, ...(warning !== undefined && { warning }) }
    }),
    qdiscs: qdiscs.map(({ device }) => device),
  }
}

/** @returns what the kernel said although it took the rule */
async function install({ route }: Session, { steps, qdiscs }: Plan, undo: Undo): Promise<Map<Step, string>> {
  for (const { ifindex } of qdiscs) {
    if (tc.ensureClsact(route, ifindex) === 'added') undo.push(() => tc.deleteQdisc(route, ifindex))
  }
  const warnings = new Map<Step, string>()
  const settle = (
    wanted: readonly Step[],
    outcomes: readonly tc.InstallOutcome<Loadable>[],
    back: (of: Done[]) => void,
  ) => {
    const done = wanted.flatMap((step, i): Done[] => {
      const { installed, warning } = outcomes[i] ?? {}
      if (warning !== undefined) warnings.set(step, warning)
      return installed === undefined ? [] : [{ step, installed }]
    })
    undo.push(() => back(done))
    throwFirst(outcomes, (i) => `items[${steps.indexOf(wanted[i] as Step)}]: `)
  }

  // Those with a handle first: else the kernel might give it to another one.
  const added = steps.filter(({ change }) => change === 'add').sort((a, b) => noHandle(a) - noHandle(b))
  const filters = added.map(({ filter }) => filter)
  settle(added, await tc.installFiltersAsync(route, filters, { echo: true }), (done) =>
    throwFirst(
      tc.deleteFilters(
        route,
        done.map(({ installed }) => ({ ...installed, handle: installed.handle ?? 0 })),
      ),
    ),
  )
  const replaced = steps.filter(({ change }) => change === 'replace')
  const successors = replaced.map(({ filter, present }) => ({ ...filter, handle: present?.handle }))
  settle(replaced, await tc.installFiltersAsync(route, successors, { echo: true, replace: true }), (done) => {
    const before = done.flatMap(({ step: { present } }) =>
      present ? [{ ...tc.asNew(present), handle: present.handle }] : [],
    )
    throwFirst(tc.installFilters(route, before, { replace: true }))
  })
  return warnings
}

function noHandle({ filter }: Step): number {
  return filter.handle === undefined ? 1 : 0
}

interface Done {
  step: Step
  installed: Loadable
}

function throwFirst(outcomes: readonly { error?: NicsteerError }[], where = (_: number) => ''): void {
  const at = outcomes.findIndex(({ error }) => error !== undefined)
  const error = outcomes[at]?.error
  if (error === undefined) return
  const { code, message, errno, extack } = error
  throw new NicsteerError(code, where(at) + message, {
    cause: error,
    ...(errno !== undefined && { errno }),
    ...(extack !== undefined && { extack }),
  })
}
