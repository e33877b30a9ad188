import { z } from 'zod'
import { RULE_KINDS } from '../../steering/rule.js'
import { action, count, finding, match, type Printed, pci, vf } from './parts.js'

/** What apply would change. */

export const plannedRule = z.object({
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

export const planSummary = z.object({
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

export type PlannedItem = Printed<z.infer<typeof plannedRule>>
export type PlanSummary = Printed<z.infer<typeof planSummary>>
