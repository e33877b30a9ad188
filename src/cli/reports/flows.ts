import { z } from 'zod'
import { VERDICTS } from '../../offload/verdict.js'
import { count, flowEvidence, ip, label, type Printed, reason, vf } from './parts.js'

/** Flows of Open vSwitch. */

export const flow = z.object({
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
  evidence: flowEvidence
    .nullable()
    .meta({ description: 'what the verdict rests on: its rule in TC; null: it has none, or none can be asked' }),
})

export const flowsSummary = z.object({
  truth: z.string(),
  flows: count,
  verdicts: z.partialRecord(z.enum(VERDICTS), count),
  emulated: z.boolean(),
})

export type FlowItem = Printed<z.infer<typeof flow>>
export type FlowsSummary = Printed<z.infer<typeof flowsSummary>>
