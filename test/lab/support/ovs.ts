import { run } from './shell.js'
import { setKnob } from './simnic.js'
import { waitFor } from './wait.js'

/** Open vSwitch in the VM's own namespace, as hack/lab/topology/ovs.sh starts and ends it: with hw-offload. */
const topologyFunction = (line: string) => run('bash', '-ec', `. /project/hack/lab/topology/lib.sh; ${line}`)
export const startOvs = () => topologyFunction('ovs_up node')
export const stopOvs = () => topologyFunction('ovs_down node')

/** A new ovs-vswitchd for the same database, which sets its ports' TC up anew. */
export const restartOvs = () =>
  run('/usr/share/openvswitch/scripts/ovs-ctl', 'restart', '--system-id=node', '--no-monitor')

export const vsctl = (line: string) => run('ovs-vsctl', ...line.trim().split(/\s+/))

/** Waits until the revalidator threads have gone once more through all flows of the data path. */
export const revalidated = () => run('ovs-appctl', 'revalidator/wait')

/** With none of Open vSwitch's flows in hardware: only then a NIC takes another profile. */
export function useProfile(pci: string, profile: string): Promise<true> {
  return waitFor(`profile ${profile}`, () => {
    run('ovs-appctl', 'revalidator/purge')
    try {
      setKnob(pci, 'profile', profile)
      return true
    } catch {
      return false
    }
  })
}
