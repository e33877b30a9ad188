import { type Ifindex, parseVni } from '../base/types.js'
import type { tc } from '../kernel/index.js'
import type { TunnelOption, TunnelType, VfId } from '../steering/model.js'
import type { CopyOutput, Rule, RuleAction, RuleDevice, RuleMatch, Tunnel, TunnelMatch } from '../steering/rule.js'
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
  const device = deviceOf(filter.ifindex, known)
  const action = actionOf(filter.actions, kind === 'bum' || kind === 'bum-decap', known)
  const vf = known.representors.get(filter.ifindex)?.vf ?? receiver(filter.actions, known)
  if (kind === undefined || kind === 'probe' || vf === undefined || device === undefined || action === undefined)
    return undefined
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
    ...(filter.flags?.skipSw && { hardwareOnly: true }),
    pf: vf.pf,
    ...(kind !== 'bum-decap' && { vf }),
    ...(peer !== undefined && { peer }),
    why: 'it is installed, and ours',
  }
}

/** The first VF that an action sends to. */
function receiver(actions: readonly tc.Action[], { representors }: KnownDevices): VfId | undefined {
  for (const action of actions) {
    const vf = action.kind === 'mirred' && action.ifindex !== 0 ? representors.get(action.ifindex)?.vf : undefined
    if (vf !== undefined) return vf
  }
  return undefined
}

function deviceOf(ifindex: Ifindex, { representors, tunnels }: KnownDevices): RuleDevice | undefined {
  const representor = representors.get(ifindex)
  if (representor !== undefined) return { role: 'representor', name: representor.name }
  const tunnel = tunnels.get(ifindex)
  return tunnel && { role: 'tunnel', ...tunnel }
}

/** @param copies however few there are */
function actionOf(actions: readonly tc.Action[], copies: boolean, known: KnownDevices): RuleAction | undefined {
  const [first] = actions
  if (first?.kind === 'gact') return first.control === 'drop' ? { kind: 'drop' } : undefined
  const decap = first?.kind === 'tunnel_key' && first.operation === 'unset'
  const outputs = outputsOf(decap ? actions.slice(1) : actions, known)
  const [only, ...others] = outputs ?? []
  if (outputs === undefined || only === undefined) return undefined
  if (copies || others.length > 0) return { kind: 'copies', decap, outputs }
  if (decap) return { kind: 'decap', to: only.to }
  return only.tunnel === undefined
    ? { kind: 'redirect', to: only.to }
    : { kind: 'encap', to: only.to, tunnel: only.tunnel }
}

/** Each mirred with the tunnel that was set for it. Undefined where there is anything else among the actions. */
function outputsOf(actions: readonly tc.Action[], known: KnownDevices): CopyOutput[] | undefined {
  const outputs: CopyOutput[] = []
  let tunnel: Tunnel | undefined
  for (const action of actions) {
    if (action.kind === 'tunnel_key' && action.operation === 'set') {
      tunnel = tunnelSetBy(action)
      continue
    }
    const to = action.kind === 'mirred' && action.ifindex !== 0 ? deviceOf(action.ifindex, known) : undefined
    if (to === undefined) return undefined
    outputs.push({ to, ...(tunnel !== undefined && { tunnel }) })
    tunnel = undefined
  }
  return outputs
}

function tunnelSetBy({ srcIp, dstIp, keyId = 0, dstPort = 0, ttl = 0, tos, options }: tc.TunnelKeySet): Tunnel {
  const tunnel = {
    localIp: srcIp,
    remoteIp: dstIp,
    vni: parseVni(keyId),
    port: dstPort,
    ttl,
    ...(tos !== undefined && { tos }),
  }
  return { ...tunnel, options: (options?.geneve ?? []).map(optionOf) }
}

function matchOf({ ethSrc, ethDst, ethDstMask, ...outer }: tc.FlowerMatch): RuleMatch {
  const tunnel = tunnelOf(outer)
  return {
    ...(ethSrc !== undefined && { srcMac: ethSrc }),
    ...(ethDst !== undefined && { dstMac: ethDst }),
    ...(ethDstMask !== undefined && { dstMask: ethDstMask }),
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
