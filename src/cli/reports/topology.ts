import { z } from 'zod'
import { count, ip, label, mac, type Printed, pci } from './parts.js'

/** NICs, PFs and VFs. */

export const pf = z.object({
  pci,
  driver: z.string(),
  emulated: z.boolean(),
  firmware: z.string().nullable(),
  uplink: z.object({ name: z.string(), ifindex: count, up: z.boolean(), carrier: z.boolean(), mtu: count }),
  switchId: z.string().nullable(),
  eswitchMode: z.enum(['legacy', 'switchdev', 'switchdev_inactive', 'unknown']),
  hwTcOffload: z.enum(['on', 'off', 'unsupported']),
  vteps: z.array(ip),
  totalVfs: count,
  label,
  vfs: z.array(
    z.object({
      index: count,
      pci,
      representor: z.object({ name: z.string(), ifindex: count, up: z.boolean() }).nullable(),
      netdevs: z.array(z.string()),
      driver: z.string().nullable(),
      mac: mac.nullable(),
    }),
  ),
})

export const topologySummary = z.object({
  nics: count,
  pfs: count,
  vfs: count,
  gaps: z.array(z.object({ pf: pci, code: z.string(), text: z.string(), hint: z.string() })),
})

export const nicItem = z.object({ switchId: z.string().nullable(), pfs: z.array(pf) })

export type NicItem = Printed<z.infer<typeof nicItem>>
export type TopologySummary = Printed<z.infer<typeof topologySummary>>
