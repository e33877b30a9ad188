import { z } from 'zod'
import { NicsteerError } from '../../base/errors.js'
import { type IpAddress, isMulticastMac, type MacAddress, parseIp, parseMac, type Vni } from '../../base/types.js'

/** The file a user writes, `kind: Steering` (DESIGN.md "Files users write"). docs/schema/steering.json is made from it. */

export const API_VERSION = 'nicsteer/v1alpha1'
export const DEFAULT_PLANE = 'default'
const DEFAULT_PORT = { geneve: 6081, vxlan: 4789 } as const
const DEFAULT_TTL = 64

/** Text that a parser of ours accepts; what it says becomes the issue. */
function parsed<T extends string>(parse: (text: string) => T, description: string) {
  return z
    .string()
    .meta({ description })
    .superRefine((text, context) => {
      try {
        parse(text)
      } catch (error) {
        if (!(error instanceof NicsteerError)) throw error
        context.addIssue({ code: 'custom', message: error.hint ? `${error.message}: ${error.hint}` : error.message })
      }
    })
}

const mac = parsed<MacAddress>((text) => {
  const address = parseMac(text)
  if (isMulticastMac(address)) throw new NicsteerError('BAD_MAC', `"${text}" is a multicast address`)
  if (address === '00:00:00:00:00:00') throw new NicsteerError('BAD_MAC', `"${text}" is no endpoint's address`)
  return address
}, 'MAC address of one endpoint')
const ip = parsed<IpAddress>(parseIp, 'IPv4 or IPv6 address')
/** 0/8, 127/8, multicast and reserved of IPv4; unspecified, loopback, multicast, link-local of IPv6 (RFC 6890, RFC 4291). */
const NO_VTEP = /^(0\.|127\.|22[4-9]\.|2[345]\d\.|::1?$|ff|fe[89ab])/
const vtepIp = parsed<IpAddress>((text) => {
  const address = parseIp(text)
  if (!NO_VTEP.test(address)) return address
  throw new NicsteerError('BAD_IP', `"${text}" cannot be a tunnel endpoint`, {
    hint: 'give a routable unicast address',
  })
}, 'VTEP: IPv4 or IPv6 unicast address')
const hexData = z
  .string()
  .regex(/^([0-9a-fA-F]{8}){1,31}$/, 'must be 4 to 124 bytes in hexadecimal, a multiple of 4 bytes')
  .meta({ description: 'option data, hexadecimal' })
const name = z.string().min(1)

const option = z.strictObject({
  class: z.int().min(0).max(0xffff),
  type: z.int().min(0).max(0xff),
  data: hexData,
})

const encapsulation = z.strictObject({
  type: z.enum(['geneve', 'vxlan']),
  port: z
    .int()
    .min(1)
    .max(0xffff)
    .optional()
    .meta({ description: 'UDP destination port; 6081 for GENEVE, 4789 for VXLAN' }),
  options: z
    .union([z.enum(['none', 'ovn']), z.array(option).min(1)], {
      error: 'must be none, ovn or a list of {class, type, data}',
    })
    .default('none'),
  ttl: z.int().min(1).max(255).default(DEFAULT_TTL),
})

const nic = z.strictObject({
  pf: name.meta({ description: 'PCI address or name of the uplink netdev' }),
  vtep: vtepIp,
  device: name.optional().meta({ description: 'netdev that has the VTEP address, where it is not the uplink' }),
  plane: name.default(DEFAULT_PLANE),
})

const key = z.int().min(1).max(0xffff)

const local = z.strictObject({
  vf: z
    .union([z.strictObject({ pf: name, index: z.int().min(0).max(0xffff) }), name], {
      error: 'must be {pf, index}, or the PCI address, representor or netdev of a VF',
    })
    .meta({ description: '{pf, index}, or the PCI address, representor or netdev of the VF' }),
  mac,
  ips: z.array(ip).default([]),
  key: key.optional().meta({ description: 'OVN: tunnel key of the port' }),
  vtep: vtepIp.optional().meta({ description: 'instead of the VTEP of the VF’s own PF' }),
})

const remote = z.strictObject({
  mac,
  ips: z.array(ip).default([]),
  vtep: vtepIp,
  plane: name.default(DEFAULT_PLANE),
  key: key.optional().meta({ description: 'OVN: tunnel key of the port' }),
  node: name.optional(),
})

const network = z.strictObject({
  name,
  vni: z.int().min(0).max(0xffffff).meta({ description: 'VNI; OVN: tunnel key of the datapath' }),
  local: z.array(local).default([]),
  remote: z.array(remote).default([]),
})

export const steeringFile = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Steering'),
    spec: z.strictObject({
      encapsulation,
      fallback: z
        .enum(['never', 'refused', 'all'])
        .default('never')
        .meta({ description: 'which rules the BPF fallback carries' }),
      crossPlane: z
        .array(z.tuple([name, name]))
        .default([])
        .meta({ description: 'pairs of planes between which tunnels inside one node are allowed' }),
      nics: z.array(nic).min(1),
      networks: z.array(network),
    }),
  })
  .meta({ title: 'nicsteer Steering', description: 'Which VF reaches which endpoint by which tunnel.' })

export type SteeringFile = z.infer<typeof steeringFile>

/** What the checked file means: defaults filled in, addresses in canonical form. */
export function meaningOf({ spec }: SteeringFile) {
  const { type, port = DEFAULT_PORT[type], options, ttl } = spec.encapsulation
  const layout =
    typeof options === 'string' ? options : options.map((one) => ({ ...one, data: one.data.toLowerCase() }))
  return {
    encapsulation: { type, port, options: layout, ttl },
    fallback: spec.fallback === 'refused' ? ('refused' as const) : ('never' as const),
    crossPlane: spec.crossPlane,
    nics: spec.nics.map((one) => ({ ...one, vtep: parseIp(one.vtep) })),
    networks: spec.networks.map((one) => ({
      ...one,
      vni: one.vni as Vni,
      local: one.local.map((e) => ({
        ...e,
        mac: parseMac(e.mac),
        ips: e.ips.map(parseIp),
        vtep: e.vtep === undefined ? undefined : parseIp(e.vtep),
      })),
      remote: one.remote.map((e) => ({ ...e, mac: parseMac(e.mac), ips: e.ips.map(parseIp), vtep: parseIp(e.vtep) })),
    })),
  }
}
