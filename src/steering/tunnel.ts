import type { IpAddress } from '../base/types.js'
import { decapOptions, encapOptions, type Keys, tunnelVni } from './layout.js'
import type { Encapsulation, Network } from './model.js'
import type { RuleDevice, Tunnel, TunnelMatch } from './rule.js'

/** The outer header of one tunnel, as its sender writes it and as its receiver matches it. */

export interface Ends {
  localIp: IpAddress
  remoteIp: IpAddress
}

/** @param keys of the sender's port, and of the port or group that it goes to */
export function tunnelTo(
  { type, port, ttl, tos, options }: Encapsulation,
  { vni }: Pick<Network, 'vni'>,
  { localIp, remoteIp }: Ends,
  keys: Keys,
): Tunnel {
  return {
    localIp,
    remoteIp,
    vni: tunnelVni(type, options, vni, keys.egress),
    port,
    ttl,
    ...(tos ? { tos } : {}),
    options: encapOptions(type, options, keys),
  }
}

/** @param egress key of the port or group here */
export function tunnelFrom(
  { type, port, options }: Encapsulation,
  { vni }: Pick<Network, 'vni'>,
  { localIp, remoteIp }: Ends,
  egress: number,
): TunnelMatch {
  return {
    remoteIp,
    localIp,
    vni: tunnelVni(type, options, vni, egress),
    port,
    options: decapOptions(type, options, egress),
  }
}

export function tunnelDevice({ type, port }: Encapsulation): RuleDevice {
  return { role: 'tunnel', type, port }
}
