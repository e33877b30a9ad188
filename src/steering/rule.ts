import type { IpAddress, MacAddress, PciAddress, Vni } from '../base/types.js'
import type { TunnelOption, TunnelType, VfId } from './model.js'

/** The order is that of their codes in cookies (offload/ownership.ts): append only. */
export const RULE_KINDS = ['local', 'encap', 'decap', 'drop', 'bum', 'bum-decap', 'control'] as const
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
  /** Bits of dstMac that count; all where missing. */
  dstMask?: MacAddress
  tunnel?: TunnelMatch
}

/** The outer header that an encap rule writes. */
export interface Tunnel {
  localIp: IpAddress
  remoteIp: IpAddress
  vni: Vni
  port: number
  ttl: number
  /** TOS or traffic class where it isn't 0. */
  tos?: number
  options: readonly TunnelOption[]
}

export type RuleAction =
  | { kind: 'encap'; tunnel: Tunnel; to: RuleDevice }
  | { kind: 'decap'; to: RuleDevice }
  | { kind: 'redirect'; to: RuleDevice }
  /** A copy to each; `decap`: what comes out of a tunnel. */
  | { kind: 'copies'; decap: boolean; outputs: readonly CopyOutput[] }
  | { kind: 'drop' }

export interface CopyOutput {
  to: RuleDevice
  tunnel?: Tunnel
}

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
  /** Only for hardware: software has a rule of its own, which must not lose its packets to this one. */
  hardwareOnly?: true
  /** The PF whose NIC is to have it. */
  pf: PciAddress
  /** The VF whose traffic it carries; missing where it is that of all VFs of the PF. */
  vf?: VfId
  network?: string
  /** Who is at the other end. */
  peer?: MacAddress
  /** Of a tunnel between two NICs of this node: its other end's VTEP. Copies may have some such among others. */
  intraNode?: IpAddress
  /** Why the rule is as it is, for people. */
  why: string
}

/** DESIGN.md "How rules are owned": on devices that aren't OVS ports; mlx5 without ignore_flow_level takes 1 to 16. */
export const PRIORITY: Readonly<Record<RuleKind, number>> = {
  control: 10,
  local: 10,
  encap: 11,
  bum: 12,
  drop: 16,
  decap: 10,
  'bum-decap': 11,
}

/** The outer headers that a rule writes. */
export function tunnelsOf({ action }: Pick<Rule, 'action'>): readonly Tunnel[] {
  if (action.kind === 'encap') return [action.tunnel]
  return action.kind === 'copies' ? action.outputs.flatMap(({ tunnel }) => tunnel ?? []) : []
}

export function showDevice(device: RuleDevice): string {
  return device.role === 'representor' ? device.name : `${device.type}:${device.port}`
}

/** `encap 0000:d8:00.0 VF 0 -> 02:00:00:00:01:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001` and the like. */
export function showRule({ kind, pf, vf, peer, match, action }: Rule): string {
  const who = vf === undefined ? `VFs of ${pf}` : `${vf.pf} VF ${vf.index}`
  const from = match.tunnel && `${match.tunnel.remoteIp} -> ${match.tunnel.localIp} VNI ${match.tunnel.vni}`
  switch (action.kind) {
    case 'encap': {
      const { localIp, remoteIp, vni } = action.tunnel
      return `${kind} ${who} -> ${peer} by ${localIp} -> ${remoteIp} VNI ${vni}`
    }
    case 'copies': {
      const to = action.outputs.map((output) => output.tunnel?.remoteIp ?? showDevice(output.to)).join(', ')
      return `${kind} ${from ?? who} -> ${to}`
    }
    case 'decap':
      return `${kind} ${from} -> ${who}`
    case 'redirect':
      return `${kind} ${who} -> ${peer} by ${showDevice(action.to)}`
    case 'drop':
      return kind === 'control' ? `${kind} frames of ${who}` : `${kind} what ${who} sends otherwise`
  }
}
