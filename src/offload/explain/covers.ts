import { type IpAddress, ipBytes, type MacAddress, macBytes } from '../../base/types.js'

/** An address in a match, with the bits that count; all of them without a mask. */
export interface MaskedAddress {
  value: string
  mask?: string | undefined
}

/** Whether a match lets an address through; a match without one lets all. */
export function coversMac(match: MaskedAddress | undefined, mac: MacAddress): boolean {
  return covers(match, mac, (text) => macBytes(text as MacAddress))
}

/** As {@link coversMac}; false for an address of the other family. */
export function coversIp(match: MaskedAddress | undefined, ip: IpAddress): boolean {
  return covers(match, ip, (text) => ipBytes(text as IpAddress))
}

function covers(match: MaskedAddress | undefined, address: string, bytes: (text: string) => Uint8Array): boolean {
  if (match === undefined) return true
  const [value, wanted] = [bytes(match.value), bytes(address)]
  const mask = match.mask === undefined ? undefined : bytes(match.mask)
  if (value.length !== wanted.length) return false
  return value.every((byte, at) => ((byte ^ (wanted[at] ?? 0)) & (mask?.[at] ?? 0xff)) === 0)
}
