import type { IpAddress, PciAddress } from '../../base/types.js'
import type { Topology } from '../../node/facts.js'
import { nodeFacts, pfsOf } from '../../node/topology.js'
import { chassisVteps } from '../../ovs/chassis-vteps.js'
import type { LocalOvs } from '../../ovs/local.js'
import type { VfId } from '../../steering/model.js'
import { type Resolved, refuseWithoutPlace } from '../../steering/resolve.js'
import { localVtep, vtepOfPf } from '../../steering/select.js'
import { parseVtep } from '../../steering/vtep.js'

/** The VF behind a port of Open vSwitch, and where its packets are to leave. */
export interface PortOwner {
  vf: VfId
  pf: PciAddress
  /** Missing: nobody says which VTEP its PF has. */
  localIp?: IpAddress
  /** Which source of truth chose it. */
  why: string
}

/**
 * By representor.
 * @param ovs undefined where it could not be asked
 * @param resolved of a steering file; what it says goes before
 */
export function ownersOf(
  topology: Topology,
  ovs: LocalOvs | undefined,
  resolved: Resolved | undefined,
): Map<string, PortOwner> {
  const facts = nodeFacts(topology)
  const chassis = resolved?.chassis ?? (ovs && chassisVteps(ovs))
  const named = new Map(
    ovs?.interfaces.flatMap(({ name, encapIp, ovnEncapIp }) => {
      const written = encapIp ?? ovnEncapIp
      return written === undefined ? [] : [[name, parseVtep(written).ip] as const]
    }),
  )
  const owners = new Map<string, PortOwner>()
  for (const pf of pfsOf(topology)) {
    const pfFacts = facts.pfs.find(({ pci }) => pci === pf.pci)
    const nic = pfFacts && vtepOfPf(pfFacts, resolved?.nics ?? [], chassis)
    const [address] = pf.vteps
    for (const { index, representor } of pf.vfs) {
      if (representor === undefined) continue
      const owner = { vf: { pf: pf.pci, index }, pf: pf.pci }
      const own = named.get(representor.name)
      if (own !== undefined)
        owners.set(representor.name, {
          ...owner,
          localIp: own,
          why: `external_ids:encap-ip of Interface ${representor.name}`,
        })
      else if (nic !== undefined)
        owners.set(representor.name, {
          ...owner,
          localIp: nic.vtep,
          why: nic.chosenBy ?? `VTEP of the VF's own PF ${pf.pci}`,
        })
      else if (address !== undefined)
        owners.set(representor.name, {
          ...owner,
          localIp: address,
          why: `address of ${pf.uplink.name}, the uplink of the VF's own PF`,
        })
      else owners.set(representor.name, { ...owner, why: `nobody says which VTEP PF ${pf.pci} has` })
    }
  }
  for (const endpoint of resolved?.networks.flatMap(({ local }) => local) ?? []) {
    const { ip, why } = localVtep(endpoint, resolved?.nics ?? [], refuseWithoutPlace)
    owners.set(endpoint.representor, { vf: endpoint.id, pf: endpoint.id.pf, localIp: ip, why })
  }
  return owners
}
