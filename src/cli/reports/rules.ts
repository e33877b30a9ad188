import { z } from 'zod'
import { VERDICTS } from '../../offload/verdict.js'
import { RULE_KINDS } from '../../steering/rule.js'
import {
  action,
  count,
  counters,
  finding,
  label,
  mac,
  match,
  type Printed,
  pci,
  reason,
  ruleEvidence,
  vf,
} from './parts.js'

/** Rules: judged, as the node has them, as they were loaded. */

export const probe = z.object({
  label: z.literal('approximate').meta({ description: 'the twin is in another chain than the rule' }),
  impossible: z.string().nullable().meta({ description: 'why no twin was offered' }),
  chain: count.optional().meta({ description: 'where it was offered' }),
  taken: z.boolean().optional(),
  errno: z.string().nullable().optional(),
  reason: reason.nullable().optional(),
})

export const judgedRule = z.object({
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
  evidence: ruleEvidence.meta({ description: 'what the verdict rests on' }),
  probe: probe.optional().meta({ description: 'what hardware says to a twin of it (verify --probe)' }),
})

export const verdictSummary = z.object({
  truth: z.string(),
  rules: count,
  verdicts: z.partialRecord(z.enum(VERDICTS), count).meta({ description: 'without intended ones' }),
  carrying: count,
  emulated: z.boolean(),
  foreign: count.meta({ description: 'rules on the same devices that are not ours' }),
  findings: z.array(finding),
})

export const ruleState = z.object({
  ours: z.boolean(),
  inHw: z.boolean(),
  inHwCount: count,
  label: label.nullable(),
  hardware: counters,
  software: counters,
})

/** A rule of the node. What it matches and does follows from the kernel layer's types (docs/rules.md), as do fields not named here. */
export const ruleItem = z.looseObject({
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

export const rulesSummary = z.object({
  rules: count,
  flower: count,
  inHw: count,
  ours: count,
  devices: count,
  emulated: z.boolean(),
})

export const loadedItem = z.object({
  change: z.enum(['add', 'replace', 'same']),
  device: z.string(),
  parent: z.enum(['ingress', 'egress']),
  chain: count,
  priority: count,
  rule: z.string().meta({ description: 'for people' }),
  warning: z.string().nullable().meta({ description: "the kernel's words about a rule that it took, verbatim" }),
})

export const loadedSummary = z.object({
  added: count,
  replaced: count,
  unchanged: count,
  qdiscs: z.array(z.string()).meta({ description: 'devices that got a clsact qdisc' }),
  dryRun: z.boolean(),
})

export type JudgedRuleItem = Printed<z.infer<typeof judgedRule>>
export type VerdictSummary = Printed<z.infer<typeof verdictSummary>>
export type RuleState = Printed<z.infer<typeof ruleState>>
export type RulesSummary = Printed<z.infer<typeof rulesSummary>>
export type LoadedItem = Printed<z.infer<typeof loadedItem>>
export type LoadedSummary = Printed<z.infer<typeof loadedSummary>>
export type ProbeItem = Printed<z.infer<typeof probe>>
