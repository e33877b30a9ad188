import { NicsteerError } from '../base/errors.js'
import type { Encapsulation, Finding } from '../steering/model.js'
import { type OvnTunnel, ovnTunnel, ovnTunnels, tunnelType } from '../steering/ovn-choice.js'
import type { Encap, Southbound, SouthboundChassis } from './southbound.js'

const DEFAULT_PORTS = { geneve: 6081, vxlan: 4789 } as const
const TTL = 64

/** How OVN gets from here to another chassis. */
export interface Way {
  chassis: SouthboundChassis
  type: string
  tunnels: readonly OvnTunnel[]
}

/** How a node's tunnels are made. @throws NicsteerError NO_ENCAPSULATION */
export function encapsulationOf(here: SouthboundChassis, encaps: Southbound['encaps']): Encapsulation {
  const types = here.encaps.map((encap) => encap.type)
  const type = (['geneve', 'vxlan'] as const).find((one) => types.includes(one))
  if (type === undefined) {
    const what = `chassis ${here.name} has no GENEVE and no VXLAN encapsulation`
    const hint = 'ovs-vsctl set Open_vSwitch . external_ids:ovn-encap-type=geneve'
    throw new NicsteerError('NO_ENCAPSULATION', what, { hint })
  }
  return { type, port: portOf(type, here, encaps), options: 'ovn', ttl: TTL }
}

function portOf(type: 'geneve' | 'vxlan', { name }: SouthboundChassis, encaps: Southbound['encaps']): number {
  const own = [...encaps.values()].find((one) => one.chassis_name === name && one.type === type)
  return Number(own?.options.get('dst_port') ?? DEFAULT_PORTS[type])
}

/** How to get to another chassis; a text where OVN has no tunnel to it that this node's rules could be in. */
export function wayTo(
  here: SouthboundChassis,
  chassis: SouthboundChassis,
  { type, port }: Encapsulation,
  encaps: Southbound['encaps'],
): Way | string {
  const tunnels = ovnTunnels(here, chassis)
  if (typeof tunnels === 'string') return tunnels
  const theirs = tunnelType(here, chassis)
  if (theirs !== type) return `it takes ${theirs}, this node's encapsulation is ${type}`
  const theirPort = portOf(type, chassis, encaps)
  return theirPort === port ? { chassis, type, tunnels } : `it takes UDP port ${theirPort}, this node ${port}`
}

/** The VTEP of a remote port: what it is tied to, else the default of its chassis, else the first. */
export function remoteText(tied: Encap | undefined, { chassis, type }: Way): string {
  if (tied !== undefined) return tied.ip
  const encaps = chassis.encaps.filter((encap) => encap.type === type)
  const [first] = encaps.map(({ ip }) => ip).sort()
  return encaps.find(({ isDefault }) => isDefault)?.ip ?? first ?? ''
}

/** Which remote ports OVN sends to by the same tunnel, to say once where that tunnel is not a particular one. */
export class Pairs {
  readonly #found = new Map<string, { way: Way; tied: string | undefined; ports: string[] }>()

  add(way: Way, tied: string | undefined, port: string): void {
    const key = `${way.chassis.uuid} ${tied ?? ''}`
    const pair = this.#found.get(key) ?? { way, tied, ports: [] }
    pair.ports.push(port)
    this.#found.set(key, pair)
  }

  findings(network: string, localIp: string, why: string, findings: Finding[]): void {
    for (const { way, tied, ports } of this.#found.values()) {
      const tunnel = ovnTunnel(way.tunnels, localIp, tied)
      if ('exact' in tunnel) continue
      const takes = tunnel.anyOf
        .map(({ local, remote }) => `${local} -> ${remote}`)
        .sort()
        .join(', ')
      const { name } = way.chassis
      findings.push({
        code: 'OVN_FALLS_BACK',
        text: `network ${network}, from ${localIp} (${why}) to ${ports.join(', ')}: OVN has no tunnel of its own to ${tied ?? `ports of ${name} that are tied to no encapsulation`}; it takes whichever it finds first of: ${takes}`,
        hint: `on ${name}: ovs-vsctl set Interface DEVICE external_ids:encap-ip=VTEP, or set Open_vSwitch . external_ids:ovn-encap-ip-default=VTEP`,
        path: ['spec', 'source'],
      })
    }
  }
}
