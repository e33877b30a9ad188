import { NicsteerError } from '../../base/errors.js'
import type { Ifindex } from '../../base/types.js'
import { rtnl, tc } from '../../kernel/index.js'
import type { Refuse } from '../../steering/resolve.js'
import type { Session } from '../session.js'
import { canonical } from './canonical.js'
import { hookFilters, hookQdiscs, kindOf } from './list.js'
import { fromPortable, type PortableFilter, type RulePath, showPath } from './portable.js'

/** What can be made from a file; what u32 and the others match is bytes here, and a program is not in the file. */
export type Loadable = tc.FlowerFilter | tc.MatchallFilter | tc.BpfFilter

/** What loading one rule of a file does. */
export interface Step {
  rule: PortableFilter
  filter: Loadable
  change: 'add' | 'replace' | 'same'
  /** With `replace`: what is there now. */
  present?: Loadable
}

export interface Plan {
  steps: Step[]
  /** Devices that need a clsact qdisc first. */
  qdiscs: { ifindex: Ifindex; device: string }[]
}

/**
 * Compares rules from a file with those that are there; nothing is changed.
 * @param rules as the file has them; their outermost fields have been checked
 * @param refuse makes the error of a place in the file
 * @throws NicsteerError NO_DEVICE, BAD_RULE, NOT_LOADABLE, NO_BLOCK, NO_EGRESS_HOOK, SAME_RULE_TWICE, PRIORITY_TAKEN, RULE_DIFFERS; of
 * several the first in the file
 */
export async function planLoad(
  session: Session,
  rules: readonly PortableFilter[],
  replace: boolean,
  refuse: Refuse,
): Promise<Plan> {
  const links = rtnl.listLinks(session.route)
  const hooks = new Map(hookQdiscs(session.route).map((qdisc) => [qdisc.ifindex, qdisc]))
  const devices = new Map(
    links.flatMap(({ name, altNames, ifindex }) => [name, ...altNames].map((one) => [one, ifindex])),
  )
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]))
  const present = new Present(await hookFilters(session, {}, links), names)
  const inFile = new Map<string, number>()
  const missing = new Map<Ifindex, string>()

  const steps = rules.map((rule, index): Step => {
    const at = (path: RulePath, code: string, what: string, hint: string) =>
      refuse(
        ['items', index, ...path],
        code,
        `items[${index}]${path.length === 0 ? '' : `.${showPath(path)}`}: ${what}`,
        hint,
      )
    const filter = readRule(rule, devices, at)
    checkHook(filter, hooks, at)
    if (filter.block === undefined && !hooks.has(filter.ifindex)) missing.set(filter.ifindex, String(rule.device))
    present.checkPriority(filter, at)
    const identity = identityOf(filter)
    const twin = inFile.get(identity)
    if (twin !== undefined)
      throw at([], 'SAME_RULE_TWICE', `matches the same at the same place as items[${twin}]`, 'keep one of them')
    inFile.set(identity, index)
    const there = present.get(identity)
    if (there === undefined)
      return { rule, filter: { ...filter, handle: present.takeHandle(filter, rule.handle) }, change: 'add' }
    if (contentOf(there) === contentOf(filter)) return { rule, filter, change: 'same', present: there }
    if (replace) return { rule, filter, change: 'replace', present: there }
    const what = `${present.placeOf(there)} has another rule with this match (handle ${there.handle})`
    throw at([], 'RULE_DIFFERS', what, '--replace puts the one of the file in its place')
  })
  return { steps, qdiscs: [...missing].map(([ifindex, device]) => ({ ifindex, device })) }
}

type At = (path: RulePath, code: string, what: string, hint: string) => NicsteerError

/** The rule as a filter that can be installed, every field of it understood. */
function readRule(rule: PortableFilter, devices: ReadonlyMap<string, Ifindex>, at: At): Loadable {
  if (rule.kind === 'raw' || (rule.kind === 'bpf' && rule.ops === undefined)) {
    const what = rule.kind === 'raw' ? `a ${rule.name} rule` : 'a rule whose BPF program is not in the file'
    throw at([], 'NOT_LOADABLE', `${what} can only be listed`, 'nicsteer rules --kind flower lists what can be loaded')
  }
  const fields = rule.kind === 'flower' ? (['match', 'actions'] as const) : (['actions'] as const)
  const absent = fields.find((field) => (rule as Partial<Record<string, unknown>>)[field] === undefined)
  if (absent !== undefined) throw at([absent], 'BAD_RULE', 'is missing', 'docs/rules.md has the fields')
  const filter = fromPortable(rule, (device, path) => {
    const ifindex = devices.get(String(device))
    if (ifindex !== undefined) return ifindex
    // A whole shared block as target has no device.
    if (device === null && path.length > 1) return 0
    throw at(path, 'NO_DEVICE', `there is no device ${device}`, 'ip -br link lists the devices')
  }) as Loadable
  try {
    const misread = tc.findMisread(filter)
    if (misread === undefined) return tc.asNew(filter)
    throw at(
      misread.path.map((part) => (part === 'ifindex' ? 'device' : part)),
      'BAD_RULE',
      whatIsWrong(misread),
      'docs/rules.md has the fields',
    )
  } catch (error) {
    if (error instanceof NicsteerError && error.code !== 'NETLINK_MALFORMED') throw error
    throw at([], 'BAD_RULE', (error as Error).message, 'docs/rules.md has the fields')
  }
}

