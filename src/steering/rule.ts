import type { IpAddress, MacAddress, Vni } from '../base/types.js'
import type { TunnelOption, TunnelType, VfId } from './model.js'

export const RULE_KINDS = ['local', 'encap', 'decap', 'drop'] as const
export type RuleKind = (typeof RULE_KINDS)[number]

/** On which device a rule is: a VF's representor, or the tunnel device of a type and port. */
export type RuleDevice = { role: 'representor'; name: string } | { role: 'tunnel'; type: TunnelType; port: number }

/** An option as a decap rule matches it: only the bits of the mask. */
export interface MaskedOption extends TunnelOption {
  /** Hex, as long as the data. */
  mask: string
}

/** The outer header that a decap rule matches. */
export interface TunnelMatch {
  remoteIp: IpAddress
  localIp: IpAddress
  vni: Vni
  port: number
  options: readonly MaskedOption[]
}

export interface RuleMatch {
  srcMac?: MacAddress
  dstMac?: MacAddress
  tunnel?: TunnelMatch
}

/** The outer header that an encap rule writes. */
export interface Tunnel {
  localIp: IpAddress
  remoteIp: IpAddress
  vni: Vni
  port: number
  ttl: number
  options: readonly TunnelOption[]
}

export type RuleAction =
  | { kind: 'encap'; tunnel: Tunnel; to: RuleDevice }
  | { kind: 'decap'; to: RuleDevice }
  | { kind: 'redirect'; to: RuleDevice }
  | { kind: 'drop' }

/** One flower filter to be, in steering's own words. Where it is and what it matches is its identity; its action is its content. */
export interface Rule {
  kind: RuleKind
  device: RuleDevice
  chain: number
  priority: number
  match: RuleMatch
  action: RuleAction
  /** Only for software: the last rule of a representor, which must not swallow in hardware what the fallback has to see. */
  softwareOnly: boolean
  /** The VF whose traffic it carries. */
  vf: VfId
  network?: string
  /** Who is at the other end. */
  peer?: MacAddress
  /** Of a tunnel between two NICs of this node: its other end's VTEP. */
  intraNode?: IpAddress
  /** Why the rule is as it is, for people. */
  why: string
}

/** DESIGN.md "How rules are owned": on devices that aren't OVS ports; mlx5 without ignore_flow_level takes 1 to 16. */
export const PRIORITY: Readonly<Record<RuleKind, number>> = { local: 10, encap: 11, decap: 10, drop: 16 }

export function showDevice(device: RuleDevice): string {
  return device.role === 'representor' ? device.name : `${device.type}:${device.port}`
}

/** `encap 0000:d8:00.0 VF 0 -> 02:00:00:00:01:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001` and the like. */
export function showRule({ kind, vf, peer, match, action }: Rule): string {
  const who = `${vf.pf} VF ${vf.index}`
  if (action.kind === 'encap') {
    const { localIp, remoteIp, vni } = action.tunnel
    return `${kind} ${who} -> ${peer} by ${localIp} -> ${remoteIp} VNI ${vni}`
  }
  if (match.tunnel)
    return `${kind} ${match.tunnel.remoteIp} -> ${match.tunnel.localIp} VNI ${match.tunnel.vni} -> ${who}`
  if (action.kind === 'redirect') return `${kind} ${who} -> ${peer} by ${showDevice(action.to)}`
  return `${kind} what ${who} sends otherwise`
}
