import { z } from 'zod'
import { AREAS, RESULTS } from '../offload/doctor/check.js'
import { PLACES } from '../offload/explain/hop.js'
import { AREA_NAMES } from '../offload/reasons/index.js'
import { VERDICTS } from '../offload/verdict.js'
import { RULE_KINDS } from '../steering/rule.js'
import { FORMAT_VERSION } from './output.js'

/** What `-o json` prints (DESIGN.md "CLI contract"). docs/schema is made from it; fields are only ever added. */

const pci = z.string().meta({ description: 'PCI address', examples: ['0000:d8:00.0'] })
const ip = z.string().meta({ description: 'IPv4 or IPv6 address' })
const mac = z.string().meta({ description: 'MAC address' })
const count = z.int().min(0)
const counters = z.object({ packets: count, bytes: count })
const label = z
  .enum(['emulated', 'source-read', 'hw-observed'])
  .meta({ description: 'how the fact is known; emulated: seen in the lab, says nothing about hardware' })
const vf = z.object({ pf: pci, index: count })
const option = z.object({ class: count, type: count, data: z.string() })
const ruleDevice = z.discriminatedUnion('role', [
  z.object({ role: z.literal('representor'), name: z.string() }),
  z.object({ role: z.literal('tunnel'), type: z.enum(['geneve', 'vxlan']), port: count }),
])

const reason = z.object({
  code: z.string().meta({ description: 'stable; nicsteer reasons CODE explains it' }),
  text: z.string().nullable().meta({ description: "the kernel's words, verbatim; null: it said nothing" }),
  hint: z.string(),
})

const match = z.object({
  srcMac: mac.optional(),
  dstMac: mac.optional(),
  dstMask: mac.optional().meta({ description: 'bits of dstMac that count; all where missing' }),
  tunnel: z
    .object({
      remoteIp: ip,
      localIp: ip,
      vni: count,
      port: count,
      options: z.array(option.extend({ mask: z.string() })),
    })
    .optional(),
})

const tunnel = z.object({
  localIp: ip,
  remoteIp: ip,
  vni: count,
  port: count,
  ttl: count,
  tos: count.optional().meta({ description: 'where it is not 0' }),
  options: z.array(option),
})

const action = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('encap'), to: ruleDevice, tunnel }),
  z.object({ kind: z.literal('decap'), to: ruleDevice }),
  z.object({ kind: z.literal('redirect'), to: ruleDevice }),
  z.object({ kind: z.literal('drop') }),
  z.object({
    kind: z.literal('copies'),
    decap: z.boolean().meta({ description: 'of what comes out of a tunnel' }),
    outputs: z.array(z.object({ to: ruleDevice, tunnel: tunnel.optional() })),
  }),
])

const finding = z.object({ code: z.string(), text: z.string(), hint: z.string() })

const probe = z.object({
  label: z.literal('approximate').meta({ description: 'the twin is in another chain than the rule' }),
  impossible: z.string().nullable().meta({ description: 'why no twin was offered' }),
  chain: count.optional().meta({ description: 'where it was offered' }),
  taken: z.boolean().optional(),
  errno: z.string().nullable().optional(),
  reason: reason.nullable().optional(),
})

const judgedRule = z.object({
  rule: z.string().meta({ description: 'for people' }),
  kind: z.enum(RULE_KINDS),
  network: z.string().nullable(),
  pf: pci,
  vf: vf.nullable().meta({ description: 'null: all VFs of the PF' }),
  peer: mac.nullable(),
  device: z.string(),
  chain: count,
  priority: count,
  handle: count.nullable(),
  match,
  action,
  why: z.string(),
  verdict: z.enum(VERDICTS),
  carrying: z.enum(['yes', 'idle']).nullable(),
  by: z.enum(['tc', 'ovs']).nullable(),
  intended: z.boolean().meta({ description: 'a rule that only software is to have' }),
  label,
  reason: reason.nullable(),
  inHw: z.boolean(),
  inHwCount: count,
  hardware: counters,
  software: counters,
  probe: probe.optional().meta({ description: 'what hardware says to a twin of it (verify --probe)' }),
})

const verdictSummary = z.object({
  truth: z.string(),
  rules: count,
  verdicts: z.partialRecord(z.enum(VERDICTS), count).meta({ description: 'without intended ones' }),
  carrying: count,
  emulated: z.boolean(),
  foreign: count.meta({ description: 'rules on the same devices that are not ours' }),
  findings: z.array(finding),
})

