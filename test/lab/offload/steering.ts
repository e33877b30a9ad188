import { type LoadedSteering, loadSteering } from '../../../src/steering/spec/load.js'
import { PEER, REMOTE_IP, REMOTE_MAC, VNI, vfMac, vtep } from '../simnic/tunnel-rules.js'
import { PCI } from '../support/simnic.js'

export interface Wanted {
  /** `[PF, VF]` by running number; topology `single` has two PFs of four. */
  vfs: readonly (readonly [pf: number, vf: number])[]
  peer?: string
  vteps?: readonly string[]
}

/** A Steering file for topology `single`: these VFs, and the peer's endpoint. */
export function steeringText({ vfs, peer = PEER, vteps = [vtep(0), vtep(1)] }: Wanted): string {
  const local = vfs.map(
    ([pf, vf]) => `        - {vf: {pf: "${PCI[pf]}", index: ${vf}}, mac: "${vfMac(pf, vf)}", key: ${10 * pf + vf + 1}}`,
  )
  return `apiVersion: nicsteer/v1alpha1
kind: Steering
spec:
  encapsulation: {type: geneve, options: ovn}
  nics:
    - {pf: "${PCI[0]}", vtep: ${vteps[0]}}
    - {pf: "${PCI[1]}", vtep: ${vteps[1]}}
  networks:
    - name: train
      vni: ${VNI}
      local:
${local.join('\n')}
      remote:
        - {mac: "${REMOTE_MAC}", ips: [${REMOTE_IP}], vtep: ${peer}, key: 101}
`
}

export function steeringFile(wanted: Wanted): LoadedSteering {
  return loadSteering(steeringText(wanted), 'steering.yaml')
}
