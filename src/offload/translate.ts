import { NicsteerError } from '../base/errors.js'
import type { Ifindex } from '../base/types.js'
import { tc } from '../kernel/index.js'
import type { TunnelOption } from '../steering/model.js'
import {
  type CopyOutput,
  type Rule,
  type RuleDevice,
  type RuleMatch,
  showDevice,
  type Tunnel,
  type TunnelMatch,
} from '../steering/rule.js'
import { actionsHash, cookieOf } from './ownership.js'

/** Where a rule's devices are in this namespace. */
export interface Devices {
  /** @throws NicsteerError NO_DEVICE */
  ifindex(device: RuleDevice): Ifindex
}

export function devicesOf(byName: ReadonlyMap<string, Ifindex>, tunnel: Ifindex | undefined): Devices {
  return {
    ifindex(device) {
      const found = device.role === 'representor' ? byName.get(device.name) : tunnel
      if (found !== undefined) return found
      throw new NicsteerError('NO_DEVICE', `there is no device ${showDevice(device)}`, {
        hint: 'nicsteer topology lists the representors',
      })
    },
  }
}

const SOFTWARE_ONLY: Readonly<tc.FilterFlags> = Object.freeze({ skipHw: true })
/** The refusal of such a rule is an error, and comes with its text anyway. */
const HARDWARE_ONLY: Readonly<tc.FilterFlags> = Object.freeze({ skipSw: true })
const VERBOSE: Readonly<tc.FilterFlags> = Object.freeze({ verbose: true })

/**
 * A rule as flower filter. `verbose`, so that a driver's refusal comes with its text; skip_sw only where software has a better rule, so that
 * it carries what hardware refuses.
 * @param qdisc we made the device's clsact qdisc
 */
export function toFilter(rule: Rule, devices: Devices, qdisc: boolean): tc.FlowerFilter {
  const actions = actionsOf(rule, devices)
  const last = actions.pop()
  if (last !== undefined) {
    const hash = actionsHash([...actions, last])
    actions.push({ ...last, cookie: cookieOf({ kind: rule.kind, qdisc, hash }) })
  }
  return {
    kind: 'flower',
    ifindex: devices.ifindex(rule.device),
    parent: 'ingress',
    chain: rule.chain,
    priority: rule.priority,
    // mlx5 without ignore_flow_level has few priorities, and one holds one protocol: all of ours share `all`.
    protocol: tc.ETH_P_ALL,
    match: matchOf(rule.match),
    actions,
    flags: flagsOf(rule),
  }
}

function flagsOf({ softwareOnly, hardwareOnly }: Rule): tc.FilterFlags {
  if (softwareOnly) return SOFTWARE_ONLY
  return hardwareOnly ? HARDWARE_ONLY : VERBOSE
}

function matchOf({ srcMac, dstMac, dstMask, tunnel }: RuleMatch): tc.FlowerMatch {
  return {
    ...(srcMac !== undefined && { ethSrc: srcMac }),
    ...(dstMac !== undefined && { ethDst: dstMac }),
    ...(dstMask !== undefined && { ethDstMask: dstMask }),
    ...(tunnel !== undefined && tunnelMatchOf(tunnel)),
  }
}

function tunnelMatchOf({ remoteIp, localIp, vni, port, options }: TunnelMatch): tc.FlowerMatch {
  const match: tc.FlowerMatch = { encKeyId: vni, encSrcIp: remoteIp, encDstIp: localIp, encDstPort: port }
  if (options.length === 0) return match
  const encOpts = { geneve: options.map(({ class: c, type, data }) => ({ class: c, type, data })) }
  // A mask of all bits is no mask in a dump (kernel/tc/match.ts): one form only, else the rule would never be found again.
  if (options.every(({ mask }) => /^f+$/.test(mask))) return { ...match, encOpts }
  return {
    ...match,
    encOpts,
    encOptsMask: { geneve: options.map(({ mask }) => ({ class: 0xffff, type: 0xff, data: mask })) },
  }
}

function actionsOf({ action }: Rule, devices: Devices): tc.Action[] {
  if (action.kind === 'drop') return [{ kind: 'gact', control: 'drop' }]
  if (action.kind === 'copies') {
    const copies = action.outputs.flatMap((output, index) =>
      copyTo(output, index === action.outputs.length - 1 ? 'redirect' : 'mirror', devices),
    )
    return action.decap ? [UNSET, ...copies] : copies
  }
  const redirect = mirred('redirect', action.to, devices)
  if (action.kind === 'redirect') return [redirect]
  if (action.kind === 'decap') return [UNSET, redirect]
  return [tunnelKeyOf(action.tunnel), redirect]
}

const UNSET: tc.Action = { kind: 'tunnel_key', operation: 'unset' }

/** The last copy is the packet itself. */
function copyTo({ to, tunnel }: CopyOutput, operation: 'mirror' | 'redirect', devices: Devices): tc.Action[] {
  return [...(tunnel === undefined ? [] : [tunnelKeyOf(tunnel)]), mirred(operation, to, devices)]
}

function mirred(operation: 'mirror' | 'redirect', to: RuleDevice, devices: Devices): tc.Action {
  return { kind: 'mirred', operation, direction: 'egress', ifindex: devices.ifindex(to) }
}

function tunnelKeyOf({ localIp, remoteIp, vni, port, ttl, tos, options }: Tunnel): tc.TunnelKeySet {
  return {
    kind: 'tunnel_key',
    operation: 'set',
    srcIp: localIp,
    dstIp: remoteIp,
    keyId: vni,
    dstPort: port,
    ttl,
    ...(tos !== undefined && { tos }),
    // mlx5 writes UDP checksum 0 whatever the rule says; software is to do the same.
    noCsum: true,
    ...(options.length > 0 && {
      options: { geneve: options.map(({ class: c, type, data }: TunnelOption) => ({ class: c, type, data })) },
    }),
  }
}
