import { type Ifindex, parseVni } from '../base/types.js'
import type { tc } from '../kernel/index.js'
import type { TunnelOption, TunnelType, VfId } from '../steering/model.js'
import type { Rule, RuleAction, RuleDevice, RuleMatch, TunnelMatch } from '../steering/rule.js'
import { ownershipOf } from './ownership.js'

/** Who is who in this namespace, by interface index. */
export interface KnownDevices {
  representors: ReadonlyMap<Ifindex, { name: string; vf: VfId }>
  tunnels: ReadonlyMap<Ifindex, { type: TunnelType; port: number }>
}

/**
 * The rule that an installed filter of ours is, in steering's words: translate.ts backwards. Undefined where no rule of ours looks like
 * that: a device is gone, or somebody changed the actions. Which network it belongs to only the file knows.
 */
export function recognise(filter: tc.FlowerFilter, known: KnownDevices): Rule | undefined {
  const kind = ownershipOf(filter)?.kind
  const last = filter.actions.at(-1)
  const target = last?.kind === 'mirred' && last.ifindex !== 0 ? last.ifindex : undefined
  const vf = known.representors.get(kind === 'decap' && target !== undefined ? target : filter.ifindex)?.vf
  const device = deviceOf(filter.ifindex, known)
  const action = actionOf(filter.actions, target && deviceOf(target, known))
  if (kind === undefined || vf === undefined || device === undefined || action === undefined) return undefined
  const match = matchOf(filter.match)
  const peer = kind === 'encap' || kind === 'local' ? match.dstMac : undefined
  return {
    kind,
    device,
    chain: filter.chain,
    priority: filter.priority,
    match,
    action,
    softwareOnly: filter.flags?.skipHw ?? false,
    vf,
    ...(peer !== undefined && { peer }),
    why: 'it is installed, and ours',
  }
}

function deviceOf(ifindex: Ifindex, { representors, tunnels }: KnownDevices): RuleDevice | undefined {
  const representor = representors.get(ifindex)
  if (representor !== undefined) return { role: 'representor', name: representor.name }
  const tunnel = tunnels.get(ifindex)
  return tunnel && { role: 'tunnel', ...tunnel }
}

function actionOf(actions: readonly tc.Action[], to: RuleDevice | undefined): RuleAction | undefined {
  const [first] = actions
  if (first?.kind === 'gact') return first.control === 'drop' ? { kind: 'drop' } : undefined
  if (to === undefined) return undefined
  if (first?.kind === 'mirred') return { kind: 'redirect', to }
  if (first?.kind !== 'tunnel_key') return undefined
  if (first.operation === 'unset') return { kind: 'decap', to }
  const { srcIp, dstIp, keyId = 0, dstPort = 0, ttl = 0, options } = first
  const tunnel = { localIp: srcIp, remoteIp: dstIp, vni: parseVni(keyId), port: dstPort, ttl }
  return { kind: 'encap', to, tunnel: { ...tunnel, options: (options?.geneve ?? []).map(optionOf) } }
}

function matchOf({ ethSrc, ethDst, ...outer }: tc.FlowerMatch): RuleMatch {
  const tunnel = tunnelOf(outer)
  return {
    ...(ethSrc !== undefined && { srcMac: ethSrc }),
    ...(ethDst !== undefined && { dstMac: ethDst }),
    ...(tunnel !== undefined && { tunnel }),
  }
}

function tunnelOf({
  encSrcIp,
  encDstIp,
  encKeyId,
  encDstPort,
  encOpts,
  encOptsMask,
}: tc.FlowerMatch): TunnelMatch | undefined {
  if (encSrcIp === undefined || encDstIp === undefined) return undefined
  const masks = encOptsMask?.geneve ?? []
  return {
    remoteIp: encSrcIp,
    localIp: encDstIp,
    vni: parseVni(encKeyId ?? 0),
    port: encDstPort ?? 0,
    options: (encOpts?.geneve ?? []).map((wire, at) => {
      const option = optionOf(wire)
      // A mask of all bits is no mask in a dump (kernel/tc/match.ts).
      return { ...option, mask: masks[at]?.data ?? 'f'.repeat(option.data.length) }
    }),
  }
}

function optionOf({ class: c = 0, type = 0, data = '' }: tc.GeneveOption): TunnelOption {
  return { class: c, type, data }
}
