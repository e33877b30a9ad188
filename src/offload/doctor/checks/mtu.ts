import { ipFamily } from '../../../base/types.js'
import type { tc } from '../../../kernel/index.js'
import { encapOptions, tunnelOverhead } from '../../../steering/layout.js'
import type { TunnelOption } from '../../../steering/model.js'
import { ownershipOf } from '../../ownership.js'
import { type Check, outcome, type Problem, skip, warn } from '../check.js'
import { known, type NodeState, type PfState } from '../state.js'
import { ovnSetting, showPf, usedPfs, usedRepresentors } from '../used.js'

/** Whether what VFs may send fits into the underlay once it is in a tunnel: hardware drops what doesn't, and tells nobody. */
export const mtuChecks: readonly Check[] = [
  {
    id: 'tunnel.mtu',
    title: "VFs' longest packets fit into the tunnel",
    looksAt: 'MTU of VFs (or their representors) and of the way from the VTEP; the tunnel’s headers',
    judge(state) {
      const { wanted } = state
      if (wanted !== undefined && wanted.refusal === undefined) {
        const found = wanted.findings.filter(({ code }) => code === 'MTU_TOO_SMALL')
        return outcome(
          found.map(({ text, hint }) => warn(text, hint)),
          [],
        )
      }
      const rooms = usedPfs(state).flatMap((pf) => roomOf(pf, state))
      if (rooms.length === 0) return skip('no PF here has VFs and a VTEP')
      return outcome(
        rooms.flatMap(tooLong),
        rooms.map(
          ({ pf, inner, overhead, outer, device }) => `${showPf(pf)}: VFs ${inner} + ${overhead}, ${device} ${outer}`,
        ),
      )
    },
  },
]

interface Room {
  pf: PfState
  /** Bytes of the longest packet that a VF may send, without its Ethernet header. */
  inner: number
  overhead: number
  /** Bytes of the longest outer packet. */
  outer: number
  device: string
}

/** The tightest of a PF's VTEPs. */
function roomOf(pf: PfState, state: NodeState): Room[] {
  const inner = longest(pf, state)
  const options = optionsOf(state)
  const rooms = state.vteps.flatMap(({ pf: owner, ip, at, paths }) => {
    if (owner !== pf.pci || at === undefined || inner === undefined) return []
    const overhead = tunnelOverhead(ipFamily(ip), options)
    const own = { device: at.device, mtu: state.links.find(({ name }) => name === at.device)?.mtu }
    return [own, ...paths].flatMap(({ device, mtu: outer }) =>
      outer === undefined || device === undefined ? [] : { pf, inner, overhead, outer, device },
    )
  })
  return rooms.sort((a, b) => a.outer - a.overhead - (b.outer - b.overhead)).slice(0, 1)
}

function tooLong({ pf, inner, overhead, outer, device }: Room): Problem[] {
  if (inner + overhead <= outer) return []
  const what = `VFs of ${showPf(pf)} may send ${inner} bytes, ${inner + overhead} in the tunnel; ${device} takes ${outer}: longer packets vanish`
  return [
    warn(
      what,
      `ip link set ${device} mtu ${inner + overhead} (and on the way), or give the VFs an MTU of ${outer - overhead}`,
    ),
  ]
}

/** Of VFs that carry something; where none does yet, of all. A VF's own netdev says it, or its representor, which by itself has the same. */
function longest({ vfs }: PfState, state: NodeState): number | undefined {
  const used = usedRepresentors(state)
  const mtus = vfs
    .filter(({ representor }) => used.size === 0 || used.has(representor?.name ?? ''))
    .flatMap(({ netdevs, representor }) => {
      const [name = representor?.name] = netdevs
      return state.links.find((link) => link.name === name)?.mtu ?? []
    })
  return mtus.length === 0 ? undefined : Math.max(...mtus)
}

/** What a tunnel carries besides the VNI, as far as it is known: that of rules of ours, or OVN's. */
function optionsOf({ filters, ovs }: NodeState): readonly TunnelOption[] {
  const ours = filters.filter((filter): filter is tc.FlowerFilter => ownershipOf(filter) !== undefined)
  const sets = ours.flatMap(({ actions }) =>
    actions.flatMap((one) => (one.kind === 'tunnel_key' && one.operation === 'set' ? one : [])),
  )
  const [first] = sets
  if (first !== undefined)
    return (first.options?.geneve ?? []).map(({ class: c = 0, type = 0, data = '' }) => ({ class: c, type, data }))
  const isOvn = ovnSetting(known(ovs), 'ovn-encap-type')?.includes('geneve')
  return isOvn ? encapOptions('geneve', 'ovn', { ingress: 0, egress: 0 }) : []
}
