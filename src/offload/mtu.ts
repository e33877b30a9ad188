import { ipFamily } from '../base/types.js'
import type { rtnl } from '../kernel/index.js'
import type { Topology } from '../node/facts.js'
import { pfsOf } from '../node/topology.js'
import { tunnelOverhead } from '../steering/layout.js'
import { type Finding, showVf, type VfId } from '../steering/model.js'
import { type Rule, tunnelsOf } from '../steering/rule.js'
import type { TunnelPaths } from './preflight.js'

/**
 * VFs that can send packets which are too long once they are in the tunnel: hardware drops those and tells nobody. Each VF is named once,
 * with its longest tunnel.
 */
export function mtuFindings(
  rules: readonly Rule[],
  paths: TunnelPaths,
  topology: Topology,
  links: readonly rtnl.Link[],
): Finding[] {
  const mtus = vfMtus(topology, links)
  const worst = new Map<string, { finding: Finding; excess: number }>()
  for (const rule of rules) {
    const { vf } = rule
    const inner = vf && mtus.get(showVf(vf))
    if (vf === undefined || inner === undefined) continue
    const tunnels = tunnelsOf(rule)
    for (const [at, path] of paths.of(rule).entries()) {
      const options = tunnels[at]?.options ?? []
      const outer = inner + tunnelOverhead(ipFamily(path.localIp), options)
      const excess = path.mtu === undefined ? 0 : outer - path.mtu
      if (excess <= (worst.get(showVf(vf))?.excess ?? 0)) continue
      worst.set(showVf(vf), { finding: tooLong(vf, inner, outer, path), excess })
    }
  }
  return [...worst.values()].map(({ finding }) => finding)
}

function tooLong(vf: VfId, inner: number, outer: number, path: ReturnType<TunnelPaths['of']>[number]): Finding {
  const { localIp, remoteIp, device = 'the route', mtu = 0 } = path
  return {
    code: 'MTU_TOO_SMALL',
    text: `${showVf(vf)} may send packets of ${inner} bytes, which are ${outer} in the tunnel ${localIp} -> ${remoteIp}; ${device} takes ${mtu}`,
    hint: `ip link set ${device} mtu ${outer} (and on the way), or give the VF an MTU of ${inner - (outer - mtu)}; longer packets vanish without a word`,
    path: [],
  }
}

/** Of the VF's own netdev where it is in this namespace; else its representor's, which by itself has the same. */
function vfMtus(topology: Topology, links: readonly rtnl.Link[]): Map<string, number> {
  const byName = new Map(links.map(({ name, mtu }) => [name, mtu]))
  const mtus = new Map<string, number>()
  for (const { pci, vfs } of pfsOf(topology)) {
    for (const { index, netdevs, representor } of vfs) {
      const [name = representor?.name] = netdevs
      const mtu = name === undefined ? undefined : byName.get(name)
      if (mtu !== undefined) mtus.set(showVf({ pf: pci, index }), mtu)
    }
  }
  return mtus
}