function whatIsWrong({ given, read }: tc.Misread): string {
  if (given === undefined) return 'is missing'
  if (read === undefined) return 'is not a known field'
  return `${JSON.stringify(given)} would be taken for ${JSON.stringify(read)}`
}

function checkHook({ block, parent, ifindex }: Loadable, hooks: ReadonlyMap<Ifindex, tc.Qdisc>, at: At): void {
  if (block !== undefined) {
    const blocks = [...hooks.values()].map((qdisc) => (parent === 'ingress' ? qdisc.ingressBlock : qdisc.egressBlock))
    if (blocks.includes(block)) return
    throw at(
      ['block'],
      'NO_BLOCK',
      `no device shares ${parent} block ${block}`,
      `tc qdisc add dev DEVICE ${parent}_block ${block} clsact`,
    )
  }
  if (parent === 'egress' && hooks.has(ifindex) && hooks.get(ifindex)?.kind !== 'clsact') {
    throw at(
      ['parent'],
      'NO_EGRESS_HOOK',
      'the device has an ingress qdisc, which has no egress rules',
      'tc qdisc replace it by clsact',
    )
  }
}

/** The filters that are there. */
class Present {
  readonly #byIdentity = new Map<string, Loadable>()
  /** What each priority holds; one holds one kind and one protocol (net/sched/cls_api.c tcf_chain_tp_find, tc_new_tfilter). */
  readonly #priorities = new Map<string, { kind: string; protocol: number }>()
  readonly #handles = new Set<string>()
  readonly #names: ReadonlyMap<Ifindex, string>

  constructor(filters: readonly tc.Filter[], names: ReadonlyMap<Ifindex, string>) {
    this.#names = names
    for (const filter of filters) {
      this.takeHandle(filter, filter.handle)
      this.#priorities.set(priorityOf(filter), { kind: kindOf(filter), protocol: filter.protocol })
      if (filter.kind !== 'raw') this.#byIdentity.set(identityOf(filter), filter)
    }
  }

  get(identity: string): Loadable | undefined {
    return this.#byIdentity.get(identity)
  }

  /** The handle, where no other rule of the priority has it; else the kernel numbers the rule. */
  takeHandle(filter: tc.FilterPlace, handle: number | undefined): number | undefined {
    const key = `${priorityOf(filter)}/${handle}`
    if (!handle || this.#handles.has(key)) return undefined
    this.#handles.add(key)
    return handle
  }

  /** Rules of the file count too, once they have been checked. */
  checkPriority(filter: Loadable, at: At): void {
    const key = priorityOf(filter)
    const holds = this.#priorities.get(key)
    const kind = kindOf(filter)
    if (holds === undefined) this.#priorities.set(key, { kind, protocol: filter.protocol })
    else if (holds.kind !== kind || holds.protocol !== filter.protocol) {
      const what = `${this.placeOf(filter)} holds ${holds.kind} rules of ${showProtocol(holds.protocol)}, not ${kind} rules of ${showProtocol(filter.protocol)}`
      throw at(['priority'], 'PRIORITY_TAKEN', what, 'one priority holds rules of one kind and one protocol')
    }
  }

  /** `pf0vf0 ingress, chain 0, priority 10` */
  placeOf({ block, ifindex, parent, chain, priority }: tc.FilterPlace): string {
    const where = block === undefined ? `${this.#names.get(ifindex) ?? ifindex} ${parent}` : `${parent} block ${block}`
    return `${where}, chain ${chain}, priority ${priority}`
  }
}

function showProtocol(protocol: number): string {
  return `protocol ${protocol === tc.ETH_P_ALL ? 'all' : `0x${protocol.toString(16).padStart(4, '0')}`}`
}

function priorityOf({ block, ifindex, parent, chain, priority }: tc.FilterPlace): string {
  return `${block === undefined ? ifindex : `block ${block}`}/${parent}/${chain}/${priority}`
}

/** Where it is and what it matches; a shared block is not one device's. */
function identityOf(filter: Loadable): string {
  const match = filter.kind === 'flower' ? filter.match : filter.kind === 'bpf' ? (filter.ops ?? filter.id) : 'all'
  return `${priorityOf(filter)}/${canonical(match ?? null)}`
}

/** Everything else, cookies too: whose a rule is belongs to it. */
function contentOf(filter: Loadable): string {
  const { ifindex: _, ...content } = tc.asNew(filter)
  return canonical(content)
}
