import { devlink, ethtool, type NetlinkSocket, sysfs } from '../../../kernel/index.js'
import type { PfInfo, Topology } from '../../../node/facts.js'
import { pfsOf } from '../../../node/topology.js'
import { known, type PfState } from '../state.js'
import { attempt } from './attempt.js'

/** PFs as they were discovered, with what only the doctor wants to know of them. */
export function readPfs(generic: NetlinkSocket, topology: Topology): PfState[] {
  const devs = known(attempt(() => devlink.listDevlinkDevs(generic))) ?? []
  const reporters = known(attempt(() => devlink.listHealthReporters(generic))) ?? []
  return pfsOf(topology).map((pf) => {
    const dev = { bus: 'pci', dev: pf.pci }
    const { vendor = '', device = '' } = sysfs.pciFunction(pf.pci) ?? {}
    return {
      ...pf,
      vendor,
      device,
      eswitch: attempt(() => devlink.eswitchMode(generic, dev)),
      versions: attempt(() => {
        const { running, stored } = devlink.devInfo(generic, dev)
        return { running, stored }
      }),
      reloadFailed: devs.some((one) => one.dev === pf.pci && one.reloadFailed),
      reporters: reporters.filter((one) => one.dev === pf.pci),
      udpPorts: attempt(() => ethtool.getTunnelInfo(generic, pf.uplink.ifindex)),
      representorOffload: representorOffload(generic, pf),
    }
  })
}

function representorOffload(generic: NetlinkSocket, { vfs }: PfInfo): PfState['representorOffload'] {
  const states = vfs.flatMap(({ representor }) => {
    if (representor === undefined) return []
    // It may be gone by now.
    const state = known(attempt(() => ethtool.hwTcOffload(generic, representor.ifindex)))
    return state === undefined ? [] : [[representor.name, state] as const]
  })
  return Object.fromEntries(states)
}
