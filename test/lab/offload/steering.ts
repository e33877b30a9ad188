import { type LoadedSteering, loadSteering } from '../../../src/steering/spec/load.js'
import { REMOTE_IP, REMOTE_MAC, vfIp, vfMac } from '../simnic/tunnel-rules.js'
import { encapsulationOf, type Shape, vtepAddress, vtepDevice } from '../support/shape.js'
import { PCI } from '../support/simnic.js'

/** `[PF, VF]` by running number. */
export type Vf = readonly [pf: number, vf: number]

export interface Wanted {
  vfs: readonly Vf[]
  /** VFs of the other node, in topology `pair`. */
  far?: readonly Vf[]
  /** PFs of the node, by running number: in topology `pair` node 2 has the other two. */
  pfs?: readonly [number, number]
  /** PCI addresses by running number of the PF. */
  pci?: readonly string[]
  peer?: string
  vteps?: readonly string[]
  shape?: Shape
}

/** A Steering file for one node of a topology: these VFs, those of the other node, and the peer's endpoint. */
export function steeringText(wanted: Wanted): string {
  const { vfs, far = [], pfs = [0, 1], pci = PCI, shape = {} } = wanted
  const { peer = vtepAddress(11, shape), vteps = pfs.map((pf) => vtepAddress(pf + 1, shape)) } = wanted
  const { text, vni } = encapsulationOf(shape)
  const key = ([pf, vf]: Vf) => 10 * pf + vf + 1
  const nics = pfs.map(
    (pf, index) =>
      `    - {pf: "${pci[pf]}", vtep: ${vteps[index]}${shape.vtep ? `, device: ${vtepDevice(index, shape)}` : ''}}`,
  )
  const local = vfs.map(
    ([pf, vf]) => `        - {vf: {pf: "${pci[pf]}", index: ${vf}}, mac: "${vfMac(pf, vf)}", key: ${key([pf, vf])}}`,
  )
  const remote = far.map(
    ([pf, vf]) =>
      `        - {mac: "${vfMac(pf, vf)}", ips: [${vfIp(pf, vf)}], vtep: ${vtepAddress(pf + 1, shape)}, key: ${key([pf, vf])}}`,
  )
  return `apiVersion: nicsteer/v1alpha1
kind: Steering
spec:
  encapsulation: ${text}
  nics:
${nics.join('\n')}
  networks:
    - name: train
      vni: ${vni}
      local:
${local.join('\n')}
      remote:
${remote.map((line) => `${line}\n`).join('')}        - {mac: "${REMOTE_MAC}", ips: [${REMOTE_IP}], vtep: ${peer}, key: 101}
`
}

export function steeringFile(wanted: Wanted): LoadedSteering {
  return loadSteering(steeringText(wanted), 'steering.yaml')
}
