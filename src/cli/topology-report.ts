import type { NicInfo, PfInfo, Topology } from '../node/facts.js'
import { columns } from './output.js'
import type { NicItem, TopologySummary } from './report-schema.js'

/** How `topology` shows what it found. */

export function nicItem({ switchId, pfs }: NicInfo): NicItem {
  return {
    switchId: switchId || null,
    pfs: pfs.map((pf) => ({
      ...pf,
      firmware: pf.firmware ?? null,
      switchId: pf.switchId || null,
      label: pf.emulated ? 'emulated' : 'hw-observed',
      vfs: pf.vfs.map((vf) => ({
        ...vf,
        representor: vf.representor ?? null,
        driver: vf.driver ?? null,
        mac: vf.mac ?? null,
      })),
    })),
  }
}

export function topologySummary({ nics, gaps }: Topology): TopologySummary {
  const pfs = nics.flatMap((nic) => nic.pfs)
  return { nics: nics.length, pfs: pfs.length, vfs: pfs.reduce((sum, pf) => sum + pf.vfs.length, 0), gaps }
}

export function topologyTable({ nics, gaps }: Topology): string {
  if (nics.length === 0) return 'no SR-IOV NIC in this network namespace'
  const blocks = nics.map(({ switchId, pfs }) => {
    const emulated = pfs.some((pf) => pf.emulated) ? ' (emulated)' : ''
    return [`NIC ${switchId || 'without switch id'}${emulated}`, ...pfs.map(pfBlock)].join('\n')
  })
  return [...blocks, ...gaps.map(({ pf, code, text, hint }) => `${code}: ${pf}: ${text} — ${hint}`)].join('\n')
}

function pfBlock(pf: PfInfo): string {
  const { pci, uplink, driver, firmware, eswitchMode, vteps, vfs } = pf
  const head = `  PF ${pci}  uplink ${uplink.name}  driver ${driver}${firmware ? ` fw ${firmware}` : ''}  ${eswitchMode}  VTEP ${vteps.join(', ') || 'none'}`
  if (vfs.length === 0) return head
  const rows = vfs.map(({ index, pci: address, representor, netdevs }) => [
    `VF ${index}`,
    address,
    representor === undefined ? '-' : `${representor.name}${representor.up ? '' : ' (down)'}`,
    netdevs.join(', ') || 'in another namespace',
  ])
  return `${head}\n${columns(['VF', 'PCI', 'REPRESENTOR', 'NETDEV'], rows).replace(/^/gm, '    ')}`
}
