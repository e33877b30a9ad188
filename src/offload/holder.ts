import { NicsteerError } from '../base/errors.js'
import type { Ifindex, PciAddress } from '../base/types.js'
import { devlink, type rtnl, type tc } from '../kernel/index.js'
import type { NicInfo, PfInfo, Topology } from '../node/facts.js'
import type { Session } from './session.js'

/**
 * Whose hardware has a rule. The kernel does not say: it counts drivers (net/sched/cls_api.c tc_setup_cb_add), so that this follows from where
 * the rule is and what it does.
 */
export interface Holder {
  /** Missing: it can't be told. */
  pf?: PciAddress
  /** How the fact that it follows from is known; missing where nothing follows. */
  label?: 'source-read' | 'emulated'
  why: string
}

/** Drivers whose source says that they take no rule that sends to a port of another eswitch. */
const READ = new Set(['mlx5_core', 'simnic'])

export class Holders {
  readonly #isMultiport: (pf: PciAddress) => boolean
  readonly #links: ReadonlyMap<Ifindex, rtnl.Link>
  /** By representor: its PF and that PF's card. */
  readonly #owners = new Map<Ifindex, { nic: NicInfo; pf: PfInfo }>()
  /** By card: why its PFs may send to each other's VFs. */
  readonly #shared = new Map<NicInfo, string | undefined>()

  /** @param isMultiport asked of PFs of which a card has several */
  constructor({ nics }: Topology, links: readonly rtnl.Link[], isMultiport: (pf: PciAddress) => boolean) {
    this.#isMultiport = isMultiport
    this.#links = new Map(links.map((link) => [link.ifindex, link]))
    for (const nic of nics) {
      for (const pf of nic.pfs) {
        for (const { representor } of pf.vfs) {
          if (representor !== undefined) this.#owners.set(representor.ifindex, { nic, pf })
        }
      }
    }
  }

  /** @returns undefined of a rule that no hardware has */
  of(filter: tc.FlowerFilter): Holder | undefined {
    if (!filter.flags?.inHw) return undefined
    if (filter.block !== undefined) return { why: 'its block is shared by several devices' }
    const own = this.#owners.get(filter.ifindex)
    return own === undefined ? this.#byOutputs(filter) : onRepresentor(own.pf)
  }

  /**
   * A rule of a tunnel device is offered to every NIC of the node. One that sends to a representor can only be taken by the eswitch that has
   * it: mlx5 en/tc/act/mirred.c tc_act_can_offload_mirred wants the same switch id, and parse_mirred a port of the same PF (en_tc.c
   * mlx5e_is_valid_eswitch_fwd_dev, same_port_devs), unless the card's PFs are one by LAG (is_lag_dev) or multiport eswitch
   * (is_multiport_eligible). Merged eswitch is between VFs' representors only (is_merged_eswitch_vfs): such a rule comes by the uplink's.
   */
  #byOutputs({ actions, inHwCount }: tc.FlowerFilter): Holder {
    const outputs = actions.flatMap((action) =>
      action.kind === 'mirred' ? [this.#owners.get(action.ifindex as Ifindex)] : [],
    )
    const [first] = outputs
    if (first === undefined || outputs.some((one) => one?.pf !== first.pf)) {
      return { why: 'it does not send to the VFs of one PF alone: each NIC that takes such a rule would do' }
    }
    const { nic, pf } = first
    if (!READ.has(pf.driver)) return { why: `what ${pf.driver} takes was not read in its source` }
    const shared = this.#whyShared(nic)
    if (shared !== undefined) return { why: shared }
    if (inHwCount !== undefined && inHwCount > 1)
      return { why: `${inHwCount} NICs have it, one of them for ports that are not its own` }
    return {
      pf: pf.pci,
      label: labelOf(pf),
      why: `only the eswitch of ${pf.pci} can send to its VFs' ports`,
    }
  }

  #whyShared(nic: NicInfo): string | undefined {
    if (!this.#shared.has(nic)) this.#shared.set(nic, this.#lookShared(nic))
    return this.#shared.get(nic)
  }

  #lookShared({ pfs }: NicInfo): string | undefined {
    if (pfs.length < 2) return undefined
    const bonded = pfs.find(({ uplink }) => this.#links.get(uplink.ifindex)?.slaveKind === 'bond')
    if (bonded !== undefined)
      return `uplink ${bonded.uplink.name} is in a bond: each PF of the card may send to the other's VFs`
    const joined = pfs.find((pf) => this.#isMultiport(pf.pci))
    return joined && `${joined.pci} is in multiport eswitch mode: each PF of the card may send to the other's VFs`
  }
}

/** Its driver alone is offered what is on it (net/sched/cls_api.c tcf_block_offload_cmd: ndo_setup_tc goes before indirect blocks). */
function onRepresentor(pf: PfInfo): Holder {
  return { pf: pf.pci, label: labelOf(pf), why: `it is on a representor of ${pf.pci}, whose driver alone is asked` }
}

const labelOf = ({ emulated }: PfInfo) => (emulated ? 'emulated' : 'source-read')

/** mlx5's mode in which the ports of a card are one eswitch (Documentation/networking/devlink/mlx5.rst, esw_multiport). */
export const isMultiport =
  ({ generic }: Pick<Session, 'generic'>) =>
  (dev: PciAddress): boolean => {
    try {
      return devlink.getParam(generic, { bus: 'pci', dev }, 'esw_multiport').values.runtime === true
    } catch (error) {
      // A driver or kernel that has no such mode.
      if (error instanceof NicsteerError) return false
      throw error
    }
  }