const plannedRule = z.object({
  change: z.enum(['add', 'change', 'remove']),
  rule: z.string().meta({ description: 'for people' }),
  kind: z.enum(RULE_KINDS).nullable(),
  pf: pci.nullable(),
  vf: vf.nullable(),
  device: z.string().meta({ description: 'netdev; one that apply would make has no rules yet' }),
  chain: count,
  priority: count,
  handle: count.nullable(),
  match: match.nullable(),
  action: action.nullable().meta({ description: 'wanted; of a rule to be removed, what is installed' }),
  before: action.nullable().meta({ description: 'of a change: what is installed' }),
  why: z.string(),
})

const planSummary = z.object({
  truth: z.string(),
  add: count,
  change: count,
  remove: count,
  unchanged: count,
  foreign: count.meta({ description: 'rules on the same devices that are not ours' }),
  tunnelDevice: z.string().nullable().meta({ description: 'that apply would make' }),
  qdiscs: z.array(z.string()).meta({ description: 'devices that would get a clsact qdisc' }),
  wrongRoutes: z
    .array(finding)
    .meta({ description: "tunnels that would not leave by their VF's own NIC; apply refuses" }),
  findings: z.array(finding),
})

const pf = z.object({
  pci,
  driver: z.string(),
  emulated: z.boolean(),
  firmware: z.string().nullable(),
  uplink: z.object({ name: z.string(), ifindex: count, up: z.boolean(), carrier: z.boolean(), mtu: count }),
  switchId: z.string().nullable(),
  eswitchMode: z.enum(['legacy', 'switchdev', 'switchdev_inactive', 'unknown']),
  hwTcOffload: z.enum(['on', 'off', 'unsupported']),
  vteps: z.array(ip),
  totalVfs: count,
  label,
  vfs: z.array(
    z.object({
      index: count,
      pci,
      representor: z.object({ name: z.string(), ifindex: count, up: z.boolean() }).nullable(),
      netdevs: z.array(z.string()),
      driver: z.string().nullable(),
      mac: mac.nullable(),
    }),
  ),
})

const topologySummary = z.object({
  nics: count,
  pfs: count,
  vfs: count,
  gaps: z.array(z.object({ pf: pci, code: z.string(), text: z.string(), hint: z.string() })),
})

const ruleState = z.object({
  ours: z.boolean(),
  inHw: z.boolean(),
  inHwCount: count,
  label: label.nullable(),
  hardware: counters,
  software: counters,
})

/** A rule of the node. What it matches and does follows from the kernel layer's types (docs/rules.md), as do fields not named here. */
const ruleItem = z.looseObject({
  device: z.string().meta({ description: 'of a shared block: its first device' }),
  parent: z.enum(['ingress', 'egress']),
  block: count.optional().meta({ description: 'index of the shared block that the rule is in' }),
  chain: count.max(0xffffffff),
  priority: z.int().min(1).max(0xffff),
  protocol: count.max(0xffff).meta({ description: 'EtherType, host order; 3 is every protocol' }),
  kind: z.string().meta({ description: 'flower …; raw: no codec for it, named by `name`' }),
  handle: count.optional().meta({ description: 'loaded where it is free' }),
  match: z.looseObject({}).optional(),
  actions: z.array(z.looseObject({ kind: z.string() })).optional(),
  flags: z.looseObject({}).optional(),
  state: ruleState.optional().meta({ description: 'what was true when it was listed; not loaded' }),
})

const rulesSummary = z.object({
  rules: count,
  flower: count,
  inHw: count,
  ours: count,
  devices: count,
  emulated: z.boolean(),
})

const loadedItem = z.object({
  change: z.enum(['add', 'replace', 'same']),
  device: z.string(),
  parent: z.enum(['ingress', 'egress']),
  chain: count,
  priority: count,
  rule: z.string().meta({ description: 'for people' }),
  warning: z.string().nullable().meta({ description: "the kernel's words about a rule that it took, verbatim" }),
})

const loadedSummary = z.object({
  added: count,
  replaced: count,
  unchanged: count,
  qdiscs: z.array(z.string()).meta({ description: 'devices that got a clsact qdisc' }),
  dryRun: z.boolean(),
})

const hop = z.object({
  hop: z.int().min(1),
  place: z.enum(PLACES),
  found: z.string().meta({ description: 'what was looked up there, and what was found; for people' }),
  problem: z.string().nullable().meta({ description: 'why packets go no further, or not in hardware' }),
  hint: z.string().nullable(),
  reason: reason.nullable(),
})

