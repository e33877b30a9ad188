import { parsePciAddress } from '../../src/base/types.js'
import type { NodeFacts } from '../../src/steering/model.js'

/** A node as topology `single` makes it: two NICs of one PF and four VFs each. */
export const NODE: NodeFacts = {
  pfs: [0, 1].map((k) => ({
    pci: parsePciAddress(`0000:d${8 + k}:00.0`),
    uplink: `p${k}`,
    switchId: `0${k}`,
    vfs: [0, 1, 2, 3].map((index) => ({
      index,
      pci: parsePciAddress(`0000:d${8 + k}:00.${index + 1}`),
      netdevs: [`eth${k}${index}`],
      representor: `pf${k}vf${index}`,
    })),
  })),
  addresses: ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2'].map((ip, index) => ({
    ip: ip as NodeFacts['addresses'][number]['ip'],
    device: `p${index % 2}`,
  })),
}

/** Two VFs of the first NIC and one of the second, two peers behind one VTEP. The numbers of lines are what the tests name. */
export const FILE = `apiVersion: nicsteer/v1alpha1
kind: Steering
spec:
  encapsulation: {type: geneve, options: ovn}
  nics:
    - {pf: "0000:d8:00.0", vtep: 10.0.0.1}
    - {pf: p1, vtep: 10.0.0.2}
  networks:
    - name: train
      vni: 5001
      local:
        - {vf: {pf: "0000:d8:00.0", index: 0}, mac: "02:00:00:00:00:01", key: 1}
        - {vf: {pf: p0, index: 1}, mac: "02:00:00:00:00:02", key: 2}
        - {vf: {pf: p1, index: 3}, mac: "02:00:00:00:01:04", key: 14}
      remote:
        - mac: "02:00:00:00:0f:01"
          vtep: 10.0.0.11
          key: 101
        - mac: "02:00:00:00:0f:02"
          vtep: 10.0.0.11
          key: 102
`

/** The same with a part of it replaced; the part must be there. */
export function changed(from: string, to: string): string {
  if (!FILE.includes(from)) throw new Error(`the sample has no ${from}`)
  return FILE.replace(from, to)
}
