import { z } from 'zod'
import { AREAS, RESULTS } from '../../offload/doctor/check.js'
import { count, label, type Printed } from './parts.js'

/** Checks of the node. */

export const checkItem = z.object({
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

export const doctorSummary = z.object({
  truth: z.string(),
  ok: count,
  warn: count,
  fail: count,
  skip: count,
  emulated: z.boolean().meta({ description: "a NIC is the lab's stand-in" }),
})

export type CheckItem = Printed<z.infer<typeof checkItem>>
export type DoctorSummary = Printed<z.infer<typeof doctorSummary>>
