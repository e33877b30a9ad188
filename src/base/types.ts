import { NicsteerError } from './errors.js'

/**
 * The words of the domain as types. A branded type can't be mixed up with another one of the same shape, and can only
 * be made by the function that checks it.
 */
declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** Index of a netdev in its network namespace, 1 … 2^31-1. */
export type Ifindex = Branded<number, 'Ifindex'>
/** Virtual network identifier of GENEVE (RFC 8926 section 3.4) and VXLAN (RFC 7348 section 5): 24 bits. */
export type Vni = Branded<number, 'Vni'>
/** EUI-48 in lower case with colons: `02:00:00:00:00:01`. */
export type MacAddress = Branded<string, 'MacAddress'>
/** IPv4 in dotted decimal, or IPv6 in the canonical form of RFC 5952; no zone, no prefix length. */
export type IpAddress = Branded<string, 'IpAddress'>
/** PCI address with domain, lower case: `0000:d8:00.0`. */
export type PciAddress = Branded<string, 'PciAddress'>

export type IpFamily = 4 | 6

/** @throws NicsteerError BAD_IFINDEX */
export function parseIfindex(value: number): Ifindex {
  if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff) {
    throw new NicsteerError('BAD_IFINDEX', `${value} is not an interface index`, { hint: 'use 1 to 2147483647' })
  }
  return value as Ifindex
}

/** @throws NicsteerError BAD_VNI */
export function parseVni(value: number): Vni {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffff) {
    throw new NicsteerError('BAD_VNI', `${value} is not a VNI`, { hint: 'use 0 to 16777215' })
  }
  return value as Vni
}

const PCI_ADDRESS = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i

/**
 * Accepts `d8:00.0` too (domain 0000), as lspci prints it.
 * @throws NicsteerError BAD_PCI_ADDRESS
 */
export function parsePciAddress(text: string): PciAddress {
  const parts = PCI_ADDRESS.exec(text)
  if (parts === null) {
    throw new NicsteerError('BAD_PCI_ADDRESS', `"${text}" is not a PCI address`, {
      hint: 'write domain:bus:device.function, for example 0000:d8:00.0',
    })
  }
  const [, domain = '0000', bus, device, fn] = parts
  return `${domain}:${bus}:${device}.${fn}`.toLowerCase() as PciAddress
}

export { formatIp, ipBytes, ipFamily, parseIp } from './ip.js'
export { formatMac, isMulticastMac, macBytes, parseMac } from './mac.js'
