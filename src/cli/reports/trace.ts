import { z } from 'zod'
import { count, type Printed, reason } from './parts.js'

/** Refusals as they happen. */

export const flags = z.object({
  skipHw: z.boolean().optional(),
  skipSw: z.boolean().optional(),
  verbose: z.boolean().optional(),
  inHw: z.boolean().optional(),
  notInHw: z.boolean().optional(),
})

export const tracedRule = z.object({
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

export const tracedItem = z.object({
  kind: z.enum(['offer', 'text']).meta({ description: 'text: said outside of any offer of a rule' }),
  time: z.string().meta({ description: 'ISO 8601, UTC' }),
  refused: z.boolean().meta({ description: 'no driver took the rule, or the offer failed' }),
  process: z.object({ pid: count, tid: count, comm: z.string().meta({ description: 'name of the thread' }) }),
  rule: tracedRule.nullable(),
  texts: z.array(z.string()).meta({ description: "the kernel's words, verbatim and in their order" }),
  moreTexts: count.meta({ description: 'texts that found no room' }),
  reason: reason.nullable(),
})

export const traceSummary = z.object({
  source: z
    .enum(['tc_setup_cb_add', 'tracepoint'])
    .meta({ description: 'tracepoint: texts alone, without the rules that they are about' }),
  why: z.string().nullable().meta({ description: 'why it is the tracepoint alone' }),
  refusals: count,
  texts: count.meta({ description: 'outside of any offer' }),
  takenWithTexts: count.meta({ description: 'rules in hardware of which something was said: no refusals' }),
  lost: count.meta({ description: 'events that came faster than they were read' }),
})

export type TraceItem = Printed<z.infer<typeof tracedItem>>
export type TraceSummary = Printed<z.infer<typeof traceSummary>>
