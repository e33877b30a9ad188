import { constants } from 'node:os'
import { type Check, ok, outcome, skip, warn } from '../check.js'
import { known, type PfState } from '../state.js'
import { showPf, usedPfs } from '../used.js'

/** What nicsteer does not do: found and named, so that nobody looks for a fault instead. */
export const scopeChecks: readonly Check[] = [
  {
    id: 'scope.datapath',
    title: "Open vSwitch's data path is the kernel's",
    looksAt: 'other_config:dpdk-init, doca-init; datapath_type of the bridges',
    judge(state) {
      const ovs = known(state.ovs)
      if (ovs === undefined) return skip('there is no Open vSwitch here')
      const { otherConfig, bridges } = ovs
      const started = ['dpdk-init', 'doca-init'].filter((key) => /^(true|try)$/.test(otherConfig[key] ?? ''))
      const userspace = bridges.filter(({ datapathType }) => datapathType === 'netdev').map(({ name }) => name)
      const evidence = [
        ...started.map((key) => `other_config:${key}=${otherConfig[key]}`),
        ...bridges.map(({ name, datapathType }) => `bridge ${name}: datapath_type ${datapathType || 'system'}`),
      ]
      const found = [...started, ...userspace.map((name) => `bridge ${name}`)]
      if (found.length === 0) return ok('', evidence)
      const kind = otherConfig['doca-init'] === undefined ? 'OVS-DPDK' : 'OVS-DOCA'
      const what = `${kind} (${found.join(', ')}) is not supported: its flows are not in TC, nicsteer sees none of them`
      return outcome([warn(what, 'ovs-appctl dpctl/dump-flows type=offloaded tells of them')], evidence)
    },
  },
  {
    id: 'scope.dpu',
    title: "the NICs' eswitches are this host's",
    looksAt: 'PCI IDs, devlink dev eswitch, devlink ports of other hosts',
    label: 'source-read',
    judge(state) {
      const hosts = state.pfs.filter(isDpuHost)
      const arm = state.ports.filter(({ external, controller }) => external || (controller ?? 0) > 0)
      const problems = [
        ...hosts.map((pf) =>
          warn(
            `${showPf(pf)} is a BlueField in DPU mode: its eswitch belongs to the card's own system, and is not supported from here`,
            'steer its VFs on the card itself, or put the card into NIC mode (its manual says how)',
          ),
        ),
        ...(arm.length === 0
          ? []
          : [
              warn(
                `${arm.length} devlink ports are functions of another host (a BlueField's own system): not supported, they have no VF here`,
                'nothing is to be done; nicsteer leaves them alone',
              ),
            ]),
      ]
      return outcome(problems)
    },
  },
  {
    id: 'scope.subfunctions',
    title: 'there are no scalable functions',
    looksAt: 'devlink ports',
    judge(state) {
      const sfs = state.ports.filter(({ flavour }) => flavour === 'pcisf')
      const names = sfs.map(({ netdevName, bus, dev, index }) => netdevName ?? `${bus}/${dev}/${index}`)
      if (sfs.length === 0) return ok()
      const what = `${sfs.length} scalable functions (SFs) are not supported: nicsteer steers VFs only`
      return outcome([warn(what, 'nothing is to be done; nicsteer leaves them alone')], names, '')
    },
  },
  {
    id: 'scope.bond',
    title: 'no uplink is in a bond',
    looksAt: 'masters of the uplinks',
    judge(state) {
      const bonded = usedPfs(state).filter(({ uplink }) =>
        state.links.some(({ ifindex, slaveKind }) => ifindex === uplink.ifindex && slaveKind === 'bond'),
      )
      const problems = bonded.map((pf) =>
        warn(
          `${showPf(pf)} is in a bond: VF-LAG is not supported, a VTEP on a bond has no PF of its own`,
          `ip link set ${pf.uplink.name} nomaster, and give each PF a VTEP`,
        ),
      )
      return outcome(problems)
    },
  },
]

/** mlx5 main.c mlx5_core_pci_table: BlueField, BlueField-2, -3, -4. */
const BLUEFIELD = new Set(['a2d2', 'a2d6', 'a2dc', 'a2df'])

/**
 * The host's side of a BlueField whose eswitch the card's own system manages: the driver has none to tell of (mlx5 eswitch.c
 * mlx5_devlink_eswitch_get, EOPNOTSUPP).
 */
export function isDpuHost({ vendor, device, eswitch }: PfState): boolean {
  return (
    vendor === '15b3' && BLUEFIELD.has(device) && 'unknown' in eswitch && eswitch.errno === constants.errno.EOPNOTSUPP
  )
}
