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
  verdict: z.enum(VERDICTS).nullable().meta({ description: 'of the rule that carries it there; null: none does' }),
  carrying: z.enum(['yes', 'idle']).nullable(),
  label,
  conclusion: z.string().meta({ description: 'in hardware or not, why, and what to do: one sentence' }),
})

export type HopItem = Printed<z.infer<typeof hop>>
export type ExplanationSummary = Printed<z.infer<typeof explanationSummary>>
