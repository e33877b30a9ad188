import { isIP } from 'node:net'
import { type IpAddress, ipBytes } from '../base/types.js'
import type { tc } from '../kernel/index.js'
import type { Portable, PortableFilter } from '../offload/rules/portable.js'

/**
 * Rules in the words of tc(8), in one line: `dst_mac 02:00:00:00:01:01` and `tunnel_key set …, redirect gnv`. A field is printed under its
 * own name in snake case, so a key or an action that is new to the kernel layer needs nothing here; only where tc's word is another one it
 * stands in a table.
 */

const WORDS: Readonly<Record<string, string>> = {
  ethDst: 'dst_mac',
  ethSrc: 'src_mac',
  ethType: 'eth_type',
  vlanEthType: 'vlan_ethtype',
  cvlanEthType: 'cvlan_ethtype',
  tcpSrc: 'tcp src_port',
  tcpDst: 'tcp dst_port',
  udpSrc: 'udp src_port',
  udpDst: 'udp dst_port',
  sctpSrc: 'sctp src_port',
  sctpDst: 'sctp dst_port',
  keyId: 'id',
  noCsum: 'nocsum',
  noFrag: 'nofrag',
  encOpts: '',
  options: '',
}

/** Numbers that have a name in tc's output. */
const ETHER_TYPES = new Map([
  [0x800, 'ipv4'],
  [0x806, 'arp'],
  [0x86dd, 'ipv6'],
  [0x8100, '802.1Q'],
  [0x88a8, '802.1ad'],
])
const IP_PROTOCOLS = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
  [132, 'sctp'],
])

/** Numbers that people know in hexadecimal. */
const HEXADECIMAL = /ethtype|EthType|ethType|protocol|Flags|Tos|tos|class|type|ctState|ctMark/

/** Only from the kernel, or the same for nearly every rule. */
const SILENT = new Set([
  'kind',
  'name',
  'operation',
  'control',
  'stats',
  'age',
  'index',
  'refs',
  'binds',
  'cookie',
  'more',
])
const KERNELS = new Set(['usedHwStats', 'inHwCount', 'actionFlags', 'unknown'])

export function showMatch(rule: PortableFilter): string {
  if (!('match' in rule)) return kindOf(rule)
  return fields(rule.match) || 'everything'
}

function kindOf({ kind, name }: { kind: string; name?: string | undefined }): string {
  return kind === 'raw' ? (name ?? kind) : [kind, name].filter(Boolean).join(' ')
}

export function showActions(rule: PortableFilter): string {
  const actions = ('actions' in rule ? rule.actions : undefined) ?? []
  return actions.map(showAction).join(', ') || '-'
}

type Action = Portable<tc.Action>

export function showAction(action: Action): string {
  if (action.kind === 'raw') return action.name
  const { kind, operation, control } = action as { kind: string; operation?: string; control?: tc.Control }
  const after = control === undefined ? [] : [showControl(control)]
  if (kind === 'gact') return [...after, fields(action)].filter(Boolean).join(' ')
  if (action.kind === 'mirred') {
    const target = action.device ?? (action.blockId === undefined ? '(gone)' : `block ${action.blockId}`)
    return [action.direction === 'ingress' ? 'ingress' : '', operation, target, ...after].filter(Boolean).join(' ')
  }
  return [kind, operation, fields(action), ...after].filter(Boolean).join(' ')
}

function showControl(control: tc.Control): string {
  if (typeof control === 'string') return control
  return 'gotoChain' in control ? `goto chain ${control.gotoChain}` : `jump ${control.jump}`
}

function fields(object: object): string {
  const all = object as Record<string, unknown>
  return Object.entries(all)
    .filter(([key, value]) => !SILENT.has(key) && !KERNELS.has(key) && !isMaskOf(key, all) && value !== undefined)
    .map(([key, value]) => field(key, value, all[`${key}Mask`]))
    .join(' ')
}

function isMaskOf(key: string, all: Record<string, unknown>): boolean {
  return key.endsWith('Mask') && key.slice(0, -'Mask'.length) in all
}

function field(key: string, value: unknown, mask: unknown): string {
  const word = WORDS[key] ?? snake(key)
  if (key === 'control') return showControl(value as tc.Control)
  if (value === true) return word
  if (Array.isArray(value))
    return `${word} ${value.map((item, at) => inList(item, (mask as unknown[] | undefined)?.[at])).join(',')}`
  if (typeof value === 'object' && value !== null) return nested(word, value, mask)
  return `${word} ${scalar(key, value)}${mask === undefined ? '' : `/${prefixLength(mask) ?? scalar(key, mask)}`}`
}

/** Tunnel options: `geneve_opts 0102:80:00010003/ffff:ff:0000ffff`. */
function nested(word: string, value: object, mask: unknown): string {
  const masks = (mask ?? {}) as Record<string, unknown>
  return [
    word,
    ...Object.entries(value).map(([key, part]) =>
      word === '' ? field(`${key}Opts`, part, masks[key]) : field(key, part, masks[key]),
    ),
  ]
    .filter(Boolean)
    .join(' ')
}

function inList(item: unknown, mask: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item)
  if (!('class' in item)) return fields(item)
  const text = colons(item)
  return mask === undefined ? text : `${text}/${colons(mask as object)}`
}

/** A tunnel option as tc writes it: its values with colons between them. */
function colons(item: object): string {
  return Object.entries(item)
    .map(([key, value]) =>
      typeof value === 'number' ? value.toString(16).padStart(key === 'class' ? 4 : 2, '0') : String(value),
    )
    .join(':')
}

function scalar(key: string, value: unknown): string {
  const names = /ethType$/i.test(key) ? ETHER_TYPES : key === 'ipProto' ? IP_PROTOCOLS : undefined
  const name = names?.get(value as number)
  if (name !== undefined) return name
  return typeof value === 'number' && HEXADECIMAL.test(key) ? `0x${value.toString(16)}` : String(value)
}

/** Of an IP address's mask without gaps. */
function prefixLength(mask: unknown): number | undefined {
  if (typeof mask !== 'string' || isIP(mask) === 0) return undefined
  const bits = [...ipBytes(mask as IpAddress)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
