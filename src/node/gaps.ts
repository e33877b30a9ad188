import type { Gap, PfInfo } from './facts.js'

/** What is missing on a PF before its VFs' tunnels can be in hardware, the first cause first. */
export function gapsOf(pf: PfInfo): Gap[] {
  const { pci, uplink, vfs } = pf
  const gaps: Gap[] = []
  const add = (code: string, text: string, hint: string) => gaps.push({ pf: pci, code, text, hint })
  if (vfs.length === 0) add('NO_VFS', 'it has no VFs', `echo N > /sys/bus/pci/devices/${pci}/sriov_numvfs`)
  if (pf.eswitchMode !== 'switchdev') {
    add('NOT_SWITCHDEV', `its eswitch mode is ${pf.eswitchMode}`, `devlink dev eswitch set pci/${pci} mode switchdev`)
  }
  if (pf.hwTcOffload !== 'on') {
    add(
      'NO_TC_OFFLOAD',
      `hw-tc-offload of ${uplink.name} is ${pf.hwTcOffload}`,
      `ethtool -K ${uplink.name} hw-tc-offload on`,
    )
  }
  if (!uplink.up) add('UPLINK_DOWN', `uplink ${uplink.name} is down`, `ip link set ${uplink.name} up`)
  else if (!uplink.carrier)
    add('NO_CARRIER', `uplink ${uplink.name} has no carrier`, 'check the cable and the switch port')
  if (pf.vteps.length === 0) {
    add(
      'NO_VTEP',
      `uplink ${uplink.name} has no address for a VTEP`,
      `ip address add ADDRESS/PREFIX dev ${uplink.name}`,
    )
  }
  for (const { index, representor } of vfs) {
    if (representor === undefined) {
      if (pf.eswitchMode === 'switchdev')
        add('NO_REPRESENTOR', `VF ${index} has no representor in this namespace`, 'look for it in other namespaces')
    } else if (!representor.up) {
      add(
        'REPRESENTOR_DOWN',
        `representor ${representor.name} of VF ${index} is down`,
        `ip link set ${representor.name} up`,
      )
    }
  }
  return gaps
}
