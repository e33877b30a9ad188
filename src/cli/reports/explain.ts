import { z } from 'zod'
import { PLACES } from '../../offload/explain/hop.js'
import { VERDICTS } from '../../offload/verdict.js'
import { label, type Printed, reason } from './parts.js'

/** Hops of a packet. */

export const hop = z.object({
  hop: z.int().min(1),
  place: z.enum(PLACES),
  found: z.string().meta({ description: 'what was looked up there, and what was found; for people' }),
  problem: z.string().nullable().meta({ description: 'why packets go no further, or not in hardware' }),
  hint: z.string().nullable(),
  reason: reason.nullable(),
})

export const explanationSummary = z.object({
  from: z.string(),
  to: z.string(),
  verdict: z
    .enum(VERDICTS)
    .nullable()
    .meta({ description: 'of what carries it there; null: nothing does, or nothing has come yet' }),
  carrying: z.enum(['yes', 'idle']).nullable(),
  by: z.enum(['rule', 'flow', 'asked']).nullable().meta({
    description:
      'what carries it: a rule of ours, flows of Open vSwitch; asked: no flow is there, Open vSwitch was asked what it would do; null: nothing',
  }),
  label,
  conclusion: z.string().meta({ description: 'in hardware or not, why, and what to do: one sentence' }),
})

export type HopItem = Printed<z.infer<typeof hop>>
export type ExplanationSummary = Printed<z.infer<typeof explanationSummary>>
