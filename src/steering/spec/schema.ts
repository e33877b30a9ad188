import { z } from 'zod'
import { NicsteerError } from '../../base/errors.js'
import { isMulticastMac, parseIp, parseMac, type Vni } from '../../base/types.js'
import type { Encapsulation, OvnSource, Steering } from '../model.js'
import { parseVtep } from '../vtep.js'

/** The file a user writes, `kind: Steering` (DESIGN.md "Files users write"). docs/schema/steering.json is made from it. */

export const API_VERSION = 'nicsteer/v1alpha1'
export const DEFAULT_PLANE = 'default'
const DEFAULT_PORT = { geneve: 6081, vxlan: 4789 } as const
const DEFAULT_TTL = 64

/** Text that a parser of ours accepts; what it says becomes the issue. */
function parsed(parse: (text: string) => unknown, description: string) {
  return z
    .string()
    .meta({ description })
    .superRefine((text, context) => {
      try {
        parse(text)
      } catch (error) {
        if (!(error instanceof NicsteerError)) throw error
        const message = error.hint ? `${error.message}: ${error.hint}` : error.message
        // What looks at whole objects afterwards may count on it.
        context.addIssue({ code: 'custom', message, continue: false })
      }
    })
}

const mac = parsed((text) => {
  const address = parseMac(text)
  if (isMulticastMac(address)) throw new NicsteerError('BAD_MAC', `"${text}" is a multicast address`)
  if (address === '00:00:00:00:00:00') throw new NicsteerError('BAD_MAC', `"${text}" is no endpoint's address`)
  return address
}, 'MAC address of one endpoint')
const ip = parsed(parseIp, 'IPv4 or IPv6 address')
const vtep = parsed(
  parseVtep,
  'VTEP: IPv4 or IPv6 unicast address; with its plane: 10.0.0.1:rail0, [2001:db8::1]:rail0',
)
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

const plane = name.optional().meta({ description: `plane of the VTEP; ${DEFAULT_PLANE} where none is written` })

/** A plane may be written in two places, and then has to be the same one. */
function onePlane(
  { vtep, plane }: { vtep: string; plane?: string | undefined },
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  const written = parseVtep(vtep).plane
  if (written === undefined || plane === undefined || written === plane) return
  context.addIssue({ code: 'custom', path: ['plane'], message: `${plane}, but the VTEP says ${written}` })
}

const nic = z
  .strictObject({
    pf: name.meta({ description: 'PCI address or name of the uplink netdev' }),
    vtep,
    device: name.optional().meta({ description: 'netdev that has the VTEP address, where it is not the uplink' }),
    plane,
  })
  .superRefine(onePlane)

const key = z.int().min(1).max(0xffff)

const local = z.strictObject({
  vf: z
    .union([z.strictObject({ pf: name, index: z.int().min(0).max(0xffff) }), z.strictObject({ ifaceId: name }), name], {
      error: 'must be {pf, index}, {ifaceId}, or the PCI address, representor or netdev of a VF',
    })
    .meta({
      description:
        '{pf, index}, or the PCI address, representor or netdev of the VF, or {ifaceId} as Open vSwitch has it',
    }),
  mac,
  ips: z.array(ip).default([]),
  key: key.optional().meta({ description: 'OVN: tunnel key of the port' }),
  vtep: vtep.optional().meta({ description: 'instead of the VTEP of the VF’s own PF' }),
})

const remote = z
  .strictObject({
    mac,
    ips: z.array(ip).default([]),
    vtep,
    plane,
    key: key.optional().meta({ description: 'OVN: tunnel key of the port' }),
    node: name.optional(),
  })
  .superRefine(onePlane)

const network = z.strictObject({
  name,
  vni: z.int().min(0).max(0xffffff).meta({ description: 'VNI; OVN: tunnel key of the datapath' }),
  local: z.array(local).default([]),
  remote: z.array(remote).default([]),
})

