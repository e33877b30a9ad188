import { type Check, fail, ok, outcome, type Problem, skip, warn } from '../check.js'
import { perPf } from '../per-pf.js'
import { known, type PfState } from '../state.js'
import { isKnownDriver, showPf, usedPfs } from '../used.js'

/** NICs as a whole: whether there is one, its driver, firmware and link. */
export const nicChecks: readonly Check[] = [
  {
    id: 'nic.present',
    title: 'there is a NIC whose VFs can be steered',
    looksAt: 'PCI functions with SR-IOV, and their uplinks in this network namespace',
    judge(state) {
      const used = usedPfs(state)
      const evidence = state.pfs.map((pf) => `${showPf(pf)}: ${pf.driver}, ${pf.eswitchMode}, ${pf.vfs.length} VFs`)
      if (used.length > 0) return ok(used.map(showPf).join(', '), evidence)
      const none = 'no NIC with SR-IOV in this network namespace'
      const what = state.pfs.length === 0 ? none : 'no NIC here is in switchdev mode, or has VFs'
      return outcome(
        [fail(what, 'nicsteer topology shows what there is; docs/steer.md says what is needed')],
        evidence,
        '',
      )
    },
  },
  {
    id: 'nic.driver',
    title: 'the driver is known to take tunnels',
    looksAt: 'driver of each PF',
    judge: (state) =>
      perPf(
        usedPfs(state),
        (pf) => {
          if (isKnownDriver(pf)) return []
          const what = `nothing is known of ${pf.driver}, the driver of ${showPf(pf)}`
          return [warn(what, 'nicsteer verify tells whether it takes rules')]
        },
        (pf) => `${showPf(pf)}: ${pf.driver}${pf.emulated ? ' (emulated)' : ''}`,
      ),
  },
  {
    id: 'nic.health',
    title: 'no NIC is out of order',
    looksAt: 'devlink: reload state and health reporters',
    judge: (state) => perPf(usedPfs(state), healthProblems),
  },
  {
    id: 'nic.firmware',
    title: 'the firmware that is stored is the one that runs',
    looksAt: 'devlink dev info',
    judge(state) {
      const telling = usedPfs(state).filter(({ firmware }) => firmware !== undefined)
      if (telling.length === 0) return skip('no driver here tells its firmware')
      return perPf(telling, firmwareProblems, (pf) => `${showPf(pf)}: ${pf.firmware}`)
    },
  },
  {
    id: 'nic.link',
    title: 'uplinks are up, with a cable',
    looksAt: 'link state of the uplinks',
    judge: (state) => perPf(usedPfs(state), linkProblems),
  },
  {
    id: 'nic.vfs',
    title: 'the PFs have VFs',
    looksAt: 'sriov_numvfs in sysfs',
    judge: (state) =>
      perPf(
        usedPfs(state),
        (pf) =>
          pf.vfs.length > 0
            ? []
            : [warn(`${showPf(pf)} has no VFs`, `echo N > /sys/bus/pci/devices/${pf.pci}/sriov_numvfs`)],
        (pf) => `${showPf(pf)}: ${pf.vfs.length} of ${pf.totalVfs}`,
      ),
  },
]

function healthProblems(pf: PfState): Problem[] {
  const { pci, reloadFailed, reporters } = pf
  const ill = reporters.filter(({ state }) => state === 'error')
  return [
    ...(reloadFailed
      ? [fail(`${showPf(pf)} did not come up after its last reload`, `devlink dev reload pci/${pci}`)]
      : []),
    ...ill.map(({ name }) => {
      const reporter = `pci/${pci} reporter ${name}`
      const fix = `devlink health diagnose ${reporter}; devlink health recover ${reporter}`
      return warn(`${showPf(pf)}: ${name} is in error`, fix)
    }),
  ]
}

/** A new firmware was written, and waits. */
function firmwareProblems(pf: PfState): Problem[] {
  const { running, stored } = known(pf.versions) ?? { running: {}, stored: {} }
  return Object.entries(stored).flatMap(([name, version]) =>
    running[name] === undefined || running[name] === version
      ? []
      : [
          warn(
            `${showPf(pf)} runs ${name} ${running[name]}, stored is ${version}`,
            `devlink dev reload pci/${pf.pci} action fw_activate, or a cold restart`,
          ),
        ],
  )
}

function linkProblems(pf: PfState): Problem[] {
  const { name, up, carrier } = pf.uplink
  if (!up) return [fail(`uplink ${showPf(pf)} is down`, `ip link set ${name} up`)]
  return carrier ? [] : [fail(`uplink ${showPf(pf)} has no carrier`, 'check the cable and the switch port')]
}
