import { type IpAddress, ipFamily, parseIp } from '../base/types.js'
import { type NetlinkSocket, rtnl } from '../kernel/index.js'
import type { Finding } from '../steering/model.js'
import type { Rule } from '../steering/rule.js'
import { lookUp, type TunnelPaths } from './preflight.js'

/** The table that has a node's own addresses, and its rule's usual preference. */
const LOCAL_TABLE = 255
const FIRST = 0

/**
 * Leaves out tunnels between two NICs of this node whose packets Linux would not put on the wire (it delivers to its own addresses itself,
 * and the driver's route look-up then fails), both directions of a pair of VTEPs together, and says what routing they need.
 * @param keep pairs that stay all the same, by {@link pairOf}
 */
export function routableInside(
  route: NetlinkSocket,
  rules: readonly Rule[],
  paths: TunnelPaths,
  keep: (rules: readonly Rule[]) => boolean = () => false,
): { rules: readonly Rule[]; findings: Finding[] } {
  const inside = rules.filter(({ intraNode }) => intraNode !== undefined)
  const unroutable = new Map<string, Finding>()
  const ownAddresses = inside.length === 0 ? [] : nodeAddresses(route)
  for (const { localIp, remoteIp, problem } of paths.ofAll(inside)) {
    const pair = pairOf(localIp, remoteIp)
    const own = ownAddresses.find((address) => address === localIp || address === remoteIp)
    if (own !== undefined) unroutable.set(pair, vtepIsNodeAddress(own, pair))
    if (problem === undefined || unroutable.has(pair)) continue
    if (keep(inside.filter((rule) => pairOfRule(rule) === pair))) continue
    unroutable.set(pair, {
      code: 'INTRA_NODE_ROUTE',
      text: `no tunnel between the NICs of ${localIp} and ${remoteIp}, both on this node: ${problem}`,
      hint: `VFs of the two can't reach each other until: ${recipe(route, localIp, remoteIp).join('; ')}`,
      path: ['spec', 'nics'],
    })
  }
  return {
    rules: rules.flatMap((rule) => withoutPairs(rule, unroutable)),
    findings: [...unroutable.values()],
  }
}

/** What the node says who it is to the world, by family: nobody's network (RFC 5737, RFC 3849) is asked for, so the default route answers. */
function nodeAddresses(route: NetlinkSocket): IpAddress[] {
  return ['192.0.2.1', '2001:db8::1'].flatMap((nowhere) => {
    const found = lookUp(route, { dst: parseIp(nowhere) })
    return typeof found === 'string' || found.prefsrc === undefined ? [] : found.prefsrc
  })
}

function vtepIsNodeAddress(own: IpAddress, pair: string): Finding {
  return {
    code: 'VTEP_IS_NODE_ADDRESS',
    text: `no tunnel between the NICs of ${pair.replace(' ', ' and ')}, both on this node: ${own} is the node's own address`,
    hint: "the routing that such tunnels need would put the node's own traffic to itself on the wire: give the NIC a VTEP of its own",
    path: ['spec', 'nics'],
  }
}

/** What is left of a rule; of copies all but those into such tunnels. */
function withoutPairs(rule: Rule, pairs: ReadonlyMap<string, unknown>): Rule | [] {
  const { action } = rule
  if (pairs.has(pairOfRule(rule) ?? '')) return []
  if (action.kind !== 'copies') return rule
  const outputs = action.outputs.filter(({ tunnel }) => !tunnel || !pairs.has(pairOf(tunnel.localIp, tunnel.remoteIp)))
  return outputs.length === 0 ? [] : { ...rule, action: { ...action, outputs } }
}

function pairOfRule({ intraNode, match, action }: Rule): string | undefined {
  if (intraNode === undefined) return undefined
  const localIp = action.kind === 'encap' ? action.tunnel.localIp : match.tunnel?.localIp
  return localIp && pairOf(localIp, intraNode)
}

function pairOf(one: IpAddress, other: IpAddress): string {
  return [one, other].sort().join(' ')
}

/**
 * What is missing of the routing that DESIGN.md "Intra-node, cross-NIC" describes, as commands in the order they are to be given: the
 * rule for local addresses is never away for a moment.
 */
function recipe(route: NetlinkSocket, one: IpAddress, other: IpAddress): string[] {
  const family = ipFamily(one)
  const there = rtnl.listRules(route, family)
  const ip = family === 6 ? 'ip -6' : 'ip'
  const tableOf = (vtep: IpAddress) =>
    there.find(({ action, src, dst }) => action === 'lookup' && src === vtep && dst === undefined)?.table ?? 'TABLE'
  const crossing = (from: IpAddress, to: IpAddress) => {
    const isThere = there.some(
      ({ action, src, dst, iifName }) => action === 'lookup' && src === from && dst === to && iifName === 'lo',
    )
    return isThere ? [] : [`${ip} rule add pref 90 from ${from} to ${to} iif lo lookup ${tableOf(from)} proto kernel`]
  }
  const isLocal = ({ action, table, src, dst }: rtnl.Rule) =>
    action === 'lookup' && table === LOCAL_TABLE && src === undefined && dst === undefined
  const first = there.some((rule) => isLocal(rule) && rule.priority === FIRST)
  const moved = there.some((rule) => isLocal(rule) && rule.priority !== FIRST)
  const commands = [
    ...crossing(one, other),
    ...crossing(other, one),
    ...(moved ? [] : [`${ip} rule add pref 100 lookup local proto kernel`]),
    ...(first ? [`${ip} rule del pref ${FIRST}`] : []),
  ]
  return commands.length > 0
    ? commands
    : [`the tables of the rules from ${one} and from ${other} have a route to the other`]
}
