import { type Check, fail, type Problem, skip, warn } from '../check.js'
import { perPf } from '../per-pf.js'
import type { NodeState, PfState } from '../state.js'
import { showPf, usedPfs, usedRepresentors } from '../used.js'
import { switchdevPfs } from './eswitch.js'

/** Representors: there, up, and known by name whose they are. */
export const representorChecks: readonly Check[] = [
  {
    id: 'nic.representors',
    title: 'every VF has a representor here, which is its own',
    looksAt: 'devlink ports, phys_port_name and switch id of the netdevs',
    judge: (state) =>
      perPf(
        switchdevPfs(state),
        (pf) => [...missing(pf), ...mismatched(pf, state)],
        (pf) =>
          `${showPf(pf)}: ${pf.vfs.filter(({ representor }) => representor !== undefined).length} representors for ${pf.vfs.length} VFs`,
      ),
  },
  {
    id: 'nic.representors-up',
    title: 'representors that carry something are up',
    looksAt: 'link state of representors that are in Open vSwitch, in the file, or have rules of ours',
    judge(state) {
      const used = usedRepresentors(state)
      if (used.size === 0) return skip('no representor carries anything yet')
      return perPf(switchdevPfs(state), (pf) =>
        pf.vfs.flatMap(({ index, representor }) =>
          representor === undefined || representor.up || !used.has(representor.name)
            ? []
            : [
                fail(
                  `representor ${representor.name} of ${showPf(pf)} VF ${index} is down`,
                  `ip link set ${representor.name} up`,
                ),
              ],
        ),
      )
    },
  },
  {
    id: 'nic.names',
    title: 'uplinks and representors have names that stay',
    looksAt: 'names of the netdevs',
    judge: (state) =>
      perPf(usedPfs(state), ({ uplink, vfs }) =>
        [uplink.name, ...vfs.flatMap(({ representor }) => representor?.name ?? [])]
          .filter((name) => /^eth\d+$/.test(name))
          .map((name) =>
            warn(
              `${name} has the name that the kernel gave it: another one after the next start`,
              'name it by its phys_switch_id and phys_port_name, with a rule of udev(7)',
            ),
          ),
      ),
  },
]

function missing(pf: PfState): Problem[] {
  return pf.vfs
    .filter(({ representor }) => representor === undefined)
    .map(({ index }) =>
      fail(
        `${showPf(pf)} VF ${index} has no representor in this network namespace`,
        `devlink port show; look for it in other namespaces`,
      ),
    )
}

/** Two sources tell whose a representor is: the driver's devlink port, and the netdev's phys_port_name. They are to agree. */
function mismatched({ pci, vfs }: PfState, { ports, links }: NodeState): Problem[] {
  return ports
    .filter(({ dev, flavour, external }) => dev === pci && flavour === 'pcivf' && !external)
    .flatMap(({ netdevIfindex, vfNumber = -1 }) => {
      const link = links.find(({ ifindex }) => ifindex === netdevIfindex)
      if (link === undefined) return []
      const [, named] = /^(?:c\d+)?pf\d+vf(\d+)$/.exec(link.physPortName ?? '') ?? []
      const reload = `devlink dev reload pci/${pci}`
      if (!vfs.some(({ index }) => index === vfNumber))
        return [warn(`${link.name} stands for VF ${vfNumber} of pci/${pci}, which it does not have`, reload)]
      if (named === undefined || Number(named) === vfNumber) return []
      return [
        warn(
          `${link.name} is VF ${vfNumber} by its devlink port, and ${link.physPortName} by its phys_port_name`,
          reload,
        ),
      ]
    })
}
