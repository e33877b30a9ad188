import { z } from 'zod'
import { AREA_NAMES, OPEN_VSWITCH } from '../../offload/reasons/index.js'
import { count, label, type Printed } from './parts.js'

/** The catalogue of reasons. */

export const reasonItem = z.object({
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
  sources: z
    .array(
      z.object({
        project: z.literal(OPEN_VSWITCH).optional().meta({ description: 'missing: the kernel' }),
        file: z.string(),
        function: z.string(),
      }),
    )
    .meta({ description: 'in the tree of that project' }),
  label: label.nullable().meta({ description: 'null: nicsteer itself finds it' }),
})

export const reasonsSummary = z.object({
  reasons: count,
  kernel: z.string().meta({ description: 'whose source was read' }),
})

export type ReasonItem = Printed<z.infer<typeof reasonItem>>
export type ReasonsSummary = Printed<z.infer<typeof reasonsSummary>>
