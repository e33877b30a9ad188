import { z } from 'zod'
import { REASON_SOURCES } from '../../offload/reasons/index.js'

/** Parts that several reports have. */

export const pci = z.string().meta({ description: 'PCI address', examples: ['0000:d8:00.0'] })
export const ip = z.string().meta({ description: 'IPv4 or IPv6 address' })
export const mac = z.string().meta({ description: 'MAC address' })
export const count = z.int().min(0)
export const counters = z.object({ packets: count, bytes: count })
export const label = z
  .enum(['emulated', 'source-read', 'hw-observed'])
  .meta({ description: 'how the fact is known; emulated: seen in the lab, says nothing about hardware' })
export const vf = z.object({ pf: pci, index: count })
export const option = z.object({ class: count, type: count, data: z.string() })
export const ruleDevice = z.discriminatedUnion('role', [
  z.object({ role: z.literal('representor'), name: z.string() }),
  z.object({ role: z.literal('tunnel'), type: z.enum(['geneve', 'vxlan']), port: count }),
])

export const reason = z.object({
  code: z.string().meta({ description: 'stable; nicsteer reasons CODE explains it' }),
  text: z.string().nullable().meta({ description: "the kernel's words, verbatim; null: it said nothing" }),
  hint: z.string(),
  source: z.enum(REASON_SOURCES).meta({
    description:
      'extack: the answer to our own installation; traced: heard in the kernel; ovs-log: Open vSwitch’s log; probe: said of a twin; ovs: printed with the flow; evidence: deduced from what the node is like',
  }),
  approximate: z.boolean().meta({ description: 'it was said of a rule that need not be this one' }),
})

export const match = z.object({
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

export const tunnel = z.object({
  localIp: ip,
  remoteIp: ip,
  vni: count,
  port: count,
  ttl: count,
  tos: count.optional().meta({ description: 'where it is not 0' }),
  options: z.array(option),
})

export const action = z.discriminatedUnion('kind', [
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

export const finding = z.object({ code: z.string(), text: z.string(), hint: z.string() })

export type RefusalItem = Printed<z.infer<typeof reason>>

/** What is printed is only read: the domain's own types are readonly. */
export type Printed<T> = T extends object ? { readonly [K in keyof T]: Printed<T[K]> } : T
