import { orUndefined } from '../base/errors.js'
import { type IpAddress, type MacAddress, parseIp, parseMac } from '../base/types.js'
import { DEFAULT_PLANE } from '../steering/spec/schema.js'
import { parseVtep, type WrittenVtep } from '../steering/vtep.js'
import type { PortBinding } from './southbound.js'

export interface Addresses {
  mac: MacAddress
  ips: IpAddress[]
}

/**
 * The addresses of a port: Port_Binding.mac has texts of a MAC and its IPs, and words such as `unknown` (ovn-sb(5)).
 * @returns all pairs that have a MAC, and the words
 */
export function addressesOf({ mac }: PortBinding): { addresses: Addresses[]; words: string[] } {
  const addresses: Addresses[] = []
  const words: string[] = []
  for (const text of mac) {
    const [first = '', ...ips] = text.trim().split(/\s+/)
    const parsed = orUndefined(() => ({ mac: parseMac(first), ips: ips.map((ip) => parseIp(ip.split('/')[0] ?? '')) }))
    if (parsed === undefined) words.push(text)
    else addresses.push(parsed)
  }
  return { addresses, words }
}

/** An encapsulation's address; undefined where it is none. */
export function vtepOf(text: string): (WrittenVtep & { plane: string }) | undefined {
  const written = orUndefined(() => parseVtep(text))
  return written && { ip: written.ip, plane: written.plane ?? DEFAULT_PLANE }
}
