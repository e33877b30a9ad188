import { orUndefined } from '../base/errors.js'
import type { Ifindex, PciAddress } from '../base/types.js'
import { devlink, ethtool, files, kernelConfig, rtnl, type tc } from '../kernel/index.js'
import type { PfInfo } from '../node/facts.js'
import { pfsOf } from '../node/topology.js'
import type { Desired } from './desired.js'
import { type TunnelPath, type TunnelPaths, worstOf } from './preflight.js'
import { type Reason, reasonFor, type SilentRefusal, type TunnelUse } from './reasons/index.js'
import { isInternalPort, type Session } from './session.js'

/** What came back when a rule was offered and no hardware took it. */
export interface Refusal {
  /** Of the driver or the core, verbatim. */
  text?: string | undefined
  /** `EOPNOTSUPP`; only of a rule with skip_sw. */
  errno?: string | undefined
}

/** What is on the node now. */
interface Node extends Pick<Desired, 'topology' | 'paths'> {
  /** All filters. */
  present: readonly tc.Filter[]
}

/** Finds out why rules were refused: from the kernel's text, and where there is none from what the node is like now. */
export class Refusals {
  readonly #generic: Session['generic']
  readonly #paths: TunnelPaths
  readonly #pfs: ReadonlyMap<PciAddress, PfInfo>
  readonly #links: ReadonlyMap<Ifindex, rtnl.Link>
  /** Devices of which some rule is in hardware. */
  readonly #bound: ReadonlySet<Ifindex>
  /** The node is asked once for each. */
  readonly #offloads = new Map<Ifindex, SilentRefusal>()
  readonly #eswitches = new Map<PciAddress, SilentRefusal>()
  #kernel: SilentRefusal['kernel']

  constructor(session: Session, { topology, paths, present }: Node) {
    this.#generic = session.generic
    this.#paths = paths
    this.#pfs = new Map(pfsOf(topology).map((pf) => [pf.pci, pf]))
    // Of now: the tunnel device may have been made by what was refused.
    this.#links = new Map(rtnl.listLinks(session.route).map((link) => [link.ifindex, link]))
    this.#bound = new Set(present.flatMap((filter) => (isInHw(filter) ? filter.ifindex : [])))
  }

  /** @param pf whose NIC was to take it */
  reasonOf(filter: tc.FlowerFilter, pf: PciAddress, { text, errno }: Refusal): Reason {
    const link = this.#links.get(filter.ifindex)
    const use = tunnelUse(filter, link)
    if (text !== undefined) return reasonFor(text, 'extack', use && { tunnel: use })
    return reasonFor(undefined, 'extack', {
      ...this.#ofDevice(filter, link, pf),
      ...once(this.#eswitches, pf, () => this.#ofPf(pf)),
      ...(errno !== undefined && { errno }),
      ...(use !== undefined && { tunnel: { ...use, ...worstOf(this.#pathsOf(filter, pf)) } }),
    })
  }

  #ofDevice({ ifindex, parent, flags }: tc.FlowerFilter, link: rtnl.Link | undefined, pf: PciAddress): SilentRefusal {
    if (link === undefined) return {}
    const role = roleOf(link)
    const uplink = this.#pfs.get(pf)?.uplink.ifindex
    const switched = role === 'port' ? ifindex : uplink
    return {
      on: { name: link.name, role, parent, skipSw: flags?.skipSw ?? false },
      ...(switched !== undefined && once(this.#offloads, switched, () => this.#offload(switched))),
      ...(this.#bound.has(ifindex) && { blockBound: true }),
    }
  }

  #offload(ifindex: Ifindex): SilentRefusal {
    const hwTcOffload = orUndefined(() => ethtool.hwTcOffload(this.#generic, ifindex))
    return hwTcOffload === undefined ? {} : { hwTcOffload }
  }

  #ofPf(pci: PciAddress): SilentRefusal {
    const pf = this.#pfs.get(pci)
    if (pf === undefined) return {}
    const { driver, eswitchMode } = pf
    const encapMode = orUndefined(() => devlink.eswitchMode(this.#generic, { bus: 'pci', dev: pci }).encapMode)
    this.#kernel ??= kernelOptions()
    return { driver, eswitchMode, kernel: this.#kernel, ...(encapMode !== undefined && { encapMode }) }
  }

  /** As the driver looks them up: to the remote VTEP, and for decap back to it, where the rule matches both addresses. */
  #pathsOf({ match, actions = [] }: tc.FlowerFilter, pf: PciAddress): TunnelPath[] {
    const keys = actions.filter(isTunnelKey)
    if (keys.length > 0)
      return keys.map(({ srcIp, dstIp }) => this.#paths.between({ localIp: srcIp, remoteIp: dstIp }, pf))
    const { encSrcIp, encDstIp } = match
    return encSrcIp === undefined || encDstIp === undefined
      ? []
      : [this.#paths.between({ localIp: encDstIp, remoteIp: encSrcIp }, pf)]
  }
}

function isInHw(filter: tc.Filter): boolean {
  return ('flags' in filter && filter.flags?.inHw) ?? false
}

export function roleOf(link: rtnl.Link): NonNullable<SilentRefusal['on']>['role'] {
  if (tunnelKind(link) !== undefined) return 'tunnel'
  return isInternalPort(link) ? 'internal-port' : 'port'
}

function tunnelKind(link: rtnl.Link | undefined): TunnelUse['type'] {
  return link?.kind === 'geneve' || link?.kind === 'vxlan' ? link.kind : undefined
}

function tunnelUse({ match, actions = [] }: tc.FlowerFilter, link: rtnl.Link | undefined): TunnelUse | undefined {
  if (actions.some(isTunnelKey)) return { direction: 'encap' }
  const { encKeyId, encSrcIp, encDstIp, encDstPort, encFlags } = match
  const outer = [encKeyId, encSrcIp, encDstIp, encDstPort, encFlags]
  if (outer.every((key) => key === undefined)) return undefined
  const type = tunnelKind(link)
  return {
    direction: 'decap',
    ...(type !== undefined && { type }),
    ...(encDstPort !== undefined && { port: encDstPort }),
    ...(encFlags !== undefined && { matchesFlags: true }),
  }
}

function isTunnelKey(action: tc.Action): action is tc.TunnelKeySet {
  return action.kind === 'tunnel_key' && action.operation === 'set'
}

/** A driver from elsewhere is built by its own configuration: the kernel's says nothing of it. 'O' is TAINT_OOT_MODULE (kernel/panic.c). */
function kernelOptions(): NonNullable<SilentRefusal['kernel']> {
  const taint = files.readText('/sys/module/mlx5_core/taint') ?? ''
  if (taint.includes('O')) return {}
  const { source, get } = kernelConfig()
  const mlx5ClsAct = get('MLX5_CLS_ACT')
  const netTcSkbExt = get('NET_TC_SKB_EXT')
  return {
    ...(source !== undefined && { source }),
    ...(mlx5ClsAct !== undefined && { mlx5ClsAct }),
    ...(netTcSkbExt !== undefined && { netTcSkbExt }),
  }
}

function once<K, V>(known: Map<K, V>, key: K, ask: () => V): V {
  const answer = known.get(key) ?? ask()
  known.set(key, answer)
  return answer
}