const explanationSummary = z.object({
  from: z.string(),
  to: z.string(),
  verdict: z.enum(VERDICTS).nullable().meta({ description: 'of the rule that carries it there; null: none does' }),
  carrying: z.enum(['yes', 'idle']).nullable(),
  label,
  conclusion: z.string().meta({ description: 'in hardware or not, why, and what to do: one sentence' }),
})
const reasonItem = z.object({
  code: z.string().meta({ description: 'stable' }),
  area: z.enum(AREA_NAMES).meta({ description: 'what it is about' }),
  meaning: z.string(),
  hint: z.string().meta({ description: 'what to do' }),
  changes: z
    .string()
    .nullable()
    .meta({ description: 'kernel, firmware or capability that makes it go away, where known' }),
  texts: z
    .array(z.string())
    .meta({ description: "the kernel's words without prefix; printf conversions stand for what it writes there" }),
  sources: z.array(z.object({ file: z.string(), function: z.string() })).meta({ description: "in the kernel's tree" }),
  label: label.nullable().meta({ description: 'null: nicsteer itself finds it' }),
})

const reasonsSummary = z.object({ reasons: count, kernel: z.string().meta({ description: 'whose source was read' }) })
const checkItem = z.object({
  id: z.string().meta({ description: 'stable', examples: ['kernel.mlx5-cls-act'] }),
  area: z.enum(AREAS),
  title: z.string().meta({ description: 'what is to be so' }),
  looksAt: z.string().meta({ description: 'what the answer is read from' }),
  result: z.enum(RESULTS),
  says: z.string().meta({ description: "one line; of SKIP: why it does not matter here, or can't be known" }),
  evidence: z.array(z.string()).meta({ description: 'what was read' }),
  fix: z.array(z.string()).meta({ description: 'commands, or what to change' }),
  label: label
    .nullable()
    .meta({ description: "source-read: the demand comes from a driver's source; null: from none" }),
})

const doctorSummary = z.object({
  truth: z.string(),
  ok: count,
  warn: count,
  fail: count,
  skip: count,
  emulated: z.boolean().meta({ description: "a NIC is the lab's stand-in" }),
})

const flow = z.object({
  flow: z.string().meta({ description: 'as dpctl/dump-flows prints it' }),
  ufid: z.string().nullable(),
  inPort: z.string().nullable(),
  outputs: z.array(z.string()),
  recircId: count,
  vf: vf.nullable().meta({ description: 'that it comes from' }),
  expectedLocalIp: ip
    .nullable()
    .meta({ description: "the VTEP that the VF's packets are to leave by; of a flow into a tunnel" }),
  actualLocalIp: ip.nullable().meta({ description: 'null: none is set, the route chooses' }),
  expectedRemoteIps: z.array(ip).nullable().meta({ description: 'any of them will do; null: not known' }),
  actualRemoteIp: ip.nullable(),
  verdict: z.enum(VERDICTS),
  carrying: z.enum(['yes', 'idle']).nullable(),
  by: z.enum(['tc', 'ovs']).nullable(),
  intended: z.boolean().meta({ description: 'hardware is not meant to have it' }),
  label: label.nullable().meta({ description: 'null: of a saved dump, which does not name the NICs' }),
  reason: reason.nullable(),
  packets: count,
  bytes: count,
})

const flowsSummary = z.object({
  truth: z.string(),
  flows: count,
  verdicts: z.partialRecord(z.enum(VERDICTS), count),
  emulated: z.boolean(),
})

const flags = z.object({
  skipHw: z.boolean().optional(),
  skipSw: z.boolean().optional(),
  verbose: z.boolean().optional(),
  inHw: z.boolean().optional(),
  notInHw: z.boolean().optional(),
})

const tracedRule = z.object({
  netns: count.meta({ description: 'inode of the network namespace' }),
  device: z.string().nullable().meta({ description: 'null: in a block that several devices share' }),
  block: count.nullable().meta({ description: 'index of the shared block' }),
  parent: z.enum(['ingress', 'egress']).nullable(),
  chain: count,
  priority: count,
  protocol: count.max(0xffff).meta({ description: 'EtherType, host order; 3 is every protocol' }),
  classifier: z.string(),
  handle: count.nullable(),
  cookie: z.string().nullable().meta({ description: 'hex, of the last action that has one; of an OVS flow its ufid' }),
  asked: count.meta({ description: 'drivers that were asked' }),
  took: count.meta({ description: 'drivers that have it' }),
  before: flags,
  after: flags,
  errno: z.string().nullable().meta({ description: 'null: success, which without skip_sw says nothing of hardware' }),
})