const ovn = z.strictObject({
  southbound: name.optional().meta({
    description:
      'OVSDB server: unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, several with commas; unix:/run/ovn/ovnsb_db.sock where missing; where that is not, ovn-remote of the local Open vSwitch',
  }),
  ovs: name.optional().meta({ description: 'the local Open vSwitch; unix:/run/openvswitch/db.sock where missing' }),
  stateless: z.array(name).default([]).meta({
    description: 'networks without ACLs and load balancers whose VFs may tunnel between two NICs of the node',
  }),
})

const source = z
  .union([z.literal('ovn'), z.strictObject({ ovn })], { error: 'must be ovn, or {ovn: {southbound, ovs, stateless}}' })
  .meta({ description: 'read the networks from there instead' })

export const steeringFile = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Steering'),
    spec: z
      .strictObject({
        encapsulation: encapsulation.optional().meta({ description: 'with source: ovn, that of OVN where missing' }),
        fallback: z
          .enum(['never', 'refused', 'all'])
          .default('never')
          .meta({ description: 'which rules the BPF fallback carries' }),
        crossPlane: z
          .array(z.tuple([name, name]))
          .default([])
          .meta({ description: 'pairs of planes between which tunnels inside one node are allowed' }),
        nics: z.array(nic).min(1).optional().meta({
          description: 'PFs and their VTEPs; with source: ovn, those of ovn-pf-encap-ip-mapping where missing',
        }),
        source: source.optional(),
        networks: z.array(network).optional().meta({ description: 'or source' }),
      })
      .superRefine((spec, context) => {
        const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
        if (spec.source !== undefined) {
          if (spec.networks !== undefined) refuse('networks', 'they come from spec.source')
          return
        }
        for (const field of ['encapsulation', 'nics', 'networks'] as const) {
          if (spec[field] === undefined) refuse(field, 'must be given')
        }
      }),
  })
  .meta({ title: 'nicsteer Steering', description: 'Which VF reaches which endpoint by which tunnel.' })

export type SteeringFile = z.infer<typeof steeringFile>

const OVN: Encapsulation = { type: 'geneve', port: DEFAULT_PORT.geneve, options: 'ovn', ttl: DEFAULT_TTL }

/** What the checked file means: defaults filled in, addresses in canonical form. */
export function meaningOf({ spec }: SteeringFile): Steering {
  const encapsulation = spec.encapsulation && encapsulationOf(spec.encapsulation)
  return {
    encapsulation: encapsulation ?? OVN,
    fallback: spec.fallback === 'refused' ? 'refused' : 'never',
    crossPlane: spec.crossPlane,
    nics: (spec.nics ?? []).map((one) => ({ ...one, ...placed(one) })),
    networks: (spec.networks ?? []).map((one) => ({
      ...one,
      vni: one.vni as Vni,
      local: one.local.map(({ vtep, ...e }) => ({
        ...e,
        mac: parseMac(e.mac),
        ips: e.ips.map(parseIp),
        ...(vtep !== undefined && writtenAt(vtep)),
      })),
      remote: one.remote.map((e) => ({ ...e, mac: parseMac(e.mac), ips: e.ips.map(parseIp), ...placed(e) })),
    })),
    ...(spec.source !== undefined && { source: sourceOf(spec.source, encapsulation) }),
  }
}

function encapsulationOf({ type, port, options, ttl }: z.infer<typeof encapsulation>): Encapsulation {
  const layout =
    typeof options === 'string' ? options : options.map((one) => ({ ...one, data: one.data.toLowerCase() }))
  return { type, port: port ?? DEFAULT_PORT[type], options: layout, ttl }
}

function sourceOf(written: z.infer<typeof source>, encapsulation: Encapsulation | undefined): OvnSource {
  return { stateless: [], ...(written === 'ovn' ? {} : written.ovn), encapsulation }
}

function placed({ vtep, plane }: { vtep: string; plane?: string | undefined }) {
  const written = parseVtep(vtep)
  return { vtep: written.ip, plane: written.plane ?? plane ?? DEFAULT_PLANE }
}

function writtenAt(vtep: string) {
  const { ip, plane } = parseVtep(vtep)
  return { vtep: ip, ...(plane !== undefined && { plane }) }
}
