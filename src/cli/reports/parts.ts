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

const exits = ['own-pf', 'sibling-pf', 'elsewhere', 'host', 'none', 'no-source'] as const

/** What a verdict rests on, of a rule in TC. */
export const evidence = z.object({
  inHw: z.boolean(),
  inHwCount: count.meta({ description: 'drivers that have it' }),
  holder: z
    .object({
      pf: pci.nullable().meta({ description: 'null: it can’t be told' }),
      label: label.nullable().meta({ description: 'how that is known which it follows from' }),
      why: z.string(),
    })
    .nullable()
    .meta({ description: 'whose hardware has it; null: none' }),
  cookie: z.string().nullable().meta({ description: 'hex; of the last action' }),
  hardware: counters,
  software: counters,
  moved: z
    .object({ hardware: count, software: count })
    .nullable()
    .meta({ description: 'packets while it was looked at; null: looked at once, or not there before' }),
  path: z
    .object({
      localIp: ip,
      remoteIp: ip,
      exit: z.enum(exits).meta({ description: 'where the packets leave' }),
      device: z.string().nullable(),
      nextHop: ip.nullable(),
      neighbour: z.enum(['valid', 'unresolved', 'unknown']),
      mtu: count.nullable(),
      problem: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'route and neighbour of the tunnel now; of several the worst' }),
  secondStage: z
    .object({ device: z.string(), inHardware: count, others: count })
    .nullable()
    .meta({ description: 'rules of Open vSwitch on the egress of the internal port that the VTEP is on' }),
})

export const flowEvidence = evidence.extend({
  connections: z
    .array(z.object({ zone: count, offloaded: count, inHardware: count }))
    .meta({ description: 'by zone of its connection tracking: in TC’s flow table, and of these in hardware' }),
})

export const ruleEvidence = evidence.extend({
  present: z
    .enum(['no', 'other', 'same', 'foreign'])
    .meta({ description: 'other: does something else; foreign: somebody else’s is in its place' }),
  representor: z
    .object({
      device: z.string(),
      packets: count.meta({ description: 'of the VF, whatever they were, that came to the host (cpu_hit)' }),
      moved: count.nullable().meta({ description: 'while it was looked at; null: looked at once' }),
      uncounted: count.nullable().meta({ description: 'of moved: what no filter counted in software, at least' }),
      blind: z.string().nullable().meta({ description: 'why the rule may not have counted its own among them' }),
      takenBy: z
        .object({ priority: count, packets: count })
        .nullable()
        .meta({ description: 'another filter that took packets of the rule in software' }),
    })
    .nullable()
    .meta({ description: 'null: not on a representor, or its driver does not count' }),
})

export const finding = z.object({ code: z.string(), text: z.string(), hint: z.string() })

export type RefusalItem = Printed<z.infer<typeof reason>>

/** What is printed is only read: the domain's own types are readonly. */
export type Printed<T> = T extends object ? { readonly [K in keyof T]: Printed<T[K]> } : T
