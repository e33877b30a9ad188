import { z } from 'zod'
import { FORMAT_VERSION } from './output.js'
import { checkItem, doctorSummary } from './reports/doctor.js'
import { explanationSummary, hop } from './reports/explain.js'
import { flow, flowsSummary } from './reports/flows.js'
import { count } from './reports/parts.js'
import { plannedRule, planSummary } from './reports/plan.js'
import { reasonItem, reasonsSummary } from './reports/reasons.js'
import { judgedRule, loadedItem, loadedSummary, ruleItem, rulesSummary, verdictSummary } from './reports/rules.js'
import { nicItem, topologySummary } from './reports/topology.js'
import { tracedItem, traceSummary } from './reports/trace.js'

export type { CheckItem, DoctorSummary } from './reports/doctor.js'
export type { ExplanationSummary, HopItem } from './reports/explain.js'
export type { FlowItem, FlowsSummary } from './reports/flows.js'
export type { RefusalItem } from './reports/parts.js'
export type { PlannedItem, PlanSummary } from './reports/plan.js'
export type { ReasonItem, ReasonsSummary } from './reports/reasons.js'
export type {
  JudgedRuleItem,
  LoadedItem,
  LoadedSummary,
  ProbeItem,
  RuleState,
  RulesSummary,
  VerdictSummary,
} from './reports/rules.js'
export type { NicItem, TopologySummary } from './reports/topology.js'
export type { TraceItem, TraceSummary } from './reports/trace.js'

/** What `-o json` prints (DESIGN.md "CLI contract"). docs/schema is made from it; fields are only ever added. */

function report<K extends string, I extends z.ZodType, S extends z.ZodType>(kind: K, item: I, summary: S) {
  return z.object({
    apiVersion: z.literal(FORMAT_VERSION),
    kind: z.literal(kind),
    items: z.array(item),
    summary,
  })
}

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