const tracedItem = z.object({
  kind: z.enum(['offer', 'text']).meta({ description: 'text: said outside of any offer of a rule' }),
  time: z.string().meta({ description: 'ISO 8601, UTC' }),
  refused: z.boolean().meta({ description: 'no driver took the rule, or the offer failed' }),
  process: z.object({ pid: count, tid: count, comm: z.string().meta({ description: 'name of the thread' }) }),
  rule: tracedRule.nullable(),
  texts: z.array(z.string()).meta({ description: "the kernel's words, verbatim and in their order" }),
  moreTexts: count.meta({ description: 'texts that found no room' }),
  reason: reason.nullable(),
})

const traceSummary = z.object({
  source: z
    .enum(['tc_setup_cb_add', 'tracepoint'])
    .meta({ description: 'tracepoint: texts alone, without the rules that they are about' }),
  why: z.string().nullable().meta({ description: 'why it is the tracepoint alone' }),
  refusals: count,
  texts: count.meta({ description: 'outside of any offer' }),
  takenWithTexts: count.meta({ description: 'rules in hardware of which something was said: no refusals' }),
  lost: count.meta({ description: 'events that came faster than they were read' }),
})

function report<K extends string, I extends z.ZodType, S extends z.ZodType>(kind: K, item: I, summary: S) {
  return z.object({
    apiVersion: z.literal(FORMAT_VERSION),
    kind: z.literal(kind),
    items: z.array(item),
    summary,
  })
}

const nicItem = z.object({ switchId: z.string().nullable(), pfs: z.array(pf) })

/** What is printed is only read: the domain's own types are readonly. */
type Printed<T> = T extends object ? { readonly [K in keyof T]: Printed<T[K]> } : T
export type JudgedRuleItem = Printed<z.infer<typeof judgedRule>>
export type VerdictSummary = Printed<z.infer<typeof verdictSummary>>
export type NicItem = Printed<z.infer<typeof nicItem>>
export type RuleState = Printed<z.infer<typeof ruleState>>
export type RulesSummary = Printed<z.infer<typeof rulesSummary>>
export type LoadedItem = Printed<z.infer<typeof loadedItem>>
export type LoadedSummary = Printed<z.infer<typeof loadedSummary>>
export type PlannedItem = Printed<z.infer<typeof plannedRule>>
export type PlanSummary = Printed<z.infer<typeof planSummary>>
export type FlowItem = Printed<z.infer<typeof flow>>
export type FlowsSummary = Printed<z.infer<typeof flowsSummary>>
export type HopItem = Printed<z.infer<typeof hop>>
export type ExplanationSummary = Printed<z.infer<typeof explanationSummary>>
export type ReasonItem = Printed<z.infer<typeof reasonItem>>
export type ReasonsSummary = Printed<z.infer<typeof reasonsSummary>>
export type CheckItem = Printed<z.infer<typeof checkItem>>
export type DoctorSummary = Printed<z.infer<typeof doctorSummary>>
export type ProbeItem = Printed<z.infer<typeof probe>>
export type TraceItem = Printed<z.infer<typeof tracedItem>>
export type TraceSummary = Printed<z.infer<typeof traceSummary>>
export type TopologySummary = Printed<z.infer<typeof topologySummary>>

export const REPORTS = {
  topology: report('Topology', nicItem, topologySummary),
  plan: report('Plan', plannedRule, planSummary),
  flows: report('Flows', flow, flowsSummary),
  explain: report('Explain', hop, explanationSummary),
  verify: report(
    'Verify',
    z.union([judgedRule, flow]),
    verdictSummary.extend({ ovs: flowsSummary.optional().meta({ description: 'with --ovs' }) }),
  ),
  apply: report(
    'Apply',
    judgedRule,
    verdictSummary.extend({ added: count, changed: count, removed: count, unchanged: count }),
  ),
  reasons: report('Reasons', reasonItem, reasonsSummary),
  rules: report('Rules', ruleItem, rulesSummary),
  doctor: report('Doctor', checkItem, doctorSummary),
  'rules-load': report('RulesLoad', loadedItem, loadedSummary),
  'trace-extack': report('TraceExtack', tracedItem, traceSummary),
  clear: report(
    'Clear',
    z.never(),
    z.object({ rules: count, devices: z.array(z.string()), qdiscs: count, foreign: count }),
  ),
}

/** What `rules load` takes: what `rules` prints, and what is written by hand in its form. */
export const rulesFile = REPORTS.rules.partial({ summary: true })
