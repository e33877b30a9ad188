import { parseIp } from '../../base/ip.js'
import type { IpAddress } from '../../base/types.js'
import { branchesOf, exact, itemOf } from './access.js'
import type { Action } from './actions.js'
import type { Flow } from './flow.js'
import type { ItemOf } from './grammar.js'
import type { GENEVE_OPTION, TUNNEL } from './tunnel.js'

/** The header of a tunnel. Of a match, a field of which not all bits matter is undefined. */
export interface Tunnel {
  id: bigint | undefined
  /** Undefined where no local_ip is set: the kernel then chooses by the route. */
  src: IpAddress | undefined
  dst: IpAddress | undefined
  tos: number | undefined
  ttl: number | undefined
  /** UDP destination port. */
  port: number | undefined
  options: GeneveOption[]
  /** `df`, `csum`, `key`, `oam`: those that are set. */
  flags: string[]
}

export interface GeneveOption {
  class: number | undefined
  type: number | undefined
  /** Bytes of data. */
  length: number | undefined
  data: bigint
  /** Bits of the data that matter; undefined: all. */
  mask: bigint | undefined
}

/** Where packets leave, and the tunnel header that was set before; it counts where the port is a tunnel's. */
export interface Output {
  port: string | number
  tunnel: Tunnel | undefined
}

/** What a flow that decapsulates wants of the outer header. */
export function tunnelMatch({ key }: Flow): Tunnel | undefined {
  const item = itemOf(key, 'tunnel')
  return item && headerOf(item.items)
}

/** All outputs of a flow, those in nested actions too. */
export function outputsOf({ actions }: Flow): Output[] {
  const outputs: Output[] = []
  walk(actions, undefined, outputs)
  return outputs
}

function walk(actions: readonly Action[], before: Tunnel | undefined, outputs: Output[]): void {
  let tunnel = before
  for (const action of actions) {
    if (action.name === 'output') outputs.push({ port: action.port, tunnel })
    else if (action.name === 'set' && action.to.name === 'tunnel') tunnel = headerOf(action.to.items)
    else if (action.name === 'tnl_push') tunnel = pushedBy(action)
    else if (action.name === 'tnl_pop') tunnel = undefined
    for (const branch of branchesOf(action)) walk(branch, tunnel, outputs)
  }
}

function headerOf(items: readonly ItemOf<typeof TUNNEL>[]): Tunnel {
  const flags = itemOf(items, 'flags')
  return {
    id: exact(itemOf(items, 'tun_id')),
    src: address(exact(itemOf(items, 'src')) ?? exact(itemOf(items, 'ipv6_src'))),
    dst: address(exact(itemOf(items, 'dst')) ?? exact(itemOf(items, 'ipv6_dst'))),
    tos: exact(itemOf(items, 'tos')),
    ttl: exact(itemOf(items, 'ttl')),
    port: exact(itemOf(items, 'tp_dst')),
    options: (itemOf(items, 'geneve')?.groups ?? []).map(optionOf),
    flags: flags !== undefined && 'flags' in flags ? flags.flags.flatMap(({ flag, on }) => (on ? [flag] : [])) : [],
  }
}

/** The user-space data path writes whole headers: format_odp_tnl_push_header(). */
function pushedBy({ items }: Extract<Action, { name: 'tnl_push' }>): Tunnel {
  const header = itemOf(items, 'header')?.items ?? []
  const ipv4 = itemOf(header, 'ipv4')?.items ?? []
  const ipv6 = itemOf(header, 'ipv6')?.items ?? []
  const geneve = itemOf(header, 'geneve')?.items ?? []
  const vni = itemOf(geneve, 'vni') ?? itemOf(itemOf(header, 'vxlan')?.items ?? [], 'vni')
  const key = vni ?? itemOf(itemOf(header, 'gre')?.items ?? [], 'key')
  return {
    id: key && BigInt(key.value),
    src: address((itemOf(ipv4, 'src') ?? itemOf(ipv6, 'src'))?.value),
    dst: address((itemOf(ipv4, 'dst') ?? itemOf(ipv6, 'dst'))?.value),
    tos: (itemOf(ipv4, 'tos') ?? itemOf(ipv6, 'tclass'))?.value,
    ttl: (itemOf(ipv4, 'ttl') ?? itemOf(ipv6, 'hlimit'))?.value,
    port: itemOf(itemOf(header, 'udp')?.items ?? [], 'dst')?.value,
    options: (itemOf(geneve, 'options')?.groups ?? []).map(optionOf),
    flags: key === undefined ? [] : ['key'],
  }
}

function optionOf(items: readonly ItemOf<typeof GENEVE_OPTION>[]): GeneveOption {
  const data = itemOf(items, 'data')
  return {
    class: exact(itemOf(items, 'class')),
    type: exact(itemOf(items, 'type')),
    length: exact(itemOf(items, 'len')),
    data: data?.value ?? 0n,
    // Where no data is printed, none of it matters.
    mask: data === undefined ? 0n : data.mask,
  }
}

function address(text: string | undefined): IpAddress | undefined {
  return text === undefined ? undefined : parseIp(text)
}
