import { type IpAddress, type IpFamily, ipFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { UnknownAttribute } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { execute } from '../netlink/transaction.js'
import { uapi } from '../uapi.js'
import { ruleMessage } from './message.js'
import { ADDRESS_BITS, FAMILY_NUMBERS, familyOf, PROTOCOL } from './numbers.js'

/** linux/fib_rules.h FR_ACT_*, in order */
const ACTIONS = [
  'unspec',
  'lookup',
  'goto',
  'nop',
  'reserved3',
  'reserved4',
  'blackhole',
  'unreachable',
  'prohibit',
] as const
export type RuleAction = (typeof ACTIONS)[number]

/** A rule of policy routing. Ranges include both ends. */
export interface Rule {
  family: IpFamily
  /** Preference; lower comes first. */
  priority: number
  action: RuleAction
  /** 0 where the action isn't `lookup`, or l3mdev chooses. */
  table: number
  src?: IpAddress
  srcPrefix: number
  dst?: IpAddress
  dstPrefix: number
  tos?: number
  iifName?: string
  oifName?: string
  fwmark?: number
  fwmask?: number
  /** IPPROTO_* */
  ipProto?: number
  sportRange?: [number, number]
  dportRange?: [number, number]
  uidRange?: [number, number]
  /** Of packets that came out of a tunnel device in external mode. */
  tunnelId?: number
  /** Of a VRF: look-up in the table of the packet's L3 master device. */
  l3mdev?: boolean
  /** Preference of the rule at which `goto` goes on. */
  goto?: number
  /** Routes found with a prefix this short or shorter don't count; 0: default routes. */
  suppressPrefixLength?: number
  suppressIfgroup?: number
  invert?: boolean
  /** PROTOCOL: who made it. */
  protocol?: number
  /** What has no field, as it came. */
  unknown?: UnknownAttribute[]
}

/**
 * A rule to be written. Where missing: `action` lookup, `protocol` kernel (systemd-networkd deletes rules of others), prefixes
 * the whole address, `family` that of the addresses, else IPv4; `priority` is then the kernel's choice, one
 * less than that of the second rule (net/core/fib_rules.c fib_default_rule_pref).
 */
export type NewRule = { [K in keyof Rule]?: Rule[K] | undefined }

/** @throws KernelRefusal EEXIST when there is an equal one (only then: equal preferences are allowed) */
export function addRule(socket: NetlinkSocket, rule: NewRule): void {
  const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
  write(socket, { what: `add rule ${ruleText(rule)}`, type: uapi.RTM_NEWRULE, flags }, PROTOCOL.kernel, rule)
}

/** The first rule that has all that is given. @throws KernelRefusal ENOENT when there is none */
export function deleteRule(socket: NetlinkSocket, rule: NewRule): void {
  write(socket, { what: `delete rule ${ruleText(rule)}`, type: uapi.RTM_DELRULE }, undefined, rule)
}

/** Rules of policy routing, in the order in which they are asked. */
export function listRules(socket: NetlinkSocket, family?: IpFamily): Rule[] {
  const families: IpFamily[] = family === undefined ? [4, 6] : [family]
  return families.flatMap((wanted) => {
    const header = { ...NO_RULE, family: FAMILY_NUMBERS[wanted] }
    return dump(socket, request(ruleMessage, { what: 'list rules', type: uapi.RTM_GETRULE }, header, {}), (reply) => {
      const rule = readRule(reply)
      return rule.family === wanted ? rule : undefined
    })
  })
}

/** RTM_NEWRULE, RTM_DELRULE. @throws MalformedMessage */
export function readRule(message: Message): Rule {
  const { header, attributes } = readBody(ruleMessage, message)
  const { priority, table, l3mdev, suppressPrefixLength, suppressIfgroup, ...rest } = attributes
  return {
    family: familyOf(header.family),
    priority: priority ?? 0,
    action: ACTIONS[header.action] ?? 'unspec',
    table: table ?? header.table,
    srcPrefix: header.srcLen,
    dstPrefix: header.dstLen,
    ...(rest as Partial<Rule>),
    ...(header.tos !== 0 && { tos: header.tos }),
    ...(l3mdev && { l3mdev: true }),
    // -1: none (net/core/fib_rules.c fib_nl_fill_rule).
    ...(suppressPrefixLength !== undefined && suppressPrefixLength >= 0 && { suppressPrefixLength }),
    ...(suppressIfgroup !== undefined && suppressIfgroup >= 0 && { suppressIfgroup }),
    ...((header.flags & uapi.FIB_RULE_INVERT) !== 0 && { invert: true }),
  }
}

const NO_RULE = { family: 0, dstLen: 0, srcLen: 0, tos: 0, table: 0, action: 0, flags: 0 }

function write(
  socket: NetlinkSocket,
  options: { what: string; type: number; flags?: number },
  defaultProtocol: number | undefined,
  rule: NewRule,
): void {
  const { family: given, action = 'lookup', srcPrefix, dstPrefix, tos = 0, l3mdev, invert, ...rest } = rule
  const { src, dst, table } = rest
  const address = src ?? dst
  const family = given ?? (address === undefined ? 4 : ipFamily(address))
  const header = {
    ...NO_RULE,
    family: FAMILY_NUMBERS[family],
    srcLen: src === undefined ? 0 : (srcPrefix ?? ADDRESS_BITS[family]),
    dstLen: dst === undefined ? 0 : (dstPrefix ?? ADDRESS_BITS[family]),
    tos,
    action: ACTIONS.indexOf(action),
    flags: invert ? uapi.FIB_RULE_INVERT : 0,
  }
  const attributes = {
    ...rest,
    protocol: rest.protocol ?? defaultProtocol,
    // The kernel takes an l3mdev rule only without a table (net/core/fib_rules.c fib_nl2rule_l3mdev).
    table: table === 0 ? undefined : table,
    l3mdev: l3mdev ? 1 : undefined,
  }
  execute(socket, request(ruleMessage, options, header, attributes))
}

function ruleText({ priority, src, dst }: NewRule): string {
  const parts = [
    priority === undefined ? [] : [`${priority}`],
    src === undefined ? [] : [`from ${src}`],
    dst === undefined ? [] : [`to ${dst}`],
  ]
  return parts.flat().join(' ')
}
