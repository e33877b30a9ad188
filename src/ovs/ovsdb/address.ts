import { isIPv6 } from 'node:net'
import { NicsteerError } from '../../base/errors.js'

/** Where an OVSDB server listens (ovsdb(7), "Connection Methods"). */
export type OvsdbAddress = { kind: 'unix'; path: string } | { kind: 'tcp' | 'ssl'; host: string; port: number }

const FORMS = 'write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, IPv6 in brackets'

/**
 * One address or several, separated by commas, as `ovn-remote` has them.
 * @throws NicsteerError OVSDB_BAD_ADDRESS
 */
export function parseAddresses(text: string): OvsdbAddress[] {
  return text.split(',').map((part) => parseAddress(part.trim()))
}

function parseAddress(text: string): OvsdbAddress {
  const refuse = () =>
    new NicsteerError('OVSDB_BAD_ADDRESS', `"${text}" is no address of an OVSDB server`, { hint: FORMS })
  const path = /^unix:(.+)$/.exec(text)?.[1]
  if (path !== undefined) return { kind: 'unix', path }
  const [, kind, bracketed, plain, port] = /^(tcp|ssl):(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) throw refuse()
  if (Number(port) < 1 || Number(port) > 0xffff) throw refuse()
  return { kind: kind as 'tcp' | 'ssl', host, port: Number(port) }
}

export function showAddress(address: OvsdbAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const { kind, host, port } = address
  return `${kind}:${host.includes(':') ? `[${host}]` : host}:${port}`
}
